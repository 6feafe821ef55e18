"""Waiting for answers: one that may be called off, and several at a time."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from autogen_core import CancellationToken

__all__ = ["all_of", "cancellable"]

T = TypeVar("T")


async def cancellable(work: Coroutine[Any, Any, T], token: CancellationToken | None) -> T:
    """Return what `work` returns, unless the token calls it off.

    Raises:
        asyncio.CancelledError: the token was cancelled.
    """
    if token is None:
        return await work
    task = asyncio.ensure_future(work)
    token.link_future(task)
    return await task


async def all_of(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return what all of them return, in order. The first failure calls off the rest and is raised.

    Unlike `asyncio.TaskGroup` it raises the failure itself, not a group of one.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]
