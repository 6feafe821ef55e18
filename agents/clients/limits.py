"""How much one endpoint may be asked in any minute, in requests and in tokens.

A window slides: what was sent counts for a minute from when it was sent, so that no 60 seconds
hold more than the limit, wherever they begin. A token bucket of the same rate would let twice as
much through around the moment when it is full.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dialoom.agents.clients.base import ClientOptions
from dialoom.chat import ChatRequest, Completion, estimated_tokens, total_usage

__all__ = ["Cost", "Estimate", "Limits", "Rates", "Reservation", "Window"]

SPAN = 60.25
"""Seconds that something counts: a minute, and what a request may take longer to arrive."""
BURSTS = 10
"""At most a tenth of a minute's requests go in a tenth of a minute: servers refuse bursts."""
UNKNOWN_REPLY = 512
"""Tokens reserved for a reply without `max_tokens` before any reply was seen."""

FADING = 0.95
"""What is left of the longest reply after each further one: after 14 of them, half."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one endpoint may be asked; None sets no limit."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    """Of prompts and replies together."""
    in_flight: int | None = None
    """Requests at a time, at most; None takes the client's own figure."""

    @classmethod
    def of(cls, options: ClientOptions) -> "Limits":
        """Return the limits that a user set."""
        return cls(options.rpm, options.tpm, options.in_flight)


class Cost(NamedTuple):
    """What a call takes of the limits."""

    requests: int = 1
    tokens: int = 0


@dataclass(slots=True, eq=False)
class _Entry:
    at: float
    amount: int
    live: bool = True


class Window:
    """What was spent in the last `span` seconds, and when there is room for more."""

    def __init__(self, limit: int, span: float = SPAN) -> None:
        self.limit, self.span = limit, span
        self._entries: deque[_Entry] = deque()
        self._spent = 0

    def ready_at(self, amount: int, now: float) -> float:
        """Return the first moment, `now` or later, at which `amount` more fits in.

        An amount over the limit fits at no time; it is given the moment the window is empty.
        """
        self._expire(now)
        free = self.limit - self._spent
        if amount <= free or not self._entries:
            return now
        for entry in self._entries:
            free += entry.amount
            if free >= amount:
                return entry.at + self.span
        return self._entries[-1].at + self.span

    def add(self, amount: int, now: float) -> _Entry:
        """Spend an amount now."""
        entry = _Entry(now, amount)
        self._entries.append(entry)
        self._spent += amount
        return entry

    def settle(self, entry: _Entry, amount: int) -> None:
        """Correct what was spent, also above the limit: later requests then wait for it."""
        if entry.live:
            self._spent += amount - entry.amount
            entry.amount = amount

    def _expire(self, now: float) -> None:
        while self._entries and self._entries[0].at + self.span <= now:
            entry = self._entries.popleft()
            entry.live = False
            self._spent -= entry.amount


class Reservation:
    """What one call has taken of the windows."""

    def __init__(self, requests: list[tuple[Window, _Entry]], tokens: list[tuple[Window, _Entry]]):
        self._requests, self._tokens = requests, tokens

    def settle(self, tokens: int) -> None:
        """Say what the call really took."""
        for window, entry in self._tokens:
            window.settle(entry, tokens)

    def refund(self) -> None:
        """Give everything back: the call was not sent."""
        for window, entry in self._requests + self._tokens:
            window.settle(entry, 0)


NOTHING = Reservation([], [])


class Rates:
    """The windows of one endpoint."""

    def __init__(self, limits: Limits) -> None:
        rpm, tpm = limits.requests_per_minute, limits.tokens_per_minute
        self._requests = [] if rpm is None else [Window(rpm)]
        if rpm is not None:
            self._requests.append(Window(-(-rpm // BURSTS), SPAN / BURSTS))
        self._tokens = [] if tpm is None else [Window(tpm)]
        self._unlimited = rpm is None and tpm is None

    def ready_at(self, cost: Cost, now: float) -> float:
        """Return the first moment at which all windows have room for a call."""
        if self._unlimited:
            return now
        moments = [window.ready_at(cost.requests, now) for window in self._requests]
        moments += [window.ready_at(cost.tokens, now) for window in self._tokens]
        return max(moments, default=now)

    def reserve(self, cost: Cost, now: float) -> Reservation:
        """Take a call's part of the windows."""
        if self._unlimited:
            return NOTHING
        return Reservation(
            [(window, window.add(cost.requests, now)) for window in self._requests],
            [(window, window.add(cost.tokens, now)) for window in self._tokens],
        )


class Estimate:
    """Tells the cost of calls beforehand, and learns from what replies really took."""

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.tokens_per_minute
        self._longest = 0.0

    def cost(self, request: ChatRequest, *, siblings_together: bool) -> Cost:
        """Return what a call may take, rather too much than too little.

        What is known, prompts and `max_tokens`, may come to more than a minute allows; a guess
        of the replies never does, so that one long reply refuses no later call.
        """
        seeds = len(request.seeds)
        requests = 1 if siblings_together else seeds
        if self._limit is None:
            return Cost(requests)
        prompts = requests * estimated_tokens(request.messages)
        if request.sampling.max_tokens is not None:
            return Cost(requests, prompts + seeds * request.sampling.max_tokens)
        guess = prompts + seeds * (math.ceil(self._longest) or UNKNOWN_REPLY)
        return Cost(requests, max(prompts, min(guess, self._limit)))

    def learn(self, answer: Sequence[Completion]) -> int:
        """Return the tokens that an answer took."""
        for completion in answer:
            tokens = completion.usage.completion_tokens
            self._longest = max(FADING * self._longest, tokens)
        used = total_usage(answer)
        return used.prompt_tokens + used.completion_tokens
