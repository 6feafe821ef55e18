"""Things that several clients of one event loop share, like a pool of connections."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

__all__ = ["Shared"]

T = TypeVar("T")


@dataclass(slots=True)
class _Held(Generic[T]):
    thing: T
    users: int = 0


class Shared(Generic[T]):
    """One thing for each key and event loop, closed when its last user lets it go."""

    def __init__(self, close: Callable[[T], Awaitable[None]]) -> None:
        self._close = close
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Hashable, _Held[T]]]
        self._loops = WeakKeyDictionary()

    def take(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the thing of this key, made if need be; `release` it once after use."""
        things = self._loops.setdefault(asyncio.get_running_loop(), {})
        if key not in things:
            things[key] = _Held(make())
        things[key].users += 1
        return things[key].thing

    async def release(self, key: Hashable) -> None:
        """Let one user go; what was taken in an event loop that has ended is forgotten."""
        things = self._loops.get(asyncio.get_running_loop(), {})
        held = things.get(key)
        if held is None:
            return
        held.users -= 1
        if held.users == 0:
            del things[key]
            await self._close(held.thing)
