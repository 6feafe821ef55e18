"""Which replies of a sibling group become pairs, and which pairs are refused."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from random import Random
from typing import Literal, NamedTuple

from rapidfuzz import fuzz

from dialoom.errors import RowRejected
from dialoom.exporters.options import at_least, fraction, one_of
from dialoom.exporters.siblings import SiblingGroup, unfit
from dialoom.exporters.standings import RANK, Standing, is_user_fault, standings
from dialoom.near import normalised

__all__ = ["POLICIES", "Length", "Pairing", "Policy", "Preference"]

Policy = Literal["best_vs_random", "best_vs_worst", "best_vs_each", "adjacent", "all"]
POLICIES = ("best_vs_random", "best_vs_worst", "best_vs_each", "adjacent", "all")

Length = Literal["any", "balance"]

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


class Lengths:
    """How long the chosen replies are beside the rejected ones, over an export."""

    def __init__(self) -> None:
        self.pairs = self.longer = self.shorter = 0
        self.ratios = 0.0

    def add(self, pair: Preference) -> None:
        """Take a pair into account."""
        chosen, rejected = _lengths(pair)
        self.pairs += 1
        self.longer += chosen > rejected
        self.shorter += chosen < rejected
        self.ratios += chosen / rejected

    def balances(self, difference: int) -> bool:
        """Return whether a pair, its chosen side longer by `difference`, evens things out."""
        if difference == 0:
            return True
        return self.longer <= self.shorter if difference > 0 else self.shorter <= self.longer

    def figures(self) -> dict[str, float]:
        """Return the share of pairs with the longer side chosen, and the mean ratio of lengths."""
        if not self.pairs:
            return {}
        return {
            "chosen_longer": round(self.longer / self.pairs, 3),
            "length_ratio": round(self.ratios / self.pairs, 3),
        }


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
        max_length_ratio: float | None,
        length: Length,
        model: str | None,
        seed: int,
    ) -> None:
        one_of("policy", policy, POLICIES)
        one_of("length", length, ("any", "balance"))
        fraction("min_margin", min_margin)
        fraction("min_chosen", min_chosen)
        at_least("max_pairs", max_pairs, 1)
        if max_length_ratio is not None:
            at_least("max_length_ratio", max_length_ratio, 1.0)
        if model is not None and not isinstance(model, str):
            raise ValueError(f"model is {model!r}; it is a model's name")
        self.dropped, self.policy, self.min_margin = dropped, policy, min_margin
        self.max_pairs, self.min_chosen, self.seed = max_pairs, min_chosen, seed
        self.max_length_ratio, self.length, self.model = max_length_ratio, length, model
        self.lengths = Lengths()
        """Of the pairs that were written: whoever writes one adds it."""

    def pairs(self, group: SiblingGroup) -> list[Preference]:
        """Return the pairs of a group, the widest margin first; count what is refused.

        Raises:
            RowRejected: replies of the group have another parent than its thread's last message.
        """
        _check_parent(group)
        order = standings(group)
        granted, refused = self._granted(group, self._by_model(order))
        if not granted and self.model is not None:
            granted, refused = self._granted(group, order)
        granted.sort(key=lambda pair: -pair.margin)
        self.dropped.update(refused)
        if len(granted) > self.max_pairs:
            self.dropped["over max_pairs"] += len(granted) - self.max_pairs
        return granted[: self.max_pairs]

    def _by_model(self, order: list[Standing]) -> list[Standing]:
        if self.model is None:
            return order
        return [standing for standing in order if standing.message.model_name == self.model]

    def _granted(
        self, group: SiblingGroup, order: list[Standing]
    ) -> tuple[list[Preference], Counter[str]]:
        """Return the pairs a policy makes of replies, and how many it does not, by reason."""
        fit = [place for place, standing in enumerate(order) if not unfit(standing.message)]
        if len(order) < 2:
            return [], Counter(["replies without score or rank"])
        if not fit:
            return [], Counter(["no reply fit to be chosen"])
        answers = [self._grant(group, wish) for wish in self._wishes(group, order, fit)]
        return (
            [answer for answer in answers if isinstance(answer, Preference)],
            Counter(answer for answer in answers if isinstance(answer, str)),
        )

    def _wishes(
        self, group: SiblingGroup, order: list[Standing], fit: list[int]
    ) -> Iterator[_Wish]:
        if self.policy in ("adjacent", "all"):
            two = pairwise(order) if self.policy == "adjacent" else combinations(order, 2)
            yield from (
                _Wish(better, [worse]) for better, worse in two if not unfit(better.message)
            )
            return
        best, lower = order[fit[0]], order[: fit[0] : -1]
        if self.policy == "best_vs_each":
            yield from (_Wish(best, [standing]) for standing in lower)
            return
        if self.policy == "best_vs_random":
            Random(f"{self.seed}:{group.thread[-1].message_id}").shuffle(lower)
        yield _Wish(best, lower)

    def _grant(self, group: SiblingGroup, wish: _Wish) -> Preference | str:
        """Return the first pair of a wish that will do, or why the first one won't."""
        refusals = []
        for rejected in wish.rejected:
            pair = Preference(wish.chosen, rejected)
            refusal = self._refusal(group, pair)
            if refusal is None:
                return pair
            refusals.append(refusal)
        return refusals[0] if refusals else "nothing below the best fit reply"

    def _refusal(self, group: SiblingGroup, pair: Preference) -> str | None:
        rejected = pair.rejected.message
        if rejected.deleted or not rejected.text.strip():
            return "rejected is deleted or empty"
        refusal = self._score_refusal(pair) or self._length_refusal(pair)
        if refusal is None and is_user_fault(group.record, rejected):
            refusal = "rejected for the user's faults"
        if refusal is None and _is_one(pair):
            refusal = "near-identical replies"
        return refusal

    def _score_refusal(self, pair: Preference) -> str | None:
        better, worse = pair.chosen.message.rank, pair.rejected.message.rank
        if abs(pair.margin) < _EPSILON:
            return "tie"
        if pair.margin < 0 or (better is not None and worse is not None and better > worse):
            return "rank and score disagree"
        if pair.chosen.basis != RANK and pair.chosen.score < self.min_chosen:
            return "chosen under min_chosen"
        return "margin under min_margin" if pair.margin < self.min_margin - _EPSILON else None

    def _length_refusal(self, pair: Preference) -> str | None:
        chosen, rejected = _lengths(pair)
        longer, shorter = max(chosen, rejected), min(chosen, rejected)
        if self.max_length_ratio is not None and longer > self.max_length_ratio * shorter:
            return "lengths over max_length_ratio"
        if self.length == "balance" and not self.lengths.balances(chosen - rejected):
            return "refused for the balance of lengths"
        return None


def _lengths(pair: Preference) -> tuple[int, int]:
    return len(pair.chosen.message.text.strip()), len(pair.rejected.message.text.strip())


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
