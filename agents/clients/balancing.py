"""Sends requests in the order they came, each to the lane that will have done it first."""

import asyncio
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dialoom.agents.clients.lane import Lane, Seat
from dialoom.agents.clients.limits import Cost
from dialoom.chat import ChatRequest
from dialoom.errors import ModelError, RequestRefused

__all__ = ["Balancer", "Standing"]


@dataclass(slots=True, eq=False)
class _Waiting:
    costs: list[Cost]
    """By lane."""
    seat: asyncio.Future[Seat]


class Standing(NamedTuple):
    """How an endpoint fares at the moment."""

    in_flight: int
    waiting: int
    trouble: str
    """What requests wait for other than a place, by server if there are several."""


class Balancer:
    """The queue before the lanes of one endpoint.

    The first of the queue goes as soon as some lane is open, has room and is within its limits;
    nobody overtakes. Of several such lanes it takes the one with the shortest time to do it in:
    requests in flight there times its latency. So each server gets what it finishes.
    """

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self.lanes = tuple(lanes)
        self._queue: deque[_Waiting] = deque()
        self._timer: asyncio.TimerHandle | None = None

    async def seat(self, request: ChatRequest, *, again: bool = False) -> Seat:
        """Wait for the request's turn and return its place, to be given back by `done`.

        Args:
            request: What is to be sent.
            again: True when it had its turn before: then it is the next.

        Raises:
            ModelError: every lane is closed for good.
            RequestRefused: the request alone takes more than a minute allows.
        """
        costs = [lane.cost(request) for lane in self.lanes]
        if not self._queue:
            seat = self._seat_now(costs)
            if seat is not None:
                return seat
        self._refuse_what_never_fits(costs)
        waiting = _Waiting(costs, asyncio.get_running_loop().create_future())
        if again:
            self._queue.appendleft(waiting)
        else:
            self._queue.append(waiting)
        self.grant()
        try:
            return await waiting.seat
        except asyncio.CancelledError:
            if waiting.seat.done() and not waiting.seat.cancelled():
                self.done(waiting.seat.result(), sent=False)
            raise

    def done(self, seat: Seat, *, sent: bool = True) -> None:
        """Give a place back, and let the next one go."""
        seat.leave(sent=sent)
        self.grant()

    @property
    def standing(self) -> Standing:
        """How the lanes fare at the moment."""
        now = asyncio.get_running_loop().time()
        first = next((one for one in self._queue if not one.seat.done()), None)
        costs = [Cost()] * len(self.lanes) if first is None else first.costs
        troubles = [
            f"{lane.name}: {trouble}" if len(self.lanes) > 1 else trouble
            for lane, cost in zip(self.lanes, costs, strict=True)
            if (trouble := lane.trouble(cost, now))
        ]
        waiting = sum(not one.seat.done() for one in self._queue)
        return Standing(sum(lane.used for lane in self.lanes), waiting, "; ".join(troubles))

    def grant(self) -> None:
        """Let everybody go whose turn it is."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._queue:
            return
        now = asyncio.get_running_loop().time()
        while self._queue:
            first = self._queue[0]
            if not first.seat.done():
                ready = self._ready(first.costs, now)
                if isinstance(ready, int | float):
                    self._come_back(ready, now)
                    return
                self._settle(first, ready, now)
            self._queue.popleft()

    def _refuse_what_never_fits(self, costs: Sequence[Cost]) -> None:
        if not any(lane.fits(cost) for lane, cost in zip(self.lanes, costs, strict=True)):
            tokens = min(cost.tokens for cost in costs)
            name = self.lanes[0].client.name
            message = f"{name}: one request may take {tokens:,} tokens, more than --tpm allows"
            raise RequestRefused(message, model=name)

    def _seat_now(self, costs: Sequence[Cost]) -> Seat | None:
        """Return a place that is free for whoever comes when nobody waits, or None.

        Raises:
            ModelError: every lane is closed for good.
        """
        now = asyncio.get_running_loop().time()
        ready = self._ready(costs, now)
        if isinstance(ready, ModelError):
            raise ready
        return ready.seat(costs[self.lanes.index(ready)], now) if isinstance(ready, Lane) else None

    def _ready(self, costs: Sequence[Cost], now: float) -> Lane | ModelError | float:
        """Return the lane to take, why there is none, or when to look again."""
        free: list[Lane] = []
        soonest, end = math.inf, self.lanes[0].closed_by
        for lane, cost in zip(self.lanes, costs, strict=True):
            if lane.closed_by is None:
                end = None
            if lane.fits(cost):
                moment = lane.ready_at(cost, now)
                soonest = min(soonest, moment)
                if moment <= now:
                    free.append(lane)
        if end is not None:
            return end
        if len(free) < 2:
            return free[0] if free else soonest
        # a paused lane whose turn it is to be tried would never be the quickest
        return min(free, key=lambda lane: (not lane.breaker.is_paused, lane.load))

    def _settle(self, first: _Waiting, ready: Lane | ModelError, now: float) -> None:
        if isinstance(ready, ModelError):
            first.seat.set_exception(ready)
        else:
            first.seat.set_result(ready.seat(first.costs[self.lanes.index(ready)], now))

    def _come_back(self, moment: float, now: float) -> None:
        if not math.isinf(moment):
            self._timer = asyncio.get_running_loop().call_later(moment - now, self.grant)
