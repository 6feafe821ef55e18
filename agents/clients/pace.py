"""How many requests at a time an endpoint bears: additive increase, multiplicative decrease.

Source: Chiu and Jain, "Analysis of the Increase and Decrease Algorithms for Congestion
Avoidance in Computer Networks", 1989; the rule that TCP shares lines by.
"""

from collections.abc import Sequence

from dialoom.chat import Completion

__all__ = ["Pace", "units"]

SLOW = 2.0
"""Two windows in a row that are this many times slower than usual halve the width: a single
one may be this process's own fault, which had too much else to do."""
LEAST_WINDOW = 16
"""Answers in a window, at least, so that one long reply is no verdict."""
LEAST_SECONDS = 0.05
"""Answers faster than this are never slow: what differs is this process's own work."""
DRIFT = 0.1
"""Share by which a window moves what counts as usual."""


def units(answer: Sequence[Completion]) -> float:
    """Return the work in an answer, in generated tokens.

    A prompt is read some twenty times faster than a reply is written, and each request costs
    something by itself, so that short replies don't look slow.
    """
    usages = [completion.usage for completion in answer]
    prompt = sum(usage.prompt_tokens for usage in usages)
    longest = max((usage.completion_tokens for usage in usages), default=0)
    return 20 + longest + prompt / 20


class Pace:
    """The width of one endpoint: between 1 and `most` requests at a time."""

    def __init__(self, most: int, *, adapts: bool = True) -> None:
        """Begin at full width.

        Args:
            most: Requests at a time, at most.
            adapts: False keeps the width, as for an engine with a fixed number of slots.
        """
        self.most, self.width = most, most
        self.falls = 0
        """How often the width was halved; what was sent before the last time says nothing."""
        self._adapts = adapts
        self._usual: float | None = None
        self._was_slow = False
        self._answers, self._seconds, self._units = 0, 0.0, 0.0

    def answered(self, seconds: float, work: float, *, sent_at_fall: int) -> None:
        """Take note of an answer.

        Args:
            seconds: From sending to the whole answer.
            work: Its `units`.
            sent_at_fall: `falls` when it was sent.
        """
        if not self._adapts or sent_at_fall != self.falls:
            return
        self._answers += 1
        self._seconds += seconds
        self._units += work
        if self._answers >= max(self.width, LEAST_WINDOW):
            self._judge()

    def crowded(self, *, sent_at_fall: int) -> None:
        """Halve the width: the endpoint refused a request because it has too many."""
        if self._adapts and sent_at_fall == self.falls:
            self._fall()

    def _judge(self) -> None:
        mean, latency = self._seconds / self._units, self._seconds / self._answers
        self._answers, self._seconds, self._units = 0, 0.0, 0.0
        usual = mean if self._usual is None else self._usual
        self._usual = usual + DRIFT * (mean - usual)
        is_slow = mean > SLOW * usual and latency > LEAST_SECONDS
        if is_slow and self._was_slow:
            self._fall()
        elif not is_slow:
            self.width = min(self.most, self.width + 1)
        self._was_slow = is_slow

    def _fall(self) -> None:
        self.width = max(1, self.width // 2)
        self.falls += 1
        self._was_slow = False
        self._answers, self._seconds, self._units = 0, 0.0, 0.0
