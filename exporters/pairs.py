"""Preference pairs, neutral of any format; each format is a few lines that write them down."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from dialoom.exporters.base import Exporter, Row, source_of
from dialoom.exporters.conversations import (
    SYSTEM_MODES,
    ChatMessage,
    Speaker,
    SystemMode,
    chat,
    shape_fault,
    speakers,
    turns,
)
from dialoom.exporters.digests import SeenTexts, row_id
from dialoom.exporters.options import one_of
from dialoom.exporters.pairing import Pairing, Policy
from dialoom.exporters.siblings import SiblingGroup, sibling_groups, unfit
from dialoom.exporters.standings import Standing, is_user_fault, reason
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
    def id(self) -> str:
        """A name made from the content."""
        return row_id("pair", self.prompt, *self.texts)

    @property
    def source(self) -> str:
        """See `source_of`."""
        return source_of(self.group.record)

    @property
    def meta(self) -> Row:
        """Where the pair comes from and why it is one: the same keys and types in each."""
        record = self.group.record
        chosen, rejected = self.chosen.message, self.rejected.message
        return {
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


class PairExporter(Exporter):
    """Base of the preference formats.

    Args:
        policy: Which siblings are paired. `best_vs_random`: the best with a random lower one;
            `best_vs_worst`; `best_vs_each`; `adjacent`: each with the next lower one; `all`.
        min_margin: Least difference of the two scores, 0 to 1; equal scores never make a pair.
        max_pairs: Pairs a parent message gives at most; the widest margins are kept.
        min_chosen: Least score of the chosen reply, 0 to 1. Replies that have a rank and no
            score are not held to it.
        user_faults: `exclude` leaves out every turn whose thread holds a message in which the
            simulated user was at fault; `allow` takes them. A rejected reply whose only faults
            are the user's is never used.
        system: The speaker's system prompt as the first message (`persona`), left out (`none`),
            or in front of the first user turn (`fold`).
        seed: Decides what `best_vs_random` draws.

    Raises:
        ValueError: an option has a value it can't have.
    """

    def __init__(
        self,
        *,
        policy: Policy = "best_vs_random",
        min_margin: float = 0.1,
        max_pairs: int = 1,
        min_chosen: float = 0.5,
        user_faults: Literal["exclude", "allow"] = "exclude",
        system: SystemMode = "persona",
        seed: int = 0,
    ) -> None:
        super().__init__()
        one_of("user_faults", user_faults, ("exclude", "allow"))
        one_of("system", system, SYSTEM_MODES)
        self.pairing = Pairing(
            self.dropped,
            policy=policy,
            min_margin=min_margin,
            max_pairs=max_pairs,
            min_chosen=min_chosen,
            seed=seed,
        )
        self.user_faults, self.system = user_faults, system

    @abstractmethod
    def row(self, pair: Pair) -> Row:
        """Return a pair in this format."""

    def rows(self, records: Iterable[TreeRecord]) -> Iterator[Row]:
        """Yield a row for each pair; the same pair never comes twice.

        Raises:
            RowRejected: a row breaks the format.
        """
        seen = SeenTexts()
        for record in records:
            cast = speakers(record)
            for group in sibling_groups(record):
                for pair in self._pairs(group, cast):
                    if seen.add((pair.prompt[-1]["content"], *pair.texts)):
                        yield self.row(pair)
                    else:
                        self.dropped["same pair as an earlier row"] += 1

    def _pairs(self, group: SiblingGroup, cast: frozenset[Speaker]) -> Iterator[Pair]:
        conversation = turns(group.thread, group.speaker, cast=cast)
        fault = self._thread_fault(group) or shape_fault(conversation)
        if fault is None and conversation[-1].role != "user":
            fault = "follows the speaker's own message"
        if fault:
            self.dropped[fault] += 1
            return
        system = group.record.systems.get(group.speaker.name, "")
        prompt = tuple(chat(conversation, system=system, mode=self.system))
        for chosen, rejected in self.pairing.pairs(group):
            yield Pair(group, prompt, chosen, rejected, self.pairing.policy)

    def _thread_fault(self, group: SiblingGroup) -> str | None:
        """Return why no reply to this thread may be compared."""
        for message in group.thread:
            fault = unfit(message)
            if fault:
                return f"follows {fault}"
            if self.user_faults == "exclude" and is_user_fault(group.record, message):
                return "follows a user at fault"
        return None
