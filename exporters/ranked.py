"""Whole groups of replies, best first, for listwise training.

No trainer of TRL or LLaMA-Factory takes more than two replies; the layout follows Nectar's
`answers`, with ranks from 0 as in OASST.
"""

from collections.abc import Iterator
from typing import ClassVar

from dialoom.exporters.base import Row, source_of
from dialoom.exporters.digests import row_id
from dialoom.exporters.prompts import PromptedExporter, PromptedGroup
from dialoom.exporters.standings import Standing, is_user_fault, standings
from dialoom.tree import TreeRecord

__all__ = ["Ranked"]


class Ranked(PromptedExporter):
    """Rows of `prompt` and `completions`; equal scores share a rank."""

    name: ClassVar[str] = "ranked"
    file_name: ClassVar[str] = "ranked.jsonl"
    needs_siblings: ClassVar[bool] = True

    def tree_rows(self, record: TreeRecord) -> Iterator[Row]:
        """Yield a row for each group in which one reply is better than another."""
        for prompted in self.prompted(record, least=2):
            order = [s for s in standings(prompted.group) if _is_usable(prompted, s)]
            if len({standing.score for standing in order}) < 2:
                self.dropped["no two replies of different score or rank"] += 1
                continue
            yield self._row(prompted, order)

    def _row(self, prompted: PromptedGroup, order: list[Standing]) -> Row:
        group, prompt = prompted
        scores = sorted((standing.score for standing in order), reverse=True)
        completions = [
            {
                "message": {"role": "assistant", "content": standing.message.text.strip()},
                "rank": scores.index(standing.score),
                "score": float(standing.score),
                "basis": standing.basis,
                "accepted": standing.message.review_result is not False,
                "model": standing.message.model_name or "",
                "message_id": standing.message.message_id,
            }
            for standing in sorted(order, key=lambda standing: -standing.score)
        ]
        texts = [completion["message"] for completion in completions]
        return {
            "prompt": list(prompt),
            "completions": completions,
            "id": row_id("ranked", prompt, texts),
            "source": source_of(group.record),
            "meta": {
                "tree_id": group.record.tree.message_tree_id,
                "parent_id": group.thread[-1].message_id,
                "speaker": group.speaker.name,
                "lang": group.replies[0].lang or "",
            },
        }


def _is_usable(prompted: PromptedGroup, standing: Standing) -> bool:
    message = standing.message
    usable = not message.deleted and message.text.strip() != ""
    return usable and not is_user_fault(prompted.group.record, message)
