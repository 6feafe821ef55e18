"""Preference pairs as TRL takes them for DPO, KTO, ORPO, CPO and reward models.

Source: TRL dataset_formats.md, conversational preference with explicit prompt; the float column
`margin` is what its RewardTrainer reads. Axolotl and OpenRLHF take the same file.
"""

from typing import ClassVar

from dialoom.exporters.base import Row
from dialoom.exporters.pairs import Pair, PairExporter

__all__ = ["Dpo"]


class Dpo(PairExporter):
    """Rows of `prompt`, `chosen` and `rejected` with the scores of both sides."""

    name: ClassVar[str] = "dpo"
    file_name: ClassVar[str] = "dpo.jsonl"

    def row(self, pair: Pair) -> Row:
        chosen, rejected = pair.replies
        return {
            "prompt": list(pair.prompt),
            "chosen": [chosen],
            "rejected": [rejected],
            "margin": pair.margin,
            "score_chosen": float(pair.chosen.score),
            "score_rejected": float(pair.rejected.score),
            **pair.trace,
        }
