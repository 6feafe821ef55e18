"""One server of an endpoint: what it may be asked, how it fares, and asking it."""

import asyncio
import math
from collections.abc import Callable

from autogen_core import CancellationToken

from dialoom.agents.clients.base import ModelClient
from dialoom.agents.clients.breaker import Breaker, BreakerPolicy
from dialoom.agents.clients.limits import Cost, Estimate, Limits, Rates, Reservation
from dialoom.agents.clients.pace import Pace, units
from dialoom.chat import ChatRequest, Completion
from dialoom.errors import (
    UNUSABLE,
    BadReply,
    ModelError,
    ModelUnavailable,
    Overloaded,
    PermissionDenied,
    RateLimited,
    ServerFault,
    TransientModelError,
)

__all__ = ["Lane", "Seat"]

MEMORY = 0.1
"""Share by which an answer moves what is known of a lane's latency."""
DENIED = 20
"""Requests in a row that are answered by 403 from which it is about the key and not about them."""


class Lane:
    """One client with its limits, its breaker and its pace."""

    def __init__(
        self,
        client: ModelClient,
        name: str,
        *,
        limits: Limits,
        breaker: BreakerPolicy,
        say: Callable[[str], None],
    ) -> None:
        """Make a lane that is not prepared yet.

        Args:
            client: The model at one server.
            name: What the lane is called in messages.
            limits: What the server may be asked.
            breaker: When it is paused.
            say: Takes a sentence for a person.
        """
        self.client, self.name = client, name
        self.closed_by: ModelError | None = None
        """What makes every further request pointless."""
        self.used = 0
        """Requests in flight."""
        self.answered_at = -math.inf
        """When an answer came last; seconds of the event loop's clock."""
        self.denied = 0
        """Requests that were answered by 403 since."""
        self.is_prepared = False
        self.pace = Pace(1)
        self.breaker = Breaker(breaker, name, say)
        self._limits, self._rates = limits, Rates(limits)
        self._estimate = Estimate(limits)
        self._held_until = self._left_out_until = 0.0
        self._say = say
        self._latency = 0.0

    async def prepare(self) -> None:
        """Prepare the client and settle how many requests it takes at a time.

        Raises:
            ModelError: it can't be used.
        """
        self._rates.reserve(Cost(), _now())  # a client may try a first request here
        await self.client.prepare()
        traits = self.client.traits
        self.pace = Pace(self._limits.in_flight or traits.in_flight, adapts=traits.adapts)
        self.is_prepared = True

    @property
    def load(self) -> float:
        """How long the next request would take here, in seconds or near enough to compare."""
        return (self.used + 1) * (self._latency or 1e-3)

    def cost(self, request: ChatRequest) -> Cost:
        """Return what a request would take of the limits."""
        return self._estimate.cost(request, siblings_together=self.client.traits.siblings_together)

    def fits(self, cost: Cost) -> bool:
        """Return whether a request of this cost may ever be sent."""
        return cost.tokens <= (self._limits.tokens_per_minute or math.inf)

    def ready_at(self, cost: Cost, now: float) -> float:
        """Return when a request of this cost may go; infinity until something else happens."""
        if self.closed_by is not None or self.used >= self.pace.width:
            return math.inf
        moment = max(now, self._held_until, self.breaker.ready_at(now))
        return moment if math.isinf(moment) else max(moment, self._rates.ready_at(cost, now))

    def trouble(self, cost: Cost, now: float) -> str:
        """Return what a request of this cost waits for other than a place, or nothing."""
        if self.closed_by is not None:
            return "given up"
        if self.breaker.is_paused:
            until = self.breaker.ready_at(now)
            return "being tried again" if math.isinf(until) else f"paused for {until - now:.0f} s"
        if self._held_until > now:
            return f"told to wait {self._held_until - now:.0f} s"
        left = self._rates.ready_at(cost, now) - now
        return f"at its rate limit for {left:.0f} s" if left > 0 else ""

    def seat(self, cost: Cost, now: float) -> "Seat":
        """Take a place for a request that goes now."""
        self.used += 1
        trial = self.breaker.is_paused
        self.breaker.sent()
        return Seat(self, self._rates.reserve(cost, now), now, trial=trial)

    def hold(self, seconds: float) -> None:
        """Send nothing for some time, as the server asks."""
        self._held_until = max(self._held_until, _now() + seconds)

    def leave_out(self, error: ModelError, seconds: float) -> None:
        """Send nothing for longer than a request waits, since others can take it; say so once."""
        now = _now()
        if self._left_out_until <= now:
            self._say(f"{error}; {self.name} is left out for {seconds:,.0f} s")
        self._left_out_until = max(self._left_out_until, now + seconds)
        self.hold(seconds)

    def is_open(self, *, within: float) -> bool:
        """Return whether the server takes requests, or has said that it will in so many seconds."""
        return self.closed_by is None and self._held_until <= _now() + within

    def reopen(self) -> None:
        """Ask a server again that was given up."""
        if self.closed_by is not None:
            self.closed_by = None
            self._held_until = self._left_out_until = 0.0

    def took(self, seconds: float) -> None:
        """Take note of how long an answer took."""
        self._latency += (MEMORY if self._latency else 1.0) * (seconds - self._latency)

    def learn(self, answer: list[Completion]) -> int:
        """Return the tokens that an answer took."""
        return self._estimate.learn(answer)


