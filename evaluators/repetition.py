"""The `repetition` rule: a reply that goes round in circles, or says what was said before."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import ClassVar

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.options import share, whole
from dialoom.evaluators.text import (
    SCANNED,
    Citation,
    cited,
    likeness,
    normalised,
    prose,
    quoted,
    sentences,
    span_of,
    word_set,
    words,
)
from dialoom.verdicts import Severity, Verdict

__all__ = ["Repetition"]

_GRAM = 4
"""Words that must recur together."""
_LONG_WORD = 30
_SHOUTS = ("!" * 12, "?" * 12, "😂" * 8)
_STUTTER = re.compile(r"(\w{1,6}?)\1{9,}")
_LOOP_SHARE = 0.5
_FEW_WORDS = 12
"""Of shorter texts no share is taken."""


class Repetition(Heuristic):
    """A reply that repeats itself, or what its speaker said before.

    Inside one message: a sentence said twice, words that recur four at a time, a letter or
    "!" without end. A message of which at least half is repeated is a loop, and hopeless.
    Across turns: the same text as an earlier message of the same speaker, exactly or nearly
    (rapidfuzz ratio of the normalised texts), or sentences that make up most of this message.
    Code in fences is not looked at inside a message.

    Blind spots: the same said in other words; a refrain, a drill or a form that is meant to
    recur; a table of like rows.

    Args:
        max_share: How much (share) of a message may recur, by groups of four words.
        similarity: How alike to an earlier message of the speaker counts as said again, 0 to 1.
        min_words: Sentences and messages of fewer words ("Thank you.") may recur.
        turns: How many of the speaker's earlier messages are looked at, the latest first.
    """

    name = "repetition"
    label: ClassVar[str] = "repetition"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight: ClassVar[float] = 0.5

    def __init__(
        self,
        max_share: float = 0.3,
        similarity: float = 0.9,
        min_words: int = 5,
        turns: int = 10,
    ) -> None:
        self.max_share = share("max_share", max_share)
        self.similarity = share("similarity", similarity)
        self.min_words = whole("min_words", min_words)
        self.turns = whole("turns", turns)

    def check(self, subject: Subject) -> Iterator[Verdict]:
        """Yield at most one verdict on the message itself and one on earlier turns."""
        inside = self._stutter(subject) or self._circles(subject) or self._sentence_twice(subject)
        if inside:
            yield inside
        if subject.thread:
            yield from self._said_before(subject)

    def _stutter(self, subject: Subject) -> Verdict | None:
        text = subject.text
        for shout in _SHOUTS:
            if (at := text.find(shout)) >= 0:
                return self.verdict(
                    subject, f"{shout[0]!r} without end", span=(at, at + len(shout)), weight=0.2
                )
        said = words(text)
        if not _has_long_word(normalised(text)):
            return None
        for word in said:
            beginning = word[: 4 * _LONG_WORD]
            if len(word) >= _LONG_WORD and (match := _STUTTER.search(beginning)):
                return self.verdict(
                    subject,
                    f"{match[1]!r} without end: {quoted(beginning, limit=40)}",
                    span=span_of([beginning], text),
                    severity="hopeless" if 2 * len(word) > len(text[:SCANNED]) else "fault",
                )
        return None

    def _circles(self, subject: Subject) -> Verdict | None:
        text = prose(subject.text)
        said = words(text)
        count = len(said) - _GRAM + 1
        if len(said) < _FEW_WORDS or len(word_set(text)) > len(said) - self.max_share * count:
            return None
        if len(set(pairwise(said))) - _GRAM + 1 > (1 - self.max_share) * count:
            return None  # a pair that is said first begins a group that is said first
        recurring = 1 - len(set(_grams(said))) / count
        if recurring <= self.max_share:
            return None
        gram, times = Counter(_grams(said)).most_common(1)[0]
        again = _second(gram, text)
        return self.verdict(
            subject,
            f"{recurring:.0%} of the words recur, {times} times: {again.words}",
            span=again.span,
            severity="hopeless" if recurring >= _LOOP_SHARE else "fault",
            weight=round(recurring + 0.2, 2),
        )

    def _sentence_twice(self, subject: Subject) -> Verdict | None:
        text = prose(subject.text)
        said = sentences(text)
        if len(set(said)) == len(said):
            return None
        counted = Counter(s for s in said if s.count(" ") >= self.min_words - 1)
        sentence, times = counted.most_common(1)[0] if counted else ("", 1)
        if times < 2:
            return None
        again = _second(sentence.split(), text)
        reason = f"said {times} times in one message: {again.words}"
        return self.verdict(subject, reason, span=again.span, weight=0.3)

    def _said_before(self, subject: Subject) -> Iterator[Verdict]:
        own = normalised(subject.text)
        if own.count(" ") < self.min_words - 1:
            return
        earlier = [said.text for said in subject.thread if said.speaker == subject.speaker]
        for text in reversed(earlier[-self.turns :]):
            alike = likeness(own, normalised(text), least=self.similarity)
            if alike:
                how = "said before" if alike == 1 else f"{alike:.0%} like an earlier message"
                yield self.verdict(subject, f"{how}: {quoted(subject.text, limit=50)}", weight=0.6)
                return
        yield from self._old_sentences(subject, earlier)

    def _old_sentences(self, subject: Subject, earlier: list[str]) -> Iterator[Verdict]:
        old = {sentence for text in earlier[-self.turns :] for sentence in sentences(text)}
        own = sentences(subject.text)
        again = [s for s in own if s in old and s.count(" ") >= self.min_words - 1]
        if not again:
            return
        size = sum(map(len, again)) / sum(map(len, own))
        if size < _LOOP_SHARE:
            return
        first = cited(again[0].split(), subject.text)
        reason = f"{size:.0%} of the message was said before: {first.words}"
        yield self.verdict(subject, reason, span=first.span, weight=0.4)


def _has_long_word(said: str) -> bool:
    """Return whether a normalised text has a word of `_LONG_WORD`; most of it is skipped."""
    start = 0
    while start + _LONG_WORD <= len(said):
        space = said.rfind(" ", start, start + _LONG_WORD)
        if space < 0:
            return True
        start = space + 1
    return False


def _grams(said: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return zip(said, said[1:], said[2:], said[3:], strict=False)


def _second(phrase: Sequence[str], text: str) -> Citation:
    """Return a phrase where it recurs for the first time."""
    first = span_of(phrase, text)
    return cited(phrase, text, first[1] if first else 0)
