"""One model behind its journal, its limit of requests in flight, and its retries.

An endpoint is a client around a client, so that personas, critics and selectors need not know
of it: every call of a run goes through one and is written down before anybody sees the answer.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from autogen_core import CancellationToken

from dialoom.agents.clients.base import ModelClient
from dialoom.chat import ChatRequest, Completion
from dialoom.errors import (
    AuthenticationFailed,
    ModelError,
    ModelUnavailable,
    TransientModelError,
    UnknownModel,
)
from dialoom.events import CallFinished, CallRetried, Listener

__all__ = ["Endpoint", "Journal", "RetryPolicy"]


class Journal(Protocol):
    """Where finished calls are kept."""

    def find(self, key: str) -> list[Completion] | None:
        """Return the answer of a call that was made before, or None."""

    async def put(
        self, key: str, model: str, request: ChatRequest, answer: Sequence[Completion]
    ) -> None:
        """Keep an answer; returns when it would survive the process."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently a transient failure is asked again.

    Delays are drawn by "full jitter": uniform between 0 and the doubled base, capped (AWS
    Architecture Blog, "Exponential Backoff And Jitter"). A longer Retry-After is kept to.
    """

    attempts: int = 5
    base: float = 0.5
    """Seconds."""
    cap: float = 30.0
    """Seconds."""

    def delay(self, attempt: int, retry_after: float | None, chance: float) -> float:
        """Return the seconds to wait after the attempt of this number, counted from 1.

        Args:
            attempt: Which attempt failed.
            retry_after: What the endpoint asked for, seconds.
            chance: Uniform between 0 and 1.
        """
        ceiling = min(self.cap, self.base * 2.0**attempt)
        return max(chance * ceiling, retry_after or 0.0)


class Endpoint(ModelClient):
    """A model as one run uses it."""

    def __init__(
        self,
        client: ModelClient,
        *,
        journal: Journal | None = None,
        listener: Listener | None = None,
        retry: RetryPolicy | None = None,
        in_flight: int | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Wrap a client.

        Args:
            client: The model.
            journal: Where answers are kept and looked up first; None keeps none.
            listener: Is told of finished and repeated calls.
            retry: How transient failures are asked again.
            in_flight: Requests at a time; None takes the client's own figure.
            sleep: How to wait; tests put a clock of their own here.
        """
        super().__init__(client.name, client.traits)
        self.client, self._journal = client, journal
        self._listener: Listener = listener or (lambda event: None)
        self._retry = retry or RetryPolicy()
        self._in_flight = in_flight
        self._sleep = sleep
        self._running: dict[str, asyncio.Future[list[Completion]]] = {}
        self._chance = random.Random()
        self._closed_by: ModelError | None = None
        self._gate: asyncio.Semaphore | None = None
        self._preparing: asyncio.Lock | None = None
        self._prepared = False

    @property
    def identity(self) -> str:
        """What names this model in keys: its name, and its weights where they are known."""
        return f"{self.name}@{self.traits.revision}" if self.traits.revision else self.name

    async def prepare(self) -> None:
        """Prepare the client once, however many ask.

        Raises:
            ModelError: the model can't be used.
        """
        if self._prepared:
            return
        self._preparing = self._preparing or asyncio.Lock()
        async with self._preparing:
            if not self._prepared:
                await self.client.prepare()
                self.traits = self.client.traits
                self._gate = asyncio.Semaphore(self._in_flight or self.traits.in_flight)
                self._prepared = True

    async def complete(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> list[Completion]:
        """Return the journal's answer, or ask the model and write its answer down.

        Raises:
            ModelError: the model gave no answer within the allowed attempts, or its endpoint
                was found unusable before.
        """
        await self.prepare()
        key = request.key(self.identity)
        known = self._journal.find(key) if self._journal else None
        if known is not None:
            self._tell(request, known, replayed=True)
            return known
        if key in self._running:
            return await asyncio.shield(self._running[key])
        future: asyncio.Future[list[Completion]] = asyncio.get_running_loop().create_future()
        self._running[key] = future
        try:
            answer = await self._asked(key, request, cancellation_token)
            future.set_result(answer)
            return answer
        except BaseException as error:
            future.set_exception(error if isinstance(error, ModelError) else ModelError("stopped"))
            future.exception()  # whoever waits gets it; nobody waiting is no fault
            raise
        finally:
            del self._running[key]

    async def stream(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> AsyncIterator[str | Completion]:
        """Yield one reply piece by piece; neither retried nor journalled."""
        await self.prepare()
        async for piece in self.client.stream(request, cancellation_token=cancellation_token):
            yield piece

    async def close(self) -> None:
        """Close the client."""
        await self.client.close()

    async def _asked(
        self, key: str, request: ChatRequest, token: CancellationToken | None
    ) -> list[Completion]:
        assert self._gate is not None
        async with self._gate:
            if self._closed_by is not None:
                raise self._closed_by
            answer = await self._persist(request, token)
        if self._journal is not None:
            await self._journal.put(key, self.name, request, answer)
            answer = [replace(completion, call_key=key) for completion in answer]
        self.count(answer)
        self._tell(request, answer, replayed=False)
        return answer

    async def _persist(
        self, request: ChatRequest, token: CancellationToken | None
    ) -> list[Completion]:
        attempt = 0
        while True:
            attempt += 1
            started = time.perf_counter()
            try:
                answer = await self.client.complete(request, cancellation_token=token)
            except TransientModelError as error:
                if attempt >= self._retry.attempts:
                    raise
                delay = self._retry.delay(attempt, error.retry_after, self._chance.random())
                self._listener(
                    CallRetried(self.name, type(error).__name__, str(error), attempt, delay)
                )
                await self._sleep(delay)
            except (AuthenticationFailed, ModelUnavailable, UnknownModel) as error:
                self._closed_by = error  # asking again can't help anybody in this run
                raise
            else:
                seconds = time.perf_counter() - started
                return [
                    completion if completion.seconds else replace(completion, seconds=seconds)
                    for completion in answer
                ]

    def _tell(self, request: ChatRequest, answer: Sequence[Completion], *, replayed: bool) -> None:
        usages = [completion.usage for completion in answer]
        self._listener(
            CallFinished(
                model=self.name,
                purpose=request.purpose,
                completions=len(answer),
                prompt_tokens=sum(usage.prompt_tokens for usage in usages),
                completion_tokens=sum(usage.completion_tokens for usage in usages),
                cached_tokens=sum(usage.cached_tokens for usage in usages),
                seconds=max((completion.seconds for completion in answer), default=0.0),
                replayed=replayed,
            )
        )
