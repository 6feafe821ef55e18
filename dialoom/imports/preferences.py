"""Comparisons of replies, of one row or of many, as ranks."""

from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

__all__ = ["Contradiction", "ranks_of"]


class Contradiction(ValueError):
    """Rows prefer one reply over another both ways."""


def ranks_of(orders: Iterable[Sequence[Sequence[str]]]) -> dict[str, int]:
    """Return the ranks of replies, 0 is best, by what was compared.

    Ranked is the longest chain of replies of which each is better than the next; of chains as
    long as each other, the one that was read first. What no comparison puts into it stays
    unranked: a tie claims no preference (docs/decisions/0005), nor does what was never compared.

    Args:
        orders: Of each row, its replies by level, the best level first.

    Raises:
        Contradiction: the comparisons go round in a circle.
    """
    better: dict[str, dict[str, None]] = {}
    for order in orders:
        for level in order:
            for name in level:
                better.setdefault(name, {})
        for above, below in pairwise(order):
            for name in below:
                better[name].update(dict.fromkeys(above))
    try:
        names = list(TopologicalSorter(better).static_order())
    except CycleError as error:
        raise Contradiction from error
    place = {name: number for number, name in enumerate(better)}
    chains: dict[str, tuple[int, str | None]] = {}
    for name in names:
        best = sorted(better[name], key=lambda one: (-chains[one][0], place[one]))[:1]
        chains[name] = (1 + chains[best[0]][0], best[0]) if best else (1, None)
    ends = sorted(chains, key=lambda one: (-chains[one][0], place[one]))[:1]
    return _down_to(ends[0], chains) if ends else {}


def _down_to(end: str | None, chains: dict[str, tuple[int, str | None]]) -> dict[str, int]:
    chain = []
    while end is not None:
        chain.append(end)
        end = chains[end][1]
    found = {name: rank for rank, name in enumerate(reversed(chain))}
    return found if len(found) > 1 else {}
