"""Siblings against each other: every comparison is asked twice, in two orders.

Only what comes out the same both times counts. A comparison that the order decides is recorded
on both replies and is no preference.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Literal

from dialoom.agents.briefing import Case
from dialoom.agents.comparing import ComparingAgent, Order
from dialoom.errors import first_error
from dialoom.evaluators.ballots import preferences
from dialoom.evaluators.ranks import SEATS

__all__ = ["Comparisons", "compared"]


@dataclass(slots=True)
class Comparisons:
    """What came of comparing some replies, by their places."""

    count: int
    wins: dict[tuple[int, int], float] = field(default_factory=dict)
    """1 for each pair of which the first won in both orders."""
    seats: dict[tuple[int, int], str] = field(default_factory=dict)
    """One of `SEATS` for each pair that the order decided."""

    @property
    def preferences(self) -> dict[int, float]:
        """How far up each reply stands, 0 to 1."""
        return preferences(self.wins, range(self.count))

    def reason(self, place: int) -> str:
        """Return in words how a reply fared."""
        won = sum(pair[0] == place for pair in self.wins)
        lost = sum(pair[1] == place for pair in self.wins)
        return f"better than {won} and worse than {lost} of {self.count - 1}, in both orders"

    def add(self, one: int, other: int, winners: tuple[int | None, int | None]) -> None:
        """Take a pair into account.

        Args:
            one: The reply that was shown first the first time.
            other: The reply that was shown first the second time.
            winners: Who won each time; None for a tie.
        """
        first, second = winners
        if first is None or second is None:
            return
        if first == second:
            self.wins[first, other if first == one else one] = 1.0
        else:
            self.seats[one, other] = SEATS[0] if first == one else SEATS[1]


async def compared(
    agent: ComparingAgent,
    case: Case,
    texts: Sequence[str],
    seed: int,
    *,
    how: Literal["pairwise", "listwise"],
    in_turn: bool = False,
) -> Comparisons:
    """Return what a critic prefers of several replies at one place.

    Args:
        agent: The critic.
        case: What was said before, and who replies.
        texts: The replies, at least two.
        seed: 0 to 2**31 - 1.
        how: Two at a time, or all at once; by odds it is always two.
        in_turn: Ask one after the other.

    Raises:
        EvaluatorError: an answer can't be used.
        ModelError: the model gave none.
    """
    places = range(len(texts))
    shown: list[tuple[int, ...]] = [tuple(places)]
    if how == "pairwise" or agent.by_odds:
        shown = list(combinations(places, 2))

    async def ordered(order: Sequence[int]) -> Order:
        found = await agent.order(case, [texts[place] for place in order], seed)
        return [[order[number] for number in tier] for tier in found]

    asked = [order for group in shown for order in (group, group[::-1])]
    orders = await _all([_later(ordered, order) for order in asked], in_turn=in_turn)
    result = Comparisons(len(texts))
    for place, group in enumerate(shown):
        there, back = orders[2 * place], orders[2 * place + 1]
        for one, other in combinations(group, 2):
            result.add(one, other, (_winner(there, one, other), _winner(back, one, other)))
    return result


Ask = Callable[[], Coroutine[Any, Any, Order]]


def _later(ask: Callable[[Sequence[int]], Coroutine[Any, Any, Order]], order: Sequence[int]) -> Ask:
    return lambda: ask(order)


async def _all(work: Sequence[Ask], *, in_turn: bool) -> list[Order]:
    if in_turn:
        return [await step() for step in work]
    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(step()) for step in work]
    except BaseExceptionGroup as errors:
        raise first_error(errors) from errors
    return [task.result() for task in running]


def _winner(order: Order, one: int, other: int) -> int | None:
    tiers = {place: number for number, tier in enumerate(order) for place in tier}
    if tiers[one] == tiers[other]:
        return None
    return one if tiers[one] < tiers[other] else other
