"""Whether a text states what its speaker doesn't know: topics of a sheet's `doesnt_know`.

A statement must be plain. Questions, guesses, conditions, and what somebody else said before are
none.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from dialoom.evaluators.assertions import assertions_of
from dialoom.evaluators.text import words
from dialoom.evaluators.vocabulary import content, sentences_of, stem, stem_set

__all__ = ["stated_at"]

_PLACE = (
    r"(?: \w+)?(?:'s|\W+(?:is|are|was|were|sits?|sat|got|lies|lie|stuck|arrived|went|ist|sind|"
    r"liegt|steht|está|est))\W+(?:\w+ ){0,2}?(?:in|at|on|near|inside|behind|under|with|between|"
    r"bei|im|am|auf|en|à|chez) \w"
)
_SOMEWHERE = re.compile(
    r"\b(?:in|at|on|near|inside|behind|under|between|bei|im|am|auf|en|à|chez)\b", re.IGNORECASE
)
_TIME = re.compile(
    r"\d|\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|june|july|"
    r"august|september|october|november|december|tomorrow|tonight|yesterday|noon|midnight|"
    r"next (?:week|month|year)|this (?:morning|afternoon|evening)|morgen|heute|gestern|mañana|"
    r"(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch)\b",
    re.IGNORECASE,
)
_VERB = (
    r"\W+(?:\w+ly |just |all |also )?(?:is|'s|are|was|were|means?|says?|states?|allows?|gives?|"
    r"requires?|costs?|works?|comes?|ist|sind|bedeuten?|lautet|gilt|kostet|es|son|significan?|est|"
    r"sont|signifie)\b(?!\s+(?:not|unclear|unknown|important|a mystery|what|why|how|that you|hard|"
    r"difficult|confusing|the (?:question|problem|part|thing)|(?:\w+ ){0,2}(?:jokes?|awful|"
    r"terrible|ridiculous|bad|worse|worst|stupid|weird|strange|annoying|unfair|nonsense|insane|crazy|scary|"
    r"great|fine|good|killing|driving|bothering|getting|there|back|gone|late|missing)\b))"
)
_HEADS = {
    "where": "where wo dónde où",
    "when": "when wann cuándo quand",
    "whether": "whether if ob si",
    "number": "many much cost costs costing kostet kosten price prices paid pay worth spend budget "
    "dose amount salary precio precios cuesta prix coûte kilometres distance age total fee fees",
}
_KINDS = {word: kind for kind, group in _HEADS.items() for word in group.split()}
_ASKING = frozenset(
    words(
        "how what who why which many much far long large big often old exactly now currently "
        "already right gelten gilt was wie welche welcher welches wer warum viele viel jetzt "
        "gerade schon qué cuál cuáles cómo cuántos cuántas quién quel quelle comment combien can "
        "could"
    )
)
_FINAL = frozenset(stem(word) for word in words("mean means say says apply applies bedeuten"))


class _Topic(NamedTuple):
    kind: str
    stems: frozenset[str]
    needed: int
    """Of its stems, how many make a sentence one about it."""
    verb: re.Pattern[str]
    """One of its words with an assertion behind."""


def stated_at(
    topic: str, text: str, *, language: str = "en", others: Iterable[str] = ()
) -> tuple[int, int] | None:
    """Return where a text states something about a topic as known, or None.

    >>> stated_at("where the parcel is now", "Fine. The parcel is in Leipzig.")
    (6, 31)
    >>> stated_at("where the parcel is now", "I think the parcel is in Leipzig.")

    Args:
        topic: As a sheet's `doesnt_know` has it.
        text: What the speaker says.
        language: BCP 47 tag of the sheet.
        others: What the other speakers said before; what one of them stated may be repeated.
    """
    read = _read(topic, language)
    if not read.stems or not _is_about(read, text):
        return None
    for clause in assertions_of(text):
        if _states(read, clause.text):
            return None if any(_is_known(read, said) for said in others) else clause.span
    return None


def _states(topic: _Topic, text: str) -> bool:
    if not _is_about(topic, text):
        return False
    if topic.kind == "when":
        return _TIME.search(text) is not None
    if topic.kind == "number":
        return any(stem(word)[0].isdigit() for word in words(text))
    return topic.kind == "whether" or topic.verb.search(text.lower()) is not None


def _is_known(topic: _Topic, said: str) -> bool:
    """Return whether somebody else's message may have told the answer."""
    if not _is_about(topic, said) or all(sentence.asks for sentence in sentences_of(said)):
        return False
    if topic.kind == "where":
        return _SOMEWHERE.search(said) is not None
    return _states(topic, said)


def _is_about(topic: _Topic, text: str) -> bool:
    return len(topic.stems & stem_set(text)) >= topic.needed


@lru_cache(1024)
def _read(topic: str, language: str) -> _Topic:
    found = words(topic)
    kind = next((_KINDS[word] for word in found if word in _KINDS), "what")
    kept = [word for word in found if word not in _ASKING and _KINDS.get(word) in (None, "number")]
    final = ""
    if kind == "what" and len(kept) > 1 and stem(kept[-1]) in _FINAL:
        *kept, final = kept
    stems = content(" ".join(kept), language)
    named = "|".join(map(re.escape, sorted(stems))) or r"\b\B"
    says = _PLACE if kind == "where" else rf"\W+{re.escape(stem(final))}" if final else _VERB
    verb = re.compile(rf"\b(?:{named})\w*{says}")
    return _Topic(kind, stems, len(stems) if len(stems) < 3 else -(-2 * len(stems) // 3), verb)
