"""A hard cap on what a run may cost, in money, tokens or time.

Once it is reached no further call is sent. Those under way are answered and written down, so the
run ends over the cap by at most them; trees that still wanted something are left for another
time.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass

from autogen_core import CancellationToken

from dialoom.agents.clients.base import ModelClient, ModelTraits
from dialoom.build.prices import Prices, dollars
from dialoom.chat import ChatRequest, Completion, total_usage
from dialoom.errors import InputError
from dialoom.store.journal import CallTotals

__all__ = ["ACCOUNT", "Budget", "Cap", "CappedClient", "Spent", "parse_budget"]

FORM = "usd=5,tokens=2M,time=90m; any of the three"
UNITS = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}
SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
NUMBER = re.compile(r"(\d+(?:\.\d+)?)([a-z]?)")


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that a run may spend, all its processes together; None is no limit."""

    usd: float | None = None
    tokens: float | None = None
    """Of prompts and replies."""
    seconds: float | None = None


def parse_budget(text: str) -> Budget:
    """Return the budget that a text like `usd=5,tokens=2M,time=90m` spells.

    Raises:
        InputError: it is of another form.

    >>> parse_budget("usd=2.5,time=1h")
    Budget(usd=2.5, tokens=None, seconds=3600.0)
    """
    kinds = {"usd": ("usd", {"": 1.0}), "tokens": ("tokens", UNITS), "time": ("seconds", SECONDS)}
    found: dict[str, float] = {}
    for part in text.split(","):
        name, _, value = part.strip().partition("=")
        amount = NUMBER.fullmatch(value.strip().lower().removeprefix("$"))
        field, units = kinds.get(name.strip(), ("", {}))
        if amount is None or amount[2] not in units or field in found:
            raise InputError(f"--budget takes {FORM}; not {part.strip()!r}")
        found[field] = float(amount[1]) * units[amount[2]]
        if found[field] <= 0:
            raise InputError(f"--budget {part.strip()}: a budget is more than nothing")
    return Budget(**found)


@dataclass(slots=True)
class Spent:
    """What a run has cost so far."""

    usd: float = 0.0
    tokens: float = 0.0
    seconds: float = 0.0
    """Of the processes before this one."""


ACCOUNT: ContextVar[Spent | None] = ContextVar("account", default=None)
"""What a call is put down to beside the run: a tree. Tasks take it over from their parent."""


class Cap:
    """A budget under watch: counts what calls cost, and holds back those it can't pay."""

    def __init__(
        self,
        budget: Budget,
        prices: Prices,
        *,
        before: Iterable[CallTotals] = (),
        seconds: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take up a budget.

        Args:
            budget: The caps.
            prices: Of every model that will be asked.
            before: What earlier processes have asked.
            seconds: How long they took.
            clock: Seconds, of any beginning.
        """
        self.budget, self._prices, self._clock = budget, prices, clock
        self._started = clock()
        self.unpriced: set[str] = set()
        """Models that were asked and whose price is not known."""
        self.spent = Spent(seconds=seconds)
        self._under_way = 0
        self._reached = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        for row in before:
            self._add(row.model, row.prompt_tokens, row.completion_tokens, row.cached_tokens)

    @property
    def seconds(self) -> float:
        """How long the run has taken, all its processes together."""
        return self.spent.seconds + self._clock() - self._started

    @property
    def reached(self) -> str:
        """Which cap is reached, as a sentence; empty when none is."""
        budget, spent = self.budget, self.spent
        if budget.usd is not None and spent.usd >= budget.usd:
            return f"{dollars(spent.usd)} of {dollars(budget.usd)} are spent"
        if budget.tokens is not None and spent.tokens >= budget.tokens:
            return f"{spent.tokens:,.0f} of {budget.tokens:,.0f} tokens are spent"
        if budget.seconds is not None and self.seconds >= budget.seconds:
            return f"{self.seconds:,.0f} of {budget.seconds:,.0f} seconds are spent"
        return ""

    async def stopped(self) -> None:
        """Return when a cap is reached and what was under way is answered."""
        left = None if self.budget.seconds is None else self.budget.seconds - self.seconds
        try:
            async with asyncio.timeout(left):
                await self._reached.wait()
        except TimeoutError:
            self._reached.set()
        await self._idle.wait()

    @property
    def under_way(self) -> int:
        """How many calls are not answered yet."""
        return self._under_way

    async def drained(self) -> None:
        """Hold back every further call, and return when those under way are answered."""
        self._reached.set()
        await self._idle.wait()

    async def pay(
        self, client: ModelClient, request: ChatRequest, token: CancellationToken | None
    ) -> list[Completion]:
        """Return the client's answer; while a cap is reached, wait for ever."""
        if self.reached or self._reached.is_set():
            self._reached.set()
            await asyncio.Event().wait()
        self._under_way += 1
        self._idle.clear()
        try:
            answer = await client.complete(request, cancellation_token=token)
            used = total_usage(answer)
            self._add(client.name, used.prompt_tokens, used.completion_tokens, used.cached_tokens)
            return answer
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    def _add(self, model: str, prompt: float, completion: float, cached: float) -> None:
        price = self._prices.of(model)
        if price is None:
            self.unpriced.add(model)
            usd = 0.0
        else:
            usd = price.usd(prompt=prompt, completion=completion, cached=cached)
        for account in (self.spent, ACCOUNT.get()):
            if account is not None:
                account.usd += usd
                account.tokens += prompt + completion
        if self.reached:
            self._reached.set()


class CappedClient(ModelClient):
    """A model that is asked only while the budget lasts."""

    def __init__(self, client: ModelClient, cap: Cap) -> None:
        self.client, self._cap = client, cap
        super().__init__(client.name, client.traits)

    @property
    def traits(self) -> ModelTraits:
        """The client's own, as they are now."""
        return self.client.traits

    @traits.setter
    def traits(self, traits: ModelTraits) -> None:
        self.client.traits = traits

    async def prepare(self) -> None:
        """Prepare the client; see `ModelClient.prepare`."""
        await self.client.prepare()

    async def complete(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> list[Completion]:
        """Return the answer, or wait for ever once the budget is spent."""
        return await self._cap.pay(self.client, request, cancellation_token)

    async def stream(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> AsyncIterator[str | Completion]:
        """Yield the client's pieces; a run streams nothing, so nothing is counted."""
        async for piece in self.client.stream(request, cancellation_token=cancellation_token):
            yield piece

    async def close(self) -> None:
        """Close the client."""
        await self.client.close()
