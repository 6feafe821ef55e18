"""Calls that are under way: whoever asks for one of them waits for its answer."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from autogen_core import CancellationToken

from dialoom.agents.clients.waiting import cancellable
from dialoom.chat import Completion
from dialoom.errors import ModelError

__all__ = ["Abandoned", "OpenCalls"]


class Abandoned(Exception):
    """Whoever asked first has stopped to: one of those who waited asks for itself."""


class OpenCalls:
    """Calls by key, each asked for once at a time."""

    def __init__(self) -> None:
        self._answers: dict[str, asyncio.Future[list[Completion]]] = {}

    async def answer(
        self,
        key: str,
        ask: Callable[[], Coroutine[Any, Any, list[Completion]]],
        token: CancellationToken | None,
    ) -> list[Completion]:
        """Return the answer of a call; only the first of those who ask for it calls `ask`.

        Raises:
            Abandoned: the first was called off; the call may be asked for again.
            ModelError: the call failed.
        """
        if key in self._answers:
            return await cancellable(_result(self._answers[key]), token)
        future: asyncio.Future[list[Completion]] = asyncio.get_running_loop().create_future()
        self._answers[key] = future
        failure: Exception = Abandoned()
        try:
            answer = await cancellable(ask(), token)
            future.set_result(answer)
            return answer
        except ModelError as error:
            failure = error
            raise
        finally:
            del self._answers[key]
            if not future.done():
                future.set_exception(failure)
                future.exception()  # whoever waits gets it; nobody waiting is no fault


async def _result(future: asyncio.Future[list[Completion]]) -> list[Completion]:
    return await asyncio.shield(future)
