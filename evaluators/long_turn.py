"""The `long_turn` rule: a turn that nobody would say in one go."""

from collections.abc import Iterator
from typing import ClassVar

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.options import whole
from dialoom.evaluators.spoken import is_spoken, is_terse
from dialoom.evaluators.text import quoted, words
from dialoom.verdicts import Severity, Verdict

__all__ = ["LongTurn"]


class LongTurn(Heuristic):
    """A message too long for how its speaker speaks.

    In a spoken conversation nobody says more than `spoken` words in one go, and a persona whose
    style is short says no more than `terse` anywhere. Whether people speak is read in the setting
    and the speaking style ("on the phone", "a meeting", "face to face"; "a chat" says that they
    write), and so is shortness.

    Blind to settings that say it otherwise, and to long-windedness below the limit.

    Args:
        spoken: Words that a turn of a spoken conversation may have.
        terse: Words that a persona of short style may say, spoken or written.
    """

    name = "long_turn"
    label: ClassVar[str] = "long_turn"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight: ClassVar[float] = 0.2

    def __init__(self, spoken: int = 120, terse: int = 80) -> None:
        self.spoken = whole("spoken", spoken)
        self.terse = whole("terse", terse)

    def check(self, subject: Subject) -> Iterator[Verdict]:
        """Yield one verdict; the narrower of both limits counts."""
        if subject.persona is None or len(subject.text) < 2 * min(self.spoken, self.terse):
            return
        limits = []
        if is_terse(subject):
            limits.append((self.terse, "a persona of few words"))
        if is_spoken(subject):
            limits.append((self.spoken, "a spoken turn"))
        size = len(words(subject.text))
        if limits and size > min(limits)[0]:
            most, what = min(limits)
            reason = (
                f"{size} words, {most} are the most for {what}: {quoted(subject.text, limit=40)}"
            )
            yield self.verdict(subject, reason)
