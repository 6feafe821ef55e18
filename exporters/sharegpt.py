"""ShareGPT conversations, as LLaMA-Factory, Axolotl, Unsloth and many others read them."""

from collections.abc import Iterable
from typing import ClassVar

from dialoom.exporters.base import Row
from dialoom.exporters.conversations import ChatMessage
from dialoom.exporters.samples import Sample, SampleExporter

__all__ = ["MASK_HISTORY", "ShareGpt", "sharegpt"]

MASK_HISTORY = "set `mask_history: true` in LLaMA-Factory"

_FROM = {"user": "human", "assistant": "gpt"}


def sharegpt(said: Iterable[ChatMessage]) -> Row:
    """Return chat messages as `conversations` and `system`, empty when there is none."""
    system, turns = "", []
    for message in said:
        if message["role"] == "system":
            system = message["content"]
        else:
            turns.append({"from": _FROM[message["role"]], "value": message["content"]})
    return {"conversations": turns, "system": system}


class ShareGpt(SampleExporter):
    """Rows of `conversations` from `human` and `gpt`, the system prompt in a column."""

    name: ClassVar[str] = "sharegpt"
    file_name: ClassVar[str] = "sharegpt.jsonl"
    last_turn_only: ClassVar[str | None] = MASK_HISTORY

    def row(self, sample: Sample) -> Row:
        return {**sharegpt(sample.messages), **sample.trace}
