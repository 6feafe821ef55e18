"""Files for OpenAI's fine-tuning layout, which Azure, Together and Fireworks take as well.

The rows are bare: Together refuses a file in which it sees the keys of two formats.
"""

from typing import ClassVar

from dialoom.exporters.base import Row
from dialoom.exporters.pairs import Pair, PairExporter
from dialoom.exporters.samples import Sample, SampleExporter

__all__ = ["OpenAi", "OpenAiPreference"]


class OpenAi(SampleExporter):
    """Rows of `messages` alone, each assistant message with a `weight` of 0 or 1."""

    name: ClassVar[str] = "openai"
    file_name: ClassVar[str] = "openai.jsonl"
    masks: ClassVar[bool] = True

    def row(self, sample: Sample) -> Row:
        return {
            "messages": [
                {**said, "weight": weight} if said["role"] == "assistant" else said
                for said, weight in zip(sample.messages, sample.weights, strict=True)
            ]
        }


class OpenAiPreference(PairExporter):
    """Rows of `input`, `preferred_output` and `non_preferred_output`."""

    name: ClassVar[str] = "openai_preference"
    file_name: ClassVar[str] = "openai_preference.jsonl"

    def row(self, pair: Pair) -> Row:
        chosen, rejected = pair.replies
        return {
            "input": {"messages": list(pair.prompt)},
            "preferred_output": [chosen],
            "non_preferred_output": [rejected],
        }
