"""How good a message is said to be, and by whom."""

from typing import NamedTuple

from dialoom.messages import Message
from dialoom.tree import TreeRecord

__all__ = ["QUALITY", "Score", "score_of"]

QUALITY = "quality label"
"""The basis of a score that is only the mean of raters' `quality`."""


class Score(NamedTuple):
    """A message's score and what it rests on."""

    value: float
    """0 to 1, 1 is best."""
    basis: str
    """`heuristics`, `critic`, `heuristics+critic`, `score label` or `quality label`."""


def score_of(record: TreeRecord, message: Message) -> Score | None:
    """Return the run's own score, else the `score` label, else the `quality` label, else None.

    The `score` label is what a run writes its scores into when it makes an OASST file, so rows
    come out the same from the run and from its file.
    """
    notes = record.notes.get(message.message_id)
    if notes is not None and notes.score is not None:
        return Score(float(notes.score), notes.basis or "score label")
    for name in ("score", "quality"):
        label = (message.labels or {}).get(name)
        if label is not None and label.value is not None:
            return Score(label.value, f"{name} label")
    return None
