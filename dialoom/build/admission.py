"""Which trees a budget lets begin: those that it is likely to see finished."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dialoom.build.budget import ACCOUNT, Cap, Spent
from dialoom.build.plan import Plan

__all__ = ["Admission"]


class Admission:
    """Lets a tree begin when the budget is likely to last for it and for those under way.

    Otherwise a run would spend a small budget on beginnings, and a tree that is not finished is
    no data. Until the first tree is finished, one is taken to cost the most that the plan thinks
    possible, and from then on the mean of those that are. A single tree may always begin, so a
    guess that is too high keeps no money back.
    """

    def __init__(self, cap: Cap, plan: Plan) -> None:
        """Take a budget, and what the run is likely to take."""
        self._cap = cap
        trees = max(1, plan.trees)
        usd = plan.usd.high if plan.usd else 0.0
        self._guess = Spent(usd / trees, plan.tokens.high / trees)
        self._finished, self._count = Spent(), 0
        self._under_way: list[Spent] = []
        self._ended = asyncio.Event()

    @asynccontextmanager
    async def tree(self) -> AsyncIterator[None]:
        """Wait until a tree may begin; every call made inside is taken to be for it."""
        while not self._lasts():
            await self._ended.wait()
        own = Spent()
        self._under_way.append(own)
        before = ACCOUNT.set(own)
        try:
            yield
        finally:
            ACCOUNT.reset(before)
            self._under_way = [one for one in self._under_way if one is not own]
            self._finished.usd += own.usd
            self._finished.tokens += own.tokens
            self._count += 1
            self._ended.set()
            self._ended = asyncio.Event()

    def _lasts(self) -> bool:
        """Return whether the budget is likely to last for one tree more."""
        budget, spent = self._cap.budget, self._cap.spent
        if not self._under_way or (budget.usd is None and budget.tokens is None):
            return True
        if budget.usd is not None:
            own = [one.usd for one in self._under_way]
            if spent.usd + self._needed(self._finished.usd, self._guess.usd, own) > budget.usd:
                return False
        if budget.tokens is None:
            return True
        own = [one.tokens for one in self._under_way]
        needed = self._needed(self._finished.tokens, self._guess.tokens, own)
        return spent.tokens + needed <= budget.tokens

    def _needed(self, finished: float, guess: float, own: list[float]) -> float:
        """Return what the trees under way and one more still take, from what each has taken."""
        each = finished / self._count if self._count else max(guess, *own)
        return each + sum(max(0.0, each - taken) for taken in own)
