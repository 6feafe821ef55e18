"""The `unanswered` rule: a question gets a reply that has nothing to do with it."""

import re
from collections.abc import Iterator
from typing import ClassVar

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.options import whole
from dialoom.evaluators.phrases import folded
from dialoom.evaluators.text import quoted, words
from dialoom.evaluators.vocabulary import content, sentences_of, stem
from dialoom.verdicts import Severity, Verdict

__all__ = ["Unanswered"]

_ANSWERS = re.compile(
    r"\b(?:yes|yeah|yep|yup|no|nope|nah|sure|certainly|of course|absolutely|correct|right|wrong|"
    r"true|false|maybe|perhaps|probably|likely|depends|never|always|definitely|none|both|neither|"
    r"either|because|not|can't|don't|won't|isn't|unfortunately|sorry|afraid|here (?:is|are|you)|"
    r"here's|try|would|could|should|ja|nein|nicht|sí|no|claro|oui|non|exactly|indeed|agreed)\b|"
    r"\d|`|https?:"
)
_CLARIFIES = re.compile(
    r"\b(?:mean|clarify|specif\w+|which|that|this|it|those|these|there|how did you|repeat|rephrase|"
    r"example|more (?:about|detail\w*|information)|why do you|what makes you|refer\w*|context|"
    r"understand|kind|type|sort|whose|exactly)\b"
)
_ASKS_BY_TRADE = re.compile(
    r"\b(?:ask|asks|question|questions|hint|interview|frage|fragen|pregunta|history)\b",
    re.IGNORECASE,
)
_MOST = 400
"""Characters; a longer reply answers something."""


class Unanswered(Heuristic):
    """The prompter asks, and the assistant replies with nothing or with another question.

    The last message ends in a question of substance. The reply is short, shares no word of it,
    and either asks something else or says nothing that could be an answer: no yes or no, no
    number, no reason. Questions that ask back about the question are answers, and so are those of
    an assistant whose policy is to ask.

    Blind to long replies beside the point, and to replies that take up a word and dodge the rest.

    Args:
        max_words: A reply with more words is taken for an answer.
    """

    name = "unanswered"
    label: ClassVar[str] = "fails_task"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight: ClassVar[float] = 0.4

    def __init__(self, max_words: int = 20) -> None:
        self.max_words = whole("max_words", max_words)

    def check(self, subject: Subject) -> Iterator[Verdict]:
        """Yield one verdict when the question stays open."""
        if subject.role != "assistant" or not subject.thread or len(subject.text) > _MOST:
            return
        last = subject.thread[-1]
        if last.role == subject.role or not last.text.rstrip(" \"')*\u201d\n").endswith("?"):
            return
        question = sentences_of(last.text)[-1].text
        if len(words(subject.text)) > self.max_words or not _is_open(question, last.text, subject):
            return
        asked = quoted(question, limit=50)
        yield self.verdict(subject, f"{asked} gets {quoted(subject.text, limit=50)}")


def _is_open(question: str, message: str, subject: Subject) -> bool:
    """Return whether the reply shares no word of the message and gives no kind of answer."""
    asked, plain = content(question, subject.language), folded(subject.text)
    if len(asked) < 2 or not asked.isdisjoint(content(subject.text, subject.language)):
        return False
    if not content(message, subject.language).isdisjoint(content(subject.text, subject.language)):
        return False
    if not all(sentence.asks for sentence in sentences_of(subject.text)):
        return _says_nothing(subject, plain)
    return not (
        _CLARIFIES.search(plain) or _ASKS_BY_TRADE.search(f"{subject.policy} {subject.goal}")
    )


def _says_nothing(subject: Subject, plain: str) -> bool:
    """Return whether the sentences that are no questions tell nothing: "I see. Thank you!"."""
    if _ANSWERS.search(plain) or any(stem(word).isdigit() for word in words(subject.text)):
        return False
    return all(
        len(content(sentence.text, subject.language) - _CHATTER) == 0
        for sentence in sentences_of(subject.text)
        if not sentence.asks
    )


_CHATTER = content(
    "thank thanks appreciate reach contact message hello welcome nice glad happy pleasure great "
    "okay understand understood hear interesting wonderful wow hope question ask patience moment "
    "noted alright cool fine good concern frustration frustrated feel sound talk chat help assist "
    "mind curious awesome amazing fun sorry wait dear day evening morning weekend"
)
