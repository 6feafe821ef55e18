"""When a request that failed is sent again, and when it is given up."""

import math
from dataclasses import dataclass

from dialoom.errors import BadReply, ModelError, RateLimited

__all__ = ["Failures", "RetryPolicy"]

ALONE = 0.2
"""Share of the patience that is left for a request that fails alone, or from the beginning."""


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
    patience: float = 600.0
    """Seconds that an endpoint may answer nobody before it is given up."""

    def delay(self, attempt: int, retry_after: float | None, chance: float) -> float:
        """Return the seconds to wait after the attempt of this number, counted from 1.

        Args:
            attempt: Which attempt failed.
            retry_after: What the endpoint asked for, seconds.
            chance: Uniform between 0 and 1.
        """
        ceiling = min(self.cap, self.base * 2.0 ** min(attempt, 30))
        return max(chance * ceiling, retry_after or 0.0)

    def is_over(self, failed: "Failures", error: ModelError, *, silence: float) -> bool:
        """Return whether a request that failed is given up.

        A request that fails while others are answered is given up after its attempts. While
        nobody is answered it is the endpoint that is at fault, and patience decides; likewise
        where it asks for fewer requests, which none of them is to blame for.

        Args:
            failed: The request's failures, the last one counted.
            error: The last one.
            silence: Seconds for which the endpoint has failed for several requests and
                answered none; 0 when there is no telling.
        """
        if (error.retry_after or 0.0) > self.patience or failed.own >= self.attempts:
            return True
        patience = self.patience if silence or isinstance(error, RateLimited) else self._brief
        return silence > patience or (
            failed.all >= self.attempts and failed.last - failed.began > patience
        )

    @property
    def _brief(self) -> float:
        return ALONE * self.patience


@dataclass(slots=True, eq=False)
class Failures:
    """How one request has fared so far."""

    began: float = math.inf
    """When it was first sent; seconds."""
    last: float = 0.0
    """When it last failed; seconds."""
    all: int = 0
    own: int = 0
    """Failures that the endpoint's state doesn't explain: it answered others meanwhile."""

    def sent(self, at: float) -> None:
        """Take note of an attempt."""
        self.began = min(self.began, at)

    def count(self, error: ModelError, *, now: float, answered: float) -> None:
        """Take note of a failure.

        Args:
            error: What happened.
            now: Seconds.
            answered: When the server that failed last answered anybody.
        """
        is_there = isinstance(error, BadReply) or answered >= max(self.began, self.last)
        self.all += 1
        self.own += is_there and not isinstance(error, RateLimited)
        self.last = now
