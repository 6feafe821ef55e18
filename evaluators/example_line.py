"""The `example_line` rule: a message made of the persona's example lines."""

from collections.abc import Iterator
from functools import lru_cache
from typing import ClassVar

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.options import share, whole
from dialoom.evaluators.text import cited, likeness, normalised, quoted, sentences
from dialoom.verdicts import Severity, Verdict

__all__ = ["ExampleLine"]

_HALF = 0.5


class ExampleLine(Heuristic):
    """A message that repeats an example line of its persona instead of speaking like it.

    The message is alike an example line by `similarity` (rapidfuzz ratio), or sentences of the
    lines, of at least `min_words` words, make up half of it. Models that are shown lines copy
    them, so all their dialogues sound the same.

    Blind to lines with a word changed here and there, and to what the persona is said to say in
    its description.

    Args:
        similarity: How alike to a line is a copy, 0 to 1.
        min_words: Lines and sentences of fewer words may come back.
    """

    name = "example_line"
    label: ClassVar[str] = "example_line"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight: ClassVar[float] = 0.2

    def __init__(self, similarity: float = 0.85, min_words: int = 5) -> None:
        self.similarity = share("similarity", similarity)
        self.min_words = whole("min_words", min_words)

    def check(self, subject: Subject) -> Iterator[Verdict]:
        """Yield one verdict for the first line that comes back."""
        if subject.persona is None or not subject.persona.example_lines:
            return
        own = normalised(subject.text)
        if own.count(" ") < self.min_words - 1:
            return
        for line in subject.persona.example_lines:
            other = normalised(line)
            if other.count(" ") < self.min_words - 1:
                continue
            alike = likeness(own, other, least=self.similarity)
            if alike:
                how = "is" if alike == 1 else f"is {alike:.0%} like"
                said = quoted(line, limit=60)
                yield self.verdict(subject, f"the message {how} an example line: {said}")
                return
        yield from self._sentences(subject)

    def _sentences(self, subject: Subject) -> Iterator[Verdict]:
        lines = subject.persona.example_lines if subject.persona else ()
        theirs, own = _sentences_of(lines), sentences(subject.text)
        if theirs.isdisjoint(own):
            return
        taken = [s for s in own if s in theirs and s.count(" ") >= self.min_words - 1]
        if taken and sum(map(len, taken)) >= _HALF * sum(map(len, own)):
            first = cited(taken[0].split(), subject.text)
            reason = f"half of the message are sentences of example lines: {first.words}"
            yield self.verdict(subject, reason, span=first.span)


@lru_cache(256)
def _sentences_of(lines: tuple[str, ...]) -> frozenset[str]:
    return frozenset(sentence for line in lines for sentence in sentences(line))
