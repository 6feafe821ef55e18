"""Several opinions on the same replies into one order, by Tideman's ranked pairs.

Sources: T. N. Tideman, "Independence of clones as a criterion for voting rules", Social Choice
and Welfare 4 (1987); `backend/oasst_backend/utils/ranking.py` of Open-Assistant.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import TypeVar

__all__ = ["merged_preferences", "preferences", "ranked_pairs"]

T = TypeVar("T", bound=Hashable)
EVEN = 1e-9
"""Preferences that differ by less are equal."""


def ranked_pairs(ballots: Sequence[Sequence[str]]) -> list[str]:
    """Return the order that Tideman's ranked pairs make of several rankings, best first.

    As Open-Assistant merges its rankings (`backend/oasst_backend/utils/ranking.py`): only what
    every ballot ranks takes part, and of two that tie the one that sorts first is preferred.
    Fewer than two in common make no order.

    >>> ranked_pairs(["abc", "bca", "cab"])
    ['a', 'b', 'c']
    """
    if not ballots:
        return []
    shared = sorted(set(ballots[0]).intersection(*ballots[1:]))
    if len(shared) < 2:
        return []
    beats = _locked(_contests(ballots, shared), shared)
    return sorted(shared, key=lambda name: -len(_below(name, beats)))


def preferences(nets: Mapping[tuple[T, T], float], items: Sequence[T]) -> dict[T, float]:
    """Return how far up each of several replies stands, 0 to 1, by ranked pairs.

    Unlike `ranked_pairs`, what nobody prefers stays level: it claims no order that no ballot has.

    Args:
        nets: By pair, how many comparisons the first wins more than it loses.
        items: The replies, at least two.

    >>> preferences({("a", "b"): 1, ("b", "c"): 1}, ["a", "b", "c"])
    {'a': 1.0, 'b': 0.5, 'c': 0.0}
    """
    wins = [(pair, net) for pair, net in nets.items() if net > 0]
    beats = _locked([pair for pair, _ in sorted(wins, key=lambda win: -win[1])], items)
    below = {item: _below(item, beats) for item in items}
    last = len(items) - 1
    return {
        item: (last + len(below[item]) - sum(item in others for others in below.values()))
        / 2
        / last
        for item in items
    }


def merged_preferences(ballots: Sequence[Mapping[T, float]]) -> dict[T, float]:
    """Return the preferences that several ballots come to; what not all of them rate has none.

    Args:
        ballots: How far up each reply stands with one critic; of equals none is preferred.
    """
    shared = [item for item in ballots[0] if all(item in ballot for ballot in ballots)]
    if len(shared) < 2:
        return dict.fromkeys(shared, 0.5)
    nets = {
        (one, other): float(sum(_sign(ballot[one] - ballot[other]) for ballot in ballots))
        for one, other in permutations(shared, 2)
    }
    return preferences(nets, shared)


def _sign(difference: float) -> int:
    return (difference > EVEN) - (difference < -EVEN)


def _locked(pairs: Iterable[tuple[T, T]], items: Sequence[T]) -> dict[T, set[T]]:
    """Return who beats whom when pairs are taken in order and none may close a circle."""
    beats: dict[T, set[T]] = {item: set() for item in items}
    for winner, loser in pairs:
        if winner not in _below(loser, beats):
            beats[winner].add(loser)
    return beats


def _contests(ballots: Sequence[Sequence[str]], shared: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the pairs that no majority is against, the clearest first."""
    places = [{name: place for place, name in enumerate(ballot)} for ballot in ballots]
    nets = {
        (one, other): sum(1 if place[one] < place[other] else -1 for place in places)
        for one, other in permutations(shared, 2)
    }
    yield from (pair for pair in sorted(nets, key=lambda pair: -nets[pair]) if nets[pair] >= 0)


def _below(name: T, beats: Mapping[T, set[T]]) -> set[T]:
    """Return all that `name` beats, itself or through others."""
    found: set[T] = set()
    pending = [name]
    while pending:
        fresh = beats[pending.pop()] - found
        found |= fresh
        pending.extend(fresh)
    return found
