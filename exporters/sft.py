"""Supervised samples as TRL takes them.

Source: TRL dataset_formats.md: conversational language modelling (`messages`) and conversational
prompt-completion (`prompt`, `completion`; the loss is on the completion).
"""

from typing import ClassVar

from dialoom.exporters.base import Row
from dialoom.exporters.samples import Sample, SampleExporter

__all__ = ["Sft"]


class Sft(SampleExporter):
    """Rows of `messages`, or of `prompt` and `completion` when only the last turn is trained."""

    name: ClassVar[str] = "sft"
    file_name: ClassVar[str] = "sft.jsonl"

    def row(self, sample: Sample) -> Row:
        said = list(sample.messages)
        if self.target == "last_turn":
            content: Row = {"prompt": said[:-1], "completion": said[-1:]}
        else:
            content = {"messages": said}
        return {**content, **sample.trace}