class Seat:
    """The right to send one request to a lane, and the report of what came of it."""

    def __init__(self, lane: Lane, reservation: Reservation, at: float, *, trial: bool) -> None:
        self.lane = lane
        self.at = at
        """When it was given; seconds of the event loop's clock."""
        self._reservation, self._trial = reservation, trial
        self._fall = lane.pace.falls

    async def ask(self, request: ChatRequest, token: CancellationToken | None) -> list[Completion]:
        """Send the request once, tell the lane what came of it, and return the answer.

        Raises:
            ModelError: there was none.
        """
        started = _now()
        try:
            if not self.lane.is_prepared:
                await self._prepare()
            answer = await self.lane.client.complete(request, cancellation_token=token)
        except PermissionDenied as error:
            told = self._blamed(error)
            self._failed(told)
            raise told from error
        except ModelError as error:
            self._failed(error)
            raise
        now = _now()
        seconds = now - started
        self._answered(answer, seconds, now)
        return [one if one.seconds else one.stamped(seconds=seconds) for one in answer]

    def leave(self, *, sent: bool) -> None:
        """Give the place back.

        Args:
            sent: False gives back what was taken of the limits, too.
        """
        self.lane.used -= 1
        if not sent:
            self._reservation.refund()
        if self._trial:
            self.lane.breaker.withdrawn()

    async def _prepare(self) -> None:
        """Prepare a lane that was down when the run began; it may still be."""
        try:
            await self.lane.prepare()
        except ModelUnavailable as error:
            raise ServerFault(str(error), model=error.model) from error

    def _blamed(self, error: PermissionDenied) -> ModelError:
        """Return the error of a server whose key was good as one of this request."""
        lane = self.lane
        lane.denied += 1
        was_good = not math.isinf(lane.answered_at) and lane.denied < DENIED
        return error.refusal if was_good and error.refusal else error

    def _answered(self, answer: list[Completion], seconds: float, now: float) -> None:
        lane = self.lane
        lane.answered_at, lane.denied = now, 0
        lane.breaker.answered(now)
        lane.took(seconds)
        lane.pace.answered(seconds, units(answer), sent_at_fall=self._fall)
        self._reservation.settle(lane.learn(answer))

    def _failed(self, error: ModelError) -> None:
        lane = self.lane
        if isinstance(error, UNUSABLE):
            lane.closed_by = error
        elif isinstance(error, RateLimited):
            lane.breaker.answered(_now())
            lane.pace.crowded(sent_at_fall=self._fall)
            lane.hold(error.retry_after or 0.0)
        elif not isinstance(error, TransientModelError):
            lane.breaker.answered(_now())  # it is there, and refuses this request
        elif self._trial or not isinstance(error, BadReply):  # that may be the model's own
            if isinstance(error, Overloaded) and not lane.breaker.is_paused:
                lane.pace.crowded(sent_at_fall=self._fall)
            lane.breaker.failed(error, _now(), trial=self._trial)


def _now() -> float:
    return asyncio.get_running_loop().time()
