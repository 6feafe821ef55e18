"""The `echo` rule: a reply that parrots what the other speaker said last."""

from collections.abc import Iterator
from typing import ClassVar

from dialoom.evaluators.base import Heuristic, Said, Subject
from dialoom.evaluators.options import share, whole
from dialoom.evaluators.text import cited, likeness, normalised, prose, quoted, sentences
from dialoom.verdicts import Severity, Verdict

__all__ = ["Echo"]

_HALF = 0.5
_GLANCE = 2
"""Characters that tell most texts apart; no word and its space are fewer."""


class Echo(Heuristic):
    """A reply that gives the other speaker's last message back.

    Wholly (rapidfuzz ratio of the normalised texts; hopeless), as a long beginning, word for
    word, or in whole sentences that make up half of the reply. In a conversation of several
    the last message of each of the others counts.

    Blind spots: a message turned round ("You want a refund?"); an echo of older messages; a
    reply that was asked to give the text back, corrected or translated, looks like an echo.

    Args:
        similarity: How alike to the other's whole message is an echo, 0 to 1.
        min_words: Messages and sentences of fewer words ("Nice to meet you!") may come back.
        prefix: So many words taken over at the beginning are an echo.
    """

    name = "echo"
    label: ClassVar[str] = "echo"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight: ClassVar[float] = 0.5

    def __init__(self, similarity: float = 0.9, min_words: int = 5, prefix: int = 12) -> None:
        self.similarity = share("similarity", similarity)
        self.min_words = whole("min_words", min_words)
        self.prefix = whole("prefix", prefix)

    def check(self, subject: Subject) -> Iterator[Verdict]:
        """Yield one verdict for the first of the others whose message comes back."""
        own = normalised(subject.text)
        if own.count(" ") < self.min_words - 1:
            return
        for said in _last_of_others(subject):
            other = normalised(said.text)
            if other.count(" ") < self.min_words - 1:
                continue
            verdict = (
                self._whole(subject, own, other)
                or self._prefix(subject, own, other)
                or self._sentences(subject, said)
            )
            if verdict:
                yield verdict
                return

    def _whole(self, subject: Subject, own: str, other: str) -> Verdict | None:
        alike = likeness(own, other, least=self.similarity)
        if not alike:
            return None
        how = "is" if alike == 1 else f"is {alike:.0%} like"
        reason = f"the reply {how} what the other said: {quoted(subject.text, limit=50)}"
        return self.verdict(subject, reason, severity="hopeless")

    def _prefix(self, subject: Subject, own: str, other: str) -> Verdict | None:
        if own[:_GLANCE] != other[:_GLANCE]:
            return None
        beginning = other.split(" ", self.prefix)[: self.prefix]
        if len(beginning) < self.prefix or not own.startswith(" ".join(beginning)):
            return None
        taken = cited(beginning, subject.text)
        reason = f"the reply begins with the other's words: {taken.words}"
        return self.verdict(subject, reason, span=taken.span)

    def _sentences(self, subject: Subject, said: Said) -> Verdict | None:
        theirs = set(sentences(said.text))
        own = sentences(prose(subject.text))
        taken = [s for s in own if s in theirs and s.count(" ") >= self.min_words - 1]
        if not taken:
            return None
        size = sum(map(len, taken)) / sum(map(len, own))
        if size < _HALF:
            return None
        first = cited(taken[0].split(), subject.text)
        return self.verdict(
            subject,
            f"{size:.0%} of the reply are sentences of the other: {first.words}",
            span=first.span,
            weight=max(self.weight, round(size * 0.8, 2)),
        )


def _last_of_others(subject: Subject) -> Iterator[Said]:
    """Yield each other speaker's last message since this speaker's own, latest first."""
    seen = set()
    for said in reversed(subject.thread):
        if said.speaker == subject.speaker:
            return
        if said.speaker not in seen:
            seen.add(said.speaker)
            yield said
