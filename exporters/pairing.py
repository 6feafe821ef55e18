"""Which replies of a sibling group become pairs, and which pairs are refused."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from random import Random
from typing import Literal, NamedTuple

from rapidfuzz import fuzz

from dialoom.errors import RowRejected
from dialoom.exporters.digests import normalised
from dialoom.exporters.options import at_least, fraction, one_of
from dialoom.exporters.siblings import SiblingGroup, unfit
from dialoom.exporters.standings import RANK, Standing, is_user_fault, standings

__all__ = ["POLICIES", "Pairing", "Policy", "Preference"]

Policy = Literal["best_vs_random", "best_vs_worst", "best_vs_each", "adjacent", "all"]
POLICIES = ("best_vs_random", "best_vs_worst", "best_vs_each", "adjacent", "all")

NEAR_IDENTICAL = 95.0
"""rapidfuzz `ratio` of the normalised texts, 0 to 100, from which two replies count as one."""

_EPSILON = 1e-9


class Preference(NamedTuple):
    """One reply over another."""

    chosen: Standing
    rejected: Standing

    @property
    def margin(self) -> float:
        """By how much the chosen is scored higher, 0 to 1."""
        return self.chosen.score - self.rejected.score


class _Wish(NamedTuple):
    """A pair that a policy wants; the first of the rejected that will do is taken."""

    chosen: Standing
    rejected: Sequence[Standing]


class Pairing:
    """Makes the pairs of a group under one policy; see `PairExporter` for the options."""

    def __init__(
        self,
        dropped: Counter[str],
        *,
        policy: Policy,
        min_margin: float,
        max_pairs: int,
        min_chosen: float,
        seed: int,
    ) -> None:
        one_of("policy", policy, POLICIES)
        fraction("min_margin", min_margin)
        fraction("min_chosen", min_chosen)
        at_least("max_pairs", max_pairs, 1)
        self.dropped, self.policy, self.min_margin = dropped, policy, min_margin
        self.max_pairs, self.min_chosen, self.seed = max_pairs, min_chosen, seed

    def pairs(self, group: SiblingGroup) -> list[Preference]:
        """Return the pairs of a group, the widest margin first; count what is refused.

        Raises:
            RowRejected: replies of the group have another parent than its thread's last message.
        """
        _check_parent(group)
        order = standings(group)
        granted = [
            pair for wish in self._wishes(group, order) if (pair := self._grant(group, wish))
        ]
        granted.sort(key=lambda pair: -pair.margin)
        if len(granted) > self.max_pairs:
            self.dropped["over max_pairs"] += len(granted) - self.max_pairs
        return granted[: self.max_pairs]

    def _wishes(self, group: SiblingGroup, order: list[Standing]) -> Iterator[_Wish]:
        fit = [standing for standing in order if not unfit(standing.message)]
        if len(order) < 2 or not fit:
            known = len(order) > 1
            reason = "no reply fit to be chosen" if known else "replies without score or rank"
            self.dropped[reason] += 1
        elif self.policy in ("adjacent", "all"):
            two = pairwise(order) if self.policy == "adjacent" else combinations(order, 2)
            yield from (
                _Wish(better, [worse]) for better, worse in two if not unfit(better.message)
            )
        else:
            best = next(place for place, standing in enumerate(order) if standing is fit[0])
            lower = order[:best:-1]
            if self.policy == "best_vs_each":
                yield from (_Wish(fit[0], [standing]) for standing in lower)
                return
            if self.policy == "best_vs_random":
                Random(f"{self.seed}:{group.thread[-1].message_id}").shuffle(lower)
            yield _Wish(fit[0], lower)

    def _grant(self, group: SiblingGroup, wish: _Wish) -> Preference | None:
        """Return the first pair of a wish that will do; count the first refusal if none does."""
        refusals = []
        for rejected in wish.rejected:
            pair = Preference(wish.chosen, rejected)
            refusal = self._refusal(group, pair)
            if refusal is None:
                return pair
            refusals.append(refusal)
        self.dropped[refusals[0] if refusals else "nothing below the best fit reply"] += 1
        return None

    def _refusal(self, group: SiblingGroup, pair: Preference) -> str | None:
        chosen, rejected = pair
        better, worse = chosen.message.rank, rejected.message.rank
        if abs(pair.margin) < _EPSILON:
            return "tie"
        if pair.margin < 0 or (better is not None and worse is not None and better > worse):
            return "rank and score disagree"
        if chosen.basis != RANK and chosen.score < self.min_chosen:
            return "chosen under min_chosen"
        if pair.margin < self.min_margin - _EPSILON:
            return "margin under min_margin"
        if rejected.message.deleted or not rejected.message.text.strip():
            return "rejected is deleted or empty"
        if is_user_fault(group.record, rejected.message):
            return "rejected for the user's faults"
        return "near-identical replies" if _is_one(pair) else None


def _is_one(pair: Preference) -> bool:
    chosen, rejected = (normalised(standing.message.text) for standing in pair)
    return fuzz.ratio(chosen, rejected, score_cutoff=NEAR_IDENTICAL) > 0


def _check_parent(group: SiblingGroup) -> None:
    parent = group.thread[-1].message_id
    for reply in group.replies:
        if reply.parent_id not in (parent, None):
            raise RowRejected(
                f"{reply.message_id!r} replies to {reply.parent_id!r}, not {parent!r}"
            )
