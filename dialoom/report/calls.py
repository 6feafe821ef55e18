"""Tokens and waiting time of the model calls."""

from typing import NamedTuple

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


def call_rows(journal: RunJournal) -> list[CallRow]:
    """Return a row for each model and purpose that was paid for."""
    latencies = journal.latencies()
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
        )
        for row in journal.totals()
        if (row.model, row.purpose) in latencies
    ]
