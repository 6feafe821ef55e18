"""For how long an endpoint has answered nobody, of the time in which somebody asked it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from dialoom.agents.clients.retries import Failures

__all__ = ["Silence"]


class Silence:
    """The time since an endpoint first failed after its last answer, less that without a request.

    One request that fails may itself be at fault, so only several of them make a silence. Those
    that ended count: asked one after another, they would each be alone.
    """

    def __init__(self, forgets_after: float) -> None:
        """Begin without a failure.

        Args:
            forgets_after: Seconds without a request that make failures before them meaningless.
        """
        self._forgets_after = forgets_after
        self._failing: set[Failures] = set()
        self._began: float | None = None
        self._asking = 0
        self._idle_since = 0.0

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Count a request as in flight or waiting while the body runs."""
        if not self._asking:
            self._leave_out(_now() - self._idle_since)
        self._asking += 1
        try:
            yield
        finally:
            self._asking -= 1
            self._idle_since = _now()

    def broken(self) -> None:
        """Take note of an answer, or forget what was."""
        self._failing.clear()
        self._began = None

    def seconds(self, failures: Failures) -> float:
        """Return the silence at a request's last failure; 0 while it fails alone."""
        self._failing.add(failures)
        if self._began is None:
            self._began = failures.last
        return failures.last - self._began if len(self._failing) > 1 else 0.0

    def _leave_out(self, idle: float) -> None:
        if idle > self._forgets_after:
            self.broken()
        elif self._began is not None:
            self._began += idle


def _now() -> float:
    return asyncio.get_running_loop().time()
