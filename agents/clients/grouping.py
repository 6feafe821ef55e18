"""Requests for several models of one server, grouped by model where it can't hold them all.

A laptop's Ollama unloads one model to load another, which takes seconds. So as long as there is
something to ask of the model that is loaded, requests for the others wait.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

__all__ = ["Grouping"]

LINGER = 0.1
"""Seconds that a model which has nothing to do is kept, since whoever had its answer may ask on."""
STINT = 128
"""Requests of one model in a row while others wait."""


class Grouping:
    """Lets the requests of one model at a time through, until all models are known to fit."""

    def __init__(self, *, linger: float = LINGER, stint: int = STINT) -> None:
        self._linger, self._stint = linger, stint
        self._models: set[str] = set()
        self._current: str | None = None
        self._running = self._passed = 0
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        self._switching: asyncio.TimerHandle | None = None
        self._all_fit = self._is_told = False
        self.switches = 0
        """How often another model had its turn."""

    @property
    def is_in_doubt(self) -> bool:
        """Whether it would help to know which models the server holds at once."""
        return len(self._models) > 1 and not self._is_told

    def join(self, model: str) -> None:
        """Say that a model will be asked."""
        if model not in self._models:
            self._models.add(model)
            self._all_fit = self._is_told = False

    def tell_loaded(self, loaded: set[str]) -> None:
        """Say which models the server holds; when it holds all, nobody waits any more."""
        self._is_told = True
        if self._models <= loaded:
            self._all_fit = True
            self._grant()

    @asynccontextmanager
    async def turn(self, model: str) -> AsyncGenerator[None]:
        """Hold the model's turn while the body asks it."""
        await self._enter(model)
        try:
            yield
        finally:
            self._running -= 1
            self._grant()

    async def _enter(self, model: str) -> None:
        if self._may_pass(model):
            self._pass(model)
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(model, deque()).append(place)
        self._grant()
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled():
                self._running -= 1
            self._grant()
            raise

    def _may_pass(self, model: str) -> bool:
        if self._all_fit or len(self._models) < 2 or self._current is None:
            return True
        return model == self._current and not (self._passed >= self._stint and self._others())

    def _pass(self, model: str) -> None:
        if model != self._current:
            self._current, self._passed, self._is_told = model, 0, self._all_fit
            self.switches += 1
        self._running += 1
        self._passed += 1
        if self._switching is not None:
            self._switching.cancel()
            self._switching = None

    def _others(self) -> list[str]:
        """Return the other models that somebody waits for, the longest queue first."""
        self._waiting = {
            model: queue
            for model, places in self._waiting.items()
            if (queue := deque(place for place in places if not place.done()))
        }
        names = [model for model in self._waiting if model != self._current]
        return sorted(names, key=lambda model: -len(self._waiting[model]))

    def _grant(self) -> None:
        """Let everybody through whose turn it is; where nobody's is, get ready to switch."""
        others = self._others()
        for model in list(self._waiting):
            queue = self._waiting[model]
            while queue and self._may_pass(model):
                self._pass(model)
                queue.popleft().set_result(None)
        if others and not self._running and self._switching is None and not self._all_fit:
            loop = asyncio.get_running_loop()
            self._switching = loop.call_later(self._linger, self._switch)

    def _switch(self) -> None:
        self._switching = None
        others = self._others()
        if others and not self._running:
            queue = self._waiting[others[0]]
            while queue:
                self._pass(others[0])
                queue.popleft().set_result(None)
