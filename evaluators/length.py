"""The `length` rule: replies of too few or too many words."""

from collections.abc import Iterator
from typing import ClassVar

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.options import whole
from dialoom.evaluators.text import SCANNED, quoted, words
from dialoom.verdicts import Severity, Verdict

__all__ = ["Length"]


class Length(Heuristic):
    """A reply shorter or longer than a conversation bears, in words.

    A Chinese or Japanese character counts as a word. Of Open-Assistant's English messages 0.3 %
    have fewer than 2 words and 0.7 % more than 600.

    Blind spots: whether the question called for so much or so little; a "Yes." can be right.

    Args:
        min: Fewest words.
        max: Most words.
    """

    name = "length"
    label: ClassVar[str] = "length"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight: ClassVar[float] = 0.3

    def __init__(self, min: int = 2, max: int = 600) -> None:
        self.min = whole("min", min, least=0)
        self.max = whole("max", max)
        if self.min > self.max:
            raise ValueError(f"min is {min} and max {max}; min may not be the larger")

    def check(self, subject: Subject) -> Iterator[Verdict]:
        """Yield one verdict when the reply is too short or too long; `empty` has the empty."""
        count = _count(subject.text)
        if 0 < count < self.min:
            found = f"{_words(count)} {quoted(subject.text, limit=40)}, fewer than {self.min}"
        elif count > self.max:
            found = f"{_words(count)}, more than {self.max}"
        else:
            return
        yield self.verdict(subject, f"the reply has {found}")


def _count(text: str) -> int:
    return len(words(text)) if len(text) <= SCANNED else len(text.split())


def _words(count: int) -> str:
    return "1 word" if count == 1 else f"{count:,} words"
