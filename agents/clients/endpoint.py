"""One model behind its journal, its queue, its retries, and the servers that run it.

An endpoint is a client around clients, so that personas, critics and selectors need not know
of it: every call of a run goes through one and is written down before anybody sees the answer.
"""

import asyncio
import math
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from autogen_core import CancellationToken

from dialoom.agents.clients.balancing import Balancer, Standing
from dialoom.agents.clients.base import ModelClient, ModelTraits
from dialoom.agents.clients.breaker import BreakerPolicy
from dialoom.agents.clients.lane import Lane, Seat
from dialoom.agents.clients.limits import Limits
from dialoom.agents.clients.open_calls import Abandoned, OpenCalls
from dialoom.agents.clients.retries import Failures, RetryPolicy
from dialoom.agents.clients.silence import Silence
from dialoom.chat import ChatRequest, Completion, total_usage
from dialoom.errors import (
    UNUSABLE,
    ModelError,
    ModelUnavailable,
    RateLimited,
    TransientModelError,
)
from dialoom.events import CallFinished, CallRetried, Listener, Notice

__all__ = ["Endpoint", "Journal", "RetryPolicy"]


class Journal(Protocol):
    """Where finished calls are kept."""

    def find(self, key: str) -> list[Completion] | None:
        """Return the answer of a call that was made before, or None."""

    async def put(
        self, key: str, model: str, request: ChatRequest, answer: Sequence[Completion]
    ) -> None:
        """Keep an answer; returns when it would survive the process."""


