"""Preference pairs, neutral of any format; each format is a few lines that write them down."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dialoom.exporters.base import Row, source_of
from dialoom.exporters.conversations import ChatMessage, SystemMode
from dialoom.exporters.digests import SeenTexts, row_id
from dialoom.exporters.pairing import Length, Pairing, Policy
from dialoom.exporters.prompts import PromptedExporter, UserFaults
from dialoom.exporters.siblings import SiblingGroup
from dialoom.exporters.standings import Standing, reason
from dialoom.tree import TreeRecord

__all__ = ["Pair", "PairExporter"]


@dataclass(frozen=True, slots=True)
class Pair:
    """A reply preferred over a sibling."""

    group: SiblingGroup
    prompt: tuple[ChatMessage, ...]
    """The thread to the parent, ending with the user."""
    chosen: Standing
    rejected: Standing
    policy: Policy

    @property
    def margin(self) -> float:
        """By how much the chosen is scored higher, 0 to 1."""
        return round(self.chosen.score - self.rejected.score, 6)

    @property
    def texts(self) -> tuple[str, str]:
        """The chosen and the rejected text, stripped."""
        return self.chosen.message.text.strip(), self.rejected.message.text.strip()

    @property
    def replies(self) -> tuple[ChatMessage, ChatMessage]:
        """The chosen and the rejected reply as chat messages."""
        chosen, rejected = self.texts
        return (
            {"role": "assistant", "content": chosen},
            {"role": "assistant", "content": rejected},
        )

    @property
    def trace(self) -> Row:
        """What each row says of itself: an id made from content, the source, and `meta`."""
        record = self.group.record
        chosen, rejected = self.chosen.message, self.rejected.message
        meta = {
            "tree_id": record.tree.message_tree_id,
            "parent_id": self.group.thread[-1].message_id,
            "chosen_id": chosen.message_id,
            "rejected_id": rejected.message_id,
            "speaker": self.group.speaker.name,
            "lang": chosen.lang or "",
            "model_chosen": chosen.model_name or "",
            "model_rejected": rejected.model_name or "",
            "basis_chosen": self.chosen.basis,
            "basis_rejected": self.rejected.basis,
            "policy": self.policy,
            "why": reason(record, self.chosen, self.rejected, policy=self.policy),
        }
        return {
            "id": row_id("pair", self.prompt, *self.texts),
            "source": source_of(record),
            "meta": meta,
        }


class PairExporter(PromptedExporter):
    """Base of the preference formats.

    Args:
        policy: Which siblings are paired. `best_vs_random`: the best with a random lower one;
            `best_vs_worst`; `best_vs_each`; `adjacent`: each with the next lower one; `all`.
        min_margin: Least difference of the two scores, 0 to 1; equal scores never make a pair.
        max_pairs: Pairs a parent message gives at most; the widest margins are kept.
        min_chosen: Least score of the chosen reply, 0 to 1. Replies that have a rank and no
            score are not held to it.
        max_length_ratio: How many times as long as the other, in characters, either side may
            be; None is no limit.
        length: `balance` refuses a pair whose chosen side is the longer while more such pairs
            than others were written, and the other way round; `any` takes both.
        model: Pairs of two replies by this model are taken where a group has any; where it has
            none, those of all models.
        user_faults: `exclude` leaves out every turn whose thread holds a message in which the
            simulated user was at fault; `allow` takes them. A rejected reply whose only faults
            are the user's is never used.
        system: The speaker's system prompt as the first message (`persona`), left out (`none`),
            or in front of the first user turn (`fold`).
        seed: Decides what `best_vs_random` draws.

    Raises:
        ValueError: an option has a value it can't have.
    """

    needs_siblings: ClassVar[bool] = True

    def __init__(
        self,
        *,
        policy: Policy = "best_vs_random",
        min_margin: float = 0.1,
        max_pairs: int = 1,
        min_chosen: float = 0.5,
        max_length_ratio: float | None = None,
        length: Length = "any",
        model: str | None = None,
        user_faults: UserFaults = "exclude",
        system: SystemMode = "persona",
        seed: int = 0,
    ) -> None:
        super().__init__(user_faults=user_faults, system=system)
        self.pairing = Pairing(
            self.dropped,
            policy=policy,
            min_margin=min_margin,
            max_pairs=max_pairs,
            min_chosen=min_chosen,
            max_length_ratio=max_length_ratio,
            length=length,
            model=model,
            seed=seed,
        )
        self._seen = SeenTexts()

    @abstractmethod
    def row(self, pair: Pair) -> Row:
        """Return a pair in this format."""

    def tree_rows(self, record: TreeRecord) -> Iterator[Row]:
        """Yield a row for each pair; the same pair never comes twice.

        Raises:
            RowRejected: a row breaks the format.
        """
        for group, prompt in self.prompted(record, least=2):
            for preference in self.pairing.pairs(group):
                pair = Pair(group, prompt, *preference, self.pairing.policy)
                if self._seen.add((prompt[-1]["content"], *pair.texts)):
                    self.pairing.lengths.add(preference)
                    yield self.row(pair)
                else:
                    self.dropped["same pair as an earlier row"] += 1

    def figures(self) -> dict[str, float]:
        """Return how the lengths of the two sides compare: trainers learn length too easily."""
        return self.pairing.lengths.figures()
