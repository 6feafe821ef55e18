"""Alpaca instructions with the earlier turns as `history`, as LLaMA-Factory reads them.

LLaMA-Factory trains the answers of `history` too, unless it is told `mask_history: true`.
"""

from typing import ClassVar

from dialoom.exporters.base import Row
from dialoom.exporters.samples import Sample, SampleExporter
from dialoom.exporters.sharegpt import MASK_HISTORY

__all__ = ["Alpaca"]


class Alpaca(SampleExporter):
    """Rows of `instruction`, `input` (always empty), `output`, `system` and `history`."""

    name: ClassVar[str] = "alpaca"
    file_name: ClassVar[str] = "alpaca.jsonl"
    last_turn_only: ClassVar[str | None] = MASK_HISTORY
    example: ClassVar[Row] = {"history": [["", ""]]}

    def row(self, sample: Sample) -> Row:
        system = [said["content"] for said in sample.messages if said["role"] == "system"]
        texts = [said["content"] for said in sample.messages if said["role"] != "system"]
        return {
            "instruction": texts[-2],
            "input": "",
            "output": texts[-1],
            "system": "".join(system),
            "history": [list(two) for two in zip(texts[:-2:2], texts[1:-2:2], strict=True)],
            **sample.trace,
        }
