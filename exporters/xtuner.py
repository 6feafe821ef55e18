"""Files for XTuner V1, which forbids every key of a message that it doesn't know."""

from typing import ClassVar

from dialoom.exporters.base import Row
from dialoom.exporters.samples import Sample, SampleExporter
from dialoom.exporters.swift import with_loss

__all__ = ["XTuner"]


class XTuner(SampleExporter):
    """Rows of `messages` alone, each assistant message with a `loss` flag."""

    name: ClassVar[str] = "xtuner"
    file_name: ClassVar[str] = "xtuner.jsonl"
    masks: ClassVar[bool] = True

    def row(self, sample: Sample) -> Row:
        return {"messages": with_loss(sample)}
