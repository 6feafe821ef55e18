"""Replies judged one by one, good or bad, as TRL's KTOTrainer takes them.

Source: TRL dataset_formats.md, conversational unpaired preference; `label` must be a bool.
"""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dialoom.exporters.base import Row, source_of
from dialoom.exporters.conversations import ChatMessage, SystemMode
from dialoom.exporters.digests import SeenTexts, row_id
from dialoom.exporters.options import fraction
from dialoom.exporters.prompts import PromptedExporter, PromptedGroup, UserFaults
from dialoom.exporters.siblings import SiblingGroup
from dialoom.exporters.standings import Standing, is_user_fault, standings
from dialoom.tree import TreeRecord

__all__ = ["Judged", "JudgedExporter", "Kto"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A reply that is wanted or unwanted."""

    group: SiblingGroup
    prompt: tuple[ChatMessage, ...]
    standing: Standing
    is_good: bool

    @property
    def reply(self) -> ChatMessage:
        """The reply as a chat message, stripped."""
        return {"role": "assistant", "content": self.standing.message.text.strip()}

    @property
    def trace(self) -> Row:
        """What each row says of itself: an id made from content, the source, and `meta`."""
        message = self.standing.message
        meta = {
            "tree_id": self.group.record.tree.message_tree_id,
            "parent_id": self.group.thread[-1].message_id,
            "message_id": message.message_id,
            "speaker": self.group.speaker.name,
            "lang": message.lang or "",
            "model": message.model_name or "",
            "score": float(self.standing.score),
            "basis": self.standing.basis,
        }
        return {
            "id": row_id("judged", self.prompt, self.reply["content"], self.is_good),
            "source": source_of(self.group.record),
            "meta": meta,
        }


class JudgedExporter(PromptedExporter):
    """Base of the formats of single judged replies.

    Args:
        good: Least score of a wanted reply, 0 to 1.
        bad: Greatest score of an unwanted one, 0 to 1, under `good`; what lies between is left
            out. A reply the run rejected is unwanted whatever its score, unless all its faults
            are the user's. In a file with ranks and no scores, the first of a group scores 1,
            the last 0.
        user_faults: As for preference pairs.
        system: As for preference pairs.

    Raises:
        ValueError: an option has a value it can't have.
    """

    def __init__(
        self,
        *,
        good: float = 0.7,
        bad: float = 0.4,
        user_faults: UserFaults = "exclude",
        system: SystemMode = "persona",
    ) -> None:
        super().__init__(user_faults=user_faults, system=system)
        fraction("good", good)
        fraction("bad", bad)
        if bad >= good:
            raise ValueError(f"bad is {bad} and good is {good}; bad must be the smaller")
        self.good, self.bad = good, bad
        self._seen = SeenTexts()
        self._wanted = self._unwanted = 0

    @abstractmethod
    def row(self, judged: Judged) -> Row:
        """Return a judged reply in this format."""

    def tree_rows(self, record: TreeRecord) -> Iterator[Row]:
        """Yield a row for each reply that is clearly good or bad."""
        for prompted in self.prompted(record, least=1):
            for judged in self._judged(prompted):
                if self._seen.add((judged.prompt[-1]["content"], judged.reply["content"])):
                    self._wanted += judged.is_good
                    self._unwanted += not judged.is_good
                    yield self.row(judged)
                else:
                    self.dropped["same reply as an earlier row"] += 1

    def _judged(self, prompted: PromptedGroup) -> Iterator[Judged]:
        group, prompt = prompted
        order = standings(group)
        for standing in order:
            verdict = self._verdict(group, standing)
            if isinstance(verdict, bool):
                yield Judged(group, prompt, standing, verdict)
            else:
                self.dropped[verdict] += 1
        if len(order) < len(group.replies):
            self.dropped["reply without score or rank"] += len(group.replies) - len(order)

    def _verdict(self, group: SiblingGroup, standing: Standing) -> bool | str:
        """Return whether a reply is good, or why it is neither good nor bad."""
        message = standing.message
        if message.deleted or not message.text.strip():
            return "deleted or empty reply"
        if message.review_result is not False and standing.score >= self.good:
            return True
        if message.review_result is False or standing.score <= self.bad:
            is_theirs = is_user_fault(group.record, message)
            return "rejected for the user's faults" if is_theirs else False
        return "score between bad and good"

    def figures(self) -> dict[str, float]:
        """Return how many replies are wanted and unwanted: KTO weighs the two by this."""
        return {"wanted": self._wanted, "unwanted": self._unwanted}


class Kto(JudgedExporter):
    """Rows of `prompt`, `completion` and `label`."""

    name: ClassVar[str] = "kto"
    file_name: ClassVar[str] = "kto.jsonl"

    def row(self, judged: Judged) -> Row:
        return {
            "prompt": list(judged.prompt),
            "completion": [judged.reply],
            "label": judged.is_good,
            **judged.trace,
        }
