"""Tokens and waiting time of the model calls."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from dialoom.build.prices import dollars
from dialoom.store import RunJournal

__all__ = ["CallRow", "call_rows"]


class CallRow(NamedTuple):
    """The calls of one model for one purpose."""

    model: str
    purpose: str
    calls: int
    prompt_tokens: int
    cached_tokens: int
    """Of the prompt tokens."""
    completion_tokens: int
    median: float
    """Seconds that half of the calls took at most."""
    slow: float
    """Seconds that 95 of 100 calls took at most."""
    usd: float | None
    """What they cost; None where the price is not known."""

    @property
    def cost(self) -> str:
        """The same as text."""
        return "?" if self.usd is None else dollars(self.usd)


def call_rows(journal: RunJournal, summary: Mapping[str, Any]) -> list[CallRow]:
    """Return a row for each model and purpose that was paid for.

    Args:
        journal: Of the run.
        summary: Of its manifest, where costs are, at the prices of its day.
    """
    latencies = journal.latencies()
    costs = {(row["model"], row["purpose"]): row.get("usd") for row in summary.get("calls", ())}
    return [
        CallRow(
            model=row.model,
            purpose=row.purpose,
            calls=row.calls,
            prompt_tokens=row.prompt_tokens,
            cached_tokens=row.cached_tokens,
            completion_tokens=row.completion_tokens,
            median=latencies[row.model, row.purpose].p50,
            slow=latencies[row.model, row.purpose].p95,
            usd=costs.get((row.model, row.purpose)),
        )
        for row in journal.totals()
        if (row.model, row.purpose) in latencies
    ]
