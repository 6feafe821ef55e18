"""Pauses an endpoint that fails many times in a row, and finds out when it is back.

While it is paused nothing is sent but one request after each pause. Requests wait meanwhile, so
an outage costs time and no reply.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from dialoom.errors import ModelError

__all__ = ["Breaker", "BreakerPolicy"]


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When an endpoint is paused and for how long."""

    failures: int = 5
    """In a row, of whichever requests."""
    first: float = 1.0
    """Seconds of the first pause; each further one is twice as long."""
    cap: float = 30.0
    """Seconds of the longest pause."""


class Breaker:
    """The state of one endpoint: answering, paused, or being tried."""

    def __init__(self, policy: BreakerPolicy, name: str, say: Callable[[str], None]) -> None:
        """Begin as answering.

        Args:
            policy: When to pause.
            name: What the endpoint is called in messages.
            say: Takes a sentence for a person, once at each outage and at its end.
        """
        self._policy, self._name, self._say = policy, name, say
        self._row = self._pauses = 0
        self._since = self._until = 0.0
        self._is_trying = False

    @property
    def is_paused(self) -> bool:
        """True from the last of many failures to the next answer."""
        return self._pauses > 0

    def ready_at(self, now: float) -> float:
        """Return when the next request may go; infinity while one is on trial."""
        if not self.is_paused:
            return now
        return math.inf if self._is_trying else max(now, self._until)

    def sent(self) -> None:
        """Take note that a request goes: of a paused endpoint it is the trial."""
        self._is_trying = self.is_paused

    def answered(self, now: float) -> None:
        """Take note of an answer, of whatever kind: the endpoint is there."""
        if self.is_paused:
            self._say(f"{self._name} answers again after {now - self._since:.0f} s")
        self._row = self._pauses = 0
        self._is_trying = False

    def failed(self, error: ModelError, now: float, *, trial: bool) -> None:
        """Take note of a failure that shows nobody at work there.

        Args:
            error: What happened.
            now: Seconds.
            trial: Whether the request was sent to try a paused endpoint.
        """
        self._row += 1
        if self.is_paused and not trial:
            return  # sent before the pause
        if self.is_paused or self._row >= self._policy.failures:
            self.pause(error, now)

    def pause(self, error: ModelError, now: float) -> None:
        """Pause, for longer each time until an answer comes."""
        if not self.is_paused:
            self._since = now
            self._say(f"{error}; asking pauses until {self._name} is back")
        self._until = now + min(self._policy.cap, self._policy.first * 2.0 ** min(self._pauses, 30))
        self._pauses += 1
        self._is_trying = False

    def withdrawn(self) -> None:
        """Take note that a trial ended without a word from the endpoint; another may go."""
        self._is_trying = False
