"""Files for torchtune: `messages`, and pairs as two whole conversations.

Its `chat_dataset` with `conversation_style: openai` trains every assistant turn, so only
the best branch of a tree can be written. TRL takes the pairs too (implicit prompt).
"""

from typing import ClassVar

from dialoom.exporters.base import Row
from dialoom.exporters.pairs import Pair, PairExporter
from dialoom.exporters.samples import Sample, SampleExporter

__all__ = ["Torchtune", "TorchtunePreference"]


class Torchtune(SampleExporter):
    """Rows of `messages`."""

    name: ClassVar[str] = "torchtune"
    file_name: ClassVar[str] = "torchtune.jsonl"
    last_turn_only: ClassVar[str | None] = None

    def row(self, sample: Sample) -> Row:
        return {"messages": list(sample.messages), **sample.trace}


class TorchtunePreference(PairExporter):
    """Rows of `chosen` and `rejected`, each with the whole conversation."""

    name: ClassVar[str] = "torchtune_preference"
    file_name: ClassVar[str] = "torchtune_preference.jsonl"

    def row(self, pair: Pair) -> Row:
        chosen, rejected = pair.replies
        return {
            "chosen": [*pair.prompt, chosen],
            "rejected": [*pair.prompt, rejected],
            "margin": pair.margin,
            **pair.trace,
        }
