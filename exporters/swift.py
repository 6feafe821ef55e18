"""Files for ms-swift: `messages` with a `loss` flag, and `rejected_response` for pairs.

Source: ms-swift's documentation, Custom-dataset.
"""

from typing import ClassVar

from dialoom.exporters.base import Row
from dialoom.exporters.pairs import Pair, PairExporter
from dialoom.exporters.samples import Sample, SampleExporter

__all__ = ["Swift", "SwiftPreference", "with_loss"]


def with_loss(sample: Sample) -> list[Row]:
    """Return the chat messages, each assistant's with `loss`: whether it is trained."""
    return [
        {**said, "loss": bool(weight)} if said["role"] == "assistant" else dict(said)
        for said, weight in zip(sample.messages, sample.weights, strict=True)
    ]


class Swift(SampleExporter):
    """Rows of `messages` with a loss flag on each assistant message."""

    name: ClassVar[str] = "swift"
    file_name: ClassVar[str] = "swift.jsonl"
    masks: ClassVar[bool] = True

    def row(self, sample: Sample) -> Row:
        return {"messages": with_loss(sample), **sample.trace}


class SwiftPreference(PairExporter):
    """Rows of `messages` that end with the chosen reply, `rejected_response` and `margin`."""

    name: ClassVar[str] = "swift_preference"
    file_name: ClassVar[str] = "swift_preference.jsonl"

    def row(self, pair: Pair) -> Row:
        chosen, rejected = pair.replies
        return {
            "messages": [*pair.prompt, chosen],
            "rejected_response": rejected["content"],
            "margin": pair.margin,
            **pair.trace,
        }