class Endpoint(ModelClient):
    """A model as one run uses it."""

    def __init__(
        self,
        client: ModelClient,
        *,
        others: Sequence[ModelClient] = (),
        journal: Journal | None = None,
        listener: Listener | None = None,
        retry: RetryPolicy | None = None,
        limits: Limits | None = None,
        breaker: BreakerPolicy | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Wrap a client.

        Args:
            client: The model.
            others: The same model on other servers.
            journal: Where answers are kept and looked up first; None keeps none.
            listener: Is told of finished and repeated calls, and of outages.
            retry: How transient failures are asked again.
            limits: What each server may be asked.
            breaker: When a server that fails is paused.
            sleep: How to wait before a retry; tests put a clock of their own here.
        """
        super().__init__(client.name, client.traits)
        self.client, self._journal = client, journal
        self._listener: Listener = listener or (lambda event: None)
        self._retry = retry or RetryPolicy()
        self._sleep = sleep
        clients = (client, *others)
        self._balancer = Balancer(
            [
                Lane(
                    one,
                    client.name if not others else f"{client.name} (server {number})",
                    limits=limits or Limits(),
                    breaker=breaker or BreakerPolicy(),
                    say=lambda text: self._listener(Notice(text)),
                )
                for number, one in enumerate(clients, start=1)
            ]
        )
        self._open = OpenCalls()
        self._silence = Silence(forgets_after=self._retry.patience)
        self._chance = random.Random()
        self._preparing: asyncio.Lock | None = None
        self._prepared = False

    @property
    def identity(self) -> str:
        """What names this model in keys: its name, and its weights where they are known."""
        return f"{self.name}@{self.traits.revision}" if self.traits.revision else self.name

    @property
    def standing(self) -> Standing:
        """How many requests are in flight and waiting, and what is wrong."""
        return self._balancer.standing

    def reopen(self) -> None:
        """Ask servers again that were given up: whoever asks may have mended them meanwhile."""
        for lane in self._balancer.lanes:
            lane.reopen()
        self._silence.broken()

    async def prepare(self) -> None:
        """Prepare the clients once, however many ask.

        Of several servers those that are down are left out until they answer.

        Raises:
            ModelError: the model can't be used.
        """
        if self._prepared:
            return
        self._preparing = self._preparing or asyncio.Lock()
        async with self._preparing:
            if not self._prepared:
                await self._prepare_lanes()
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
        while True:
            known = self._journal.find(key) if self._journal else None
            if known is not None:
                self._tell(request, known, replayed=True)
                return known
            with suppress(Abandoned):
                return await self._open.answer(
                    key, lambda: self._asked(key, request, cancellation_token), cancellation_token
                )

    async def stream(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> AsyncIterator[str | Completion]:
        """Yield one reply piece by piece; neither retried nor journalled."""
        await self.prepare()
        async for piece in self.client.stream(request, cancellation_token=cancellation_token):
            yield piece

    async def close(self) -> None:
        """Close the clients."""
        for lane in self._balancer.lanes:
            await lane.client.close()

    async def _prepare_lanes(self) -> None:
        lanes = self._balancer.lanes
        errors: list[ModelError] = []
        for lane in lanes:
            try:
                await lane.prepare()
            except ModelUnavailable as error:
                errors.append(error)
                if len(errors) == len(lanes):
                    raise
                lane.breaker.pause(error, asyncio.get_running_loop().time())
        self.traits = _common([lane for lane in lanes if lane.is_prepared])

    async def _asked(
        self, key: str, request: ChatRequest, token: CancellationToken | None
    ) -> list[Completion]:
        answer: list[Completion] = []
        with self._silence.asked():
            while missing := request.seeds[len(answer) :]:  # some give fewer than asked for
                answer += await self._persist(replace(request, seeds=missing), token)
        if self._journal is not None:
            await self._journal.put(key, self.name, request, answer)
            answer = [completion.stamped(call_key=key) for completion in answer]
        self.count(answer)
        self._tell(request, answer, replayed=False)
        return answer

    async def _persist(
        self, request: ChatRequest, token: CancellationToken | None
    ) -> list[Completion]:
        """Ask until there is an answer or no hope for one; no place is held between attempts."""
        failures = Failures()
        while True:
            seat = await self._balancer.seat(request, again=failures.all > 0)
            failures.sent(seat.at)
            try:
                answer = await seat.ask(request, token)
            except ModelError as error:
                delay = self._delay(error, failures, seat)
            else:
                self._silence.broken()
                return answer
            finally:
                self._balancer.done(seat)
            if delay:
                await self._sleep(delay)

    def _delay(self, error: ModelError, failures: Failures, seat: Seat) -> float:
        """Return the seconds until the next attempt.

        Raises:
            ModelError: there will be none.
        """
        if isinstance(error, UNUSABLE) and self._others_are_open(seat):
            self._listener(Notice(f"{error}; {seat.lane.name} is left out"))
            return 0.0
        if not isinstance(error, TransientModelError):
            raise error
        wait = error.retry_after or 0.0
        if wait > self._retry.patience and self._others_are_open(seat):
            seat.lane.leave_out(error, wait)
            return 0.0
        failures.count(error, now=_now(), answered=seat.lane.answered_at)
        silence = self._silence.seconds(failures) if self._has_worked else 0.0
        if self._retry.is_over(failures, error, silence=silence):
            raise self._end(error, silence)
        delay = self._retry.delay(failures.all, error.retry_after, self._chance.random())
        if wait and isinstance(error, RateLimited) and self._others_are_open(seat, within=0.0):
            delay = 0.0  # the server that asked to wait is left alone, and another takes it now
        name = type(error).__name__
        self._listener(CallRetried(self.name, name, str(error), failures.all, delay))
        return delay

    @property
    def _has_worked(self) -> bool:
        return any(lane.answered_at > -math.inf for lane in self._balancer.lanes)

    def _end(self, error: ModelError, silence: float) -> ModelError:
        """Return what a request is given up for: itself, or an endpoint that answers nobody."""
        patience = self._retry.patience
        if silence <= patience and (error.retry_after or 0.0) <= patience:
            return error
        end = ModelUnavailable(f"{error}; it is given up for now", model=error.model)
        for lane in self._balancer.lanes:
            lane.closed_by = end
        return end

    def _others_are_open(self, seat: Seat, *, within: float | None = None) -> bool:
        """Return whether another server takes the request in so many seconds, or bearably soon."""
        lanes = (lane for lane in self._balancer.lanes if lane is not seat.lane)
        bearable = self._retry.patience if within is None else within
        return any(lane.is_open(within=bearable) for lane in lanes)

    def _tell(self, request: ChatRequest, answer: Sequence[Completion], *, replayed: bool) -> None:
        used = total_usage(answer)
        self._listener(
            CallFinished(
                model=self.name,
                purpose=request.purpose,
                completions=len(answer),
                prompt_tokens=used.prompt_tokens,
                completion_tokens=used.completion_tokens,
                cached_tokens=used.cached_tokens,
                seconds=max((completion.seconds for completion in answer), default=0.0),
                replayed=replayed,
            )
        )


def _common(lanes: Sequence[Lane]) -> ModelTraits:
    """Return what all servers offer; requests at a time add up."""
    traits = [lane.client.traits for lane in lanes]
    contexts = [one.context for one in traits if one.context is not None]
    return replace(
        traits[0],
        context=min(contexts, default=None),
        siblings_together=all(one.siblings_together for one in traits),
        logprobs=all(one.logprobs for one in traits),
        json_schema=all(one.json_schema for one in traits),
        in_flight=sum(lane.pace.most for lane in lanes),
    )


def _now() -> float:
    return asyncio.get_running_loop().time()
