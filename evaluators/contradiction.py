"""The `contradiction` rule: a speaker gives another number, day or name than it gave before."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar, NamedTuple

from dialoom.evaluators.assertions import assertions_of
from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.options import whole
from dialoom.evaluators.text import CACHED, has_digit, quoted, word_set, words
from dialoom.evaluators.vocabulary import NUMBERS, Sentence, content, sentences_of, stem, stemmed
from dialoom.verdicts import Severity, Verdict

__all__ = ["Contradiction"]

_DAYS = frozenset(
    words(
        "monday tuesday wednesday thursday friday saturday sunday january february march april "
        "june july august september october november december"
    )
)
_WORDED = frozenset(NUMBERS) - {"zero", "one"}
_VALUES = _DAYS | _WORDED
_WORDS = _VALUES | {"name"}
_DIGIT = re.compile(r"\d")
_TOKEN = re.compile(r"[^\W_]+(?:[.,:/'-][^\W_]+)*")
_UNIT = re.compile(r"\d[\w.,:/-]*(?:(?<=\w)\s+([a-z]+))?")
"""What stands behind a value, which is empty before a mark."""
_FORMULA = re.compile(r"[€$£%=+*<>{}\[\]|]")
_NAMING = re.compile(r"\bmy name is ([^\W\d_]+)", re.IGNORECASE)
_OWN = frozenset(words("i im ive my our we weve your youre"))
_MONEY = frozenset(words("euro euros dollar dollars pound pounds usd eur gbp bucks cents percent"))
_GROWING = frozenset(map(stem, words("minute minutes hour hours second seconds")))
_OPEN = content(
    "answer result guess sum total value step question page part option chapter example score "
    "rating version line offer price bid limit left remaining another rest try attempt goal"
)
_CORRECTS = re.compile(
    r"\b(?:sorry|i meant|actually|correction|oops|my mistake|wait|wrong|changed|moved|rescheduled|"
    r"instead|misspoke|typo|updated?|no longer|used to|checked again|looks like|turns out)\b",
    re.IGNORECASE,
)
_MOST = 10
"""Sentences with values; a text with more is a table, a recipe or a calculation."""
_MOST_CHARACTERS, _MOST_DIGITS = 3_000, 60
"""Of a text that states facts; longer ones are essays, tables and programs."""
_SHORTEST, _LONGEST = 8, 300
"""Characters of a sentence that says one thing plainly."""
_WINDOW = 6
"""Words before a value that say of what it is."""


class _Claim(NamedTuple):
    about: frozenset[str]
    unit: str
    value: str
    clause: Sentence


class Contradiction(Heuristic):
    """A message that says otherwise what its speaker said before.

    Compared are plain statements with one number, code, day or month in them, and "my name is".
    They contradict each other when the value differs and everything else is the same: the unit
    behind it, and the words of substance before it. A statement that is not about the speaker or
    the listener needs two such words. Left alone are prices and offers, answers to exercises,
    times that pass, corrections ("sorry, I meant"), and values that somebody else brought up.

    Blind to contradictions in words, to other phrasings of the same, to several numbers in one
    clause, and to messages of 3,000 characters or more.

    Args:
        turns: How many earlier messages of the speaker are compared.
    """

    name = "contradiction"
    label: ClassVar[str] = "contradiction"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight: ClassVar[float] = 0.4

    def __init__(self, turns: int = 10) -> None:
        self.turns = whole("turns", turns)

    def check(self, subject: Subject) -> Iterator[Verdict]:
        """Yield one verdict for the first statement that contradicts an earlier one."""
        said_before = self._said_before(subject)
        for claim in _claims(subject.text) if said_before else ():
            before = next((one for one in said_before if _clash(one, claim)), None)
            if before and not _CORRECTS.search(subject.text) and not _is_others(claim, subject):
                said, now = before.clause.text, claim.clause.text
                yield self.verdict(
                    subject,
                    f"said {quoted(said, limit=50)} before and now {quoted(now, limit=50)}",
                    span=claim.clause.span,
                )
                return

    def _said_before(self, subject: Subject) -> list[_Claim]:
        """Return the speaker's earlier statements that this message may contradict."""
        if len(subject.thread) < 2 or not _has_value(subject.text):
            return []
        own = [said.text for said in subject.thread if said.speaker == subject.speaker]
        earlier = [text for text in own[-self.turns :] if _has_value(text)]
        units = _units(subject.text) if earlier else frozenset()
        alike = [text for text in earlier if not units.isdisjoint(_units(text))]
        return [claim for text in alike for claim in _claims(text)]


def _is_others(claim: _Claim, subject: Subject) -> bool:
    """Return whether somebody else brought up the value."""
    others = (said.text for said in subject.thread if said.speaker != subject.speaker)
    return any(f" {stem(claim.value)} " in stemmed(text) for text in others)


def _clash(before: _Claim, claim: _Claim) -> bool:
    if (before.about, before.unit) != (claim.about, claim.unit) or before.value == claim.value:
        return False
    kinds = {_kind(before.value), _kind(claim.value)}
    if len(kinds) > 1:
        return False
    grows = claim.unit in _GROWING and kinds == {"number"}
    return not (grows and float(claim.value) > float(before.value))


def _kind(value: str) -> str:
    if value in _DAYS:
        return "day" if value.endswith("day") else "month"
    return (
        "number" if re.fullmatch(r"\d+(?:\.\d+)?", value) else "code" if value[0] != "=" else "name"
    )


@lru_cache(CACHED)
def _claims(text: str) -> tuple[_Claim, ...]:
    """Return the statements of a text that hold one value."""
    if len(_DIGIT.findall(text)) > _MOST_DIGITS:
        return ()
    worded = not _WORDS.isdisjoint(word_set(text))
    sentences = [one for one in sentences_of(text) if _may_claim(one, worded=worded)]
    if len(sentences) > _MOST:
        return ()
    found = []
    for sentence in sentences:
        for clause in assertions_of(sentence.text):
            if claim := _claim(clause._replace(start=sentence.start + clause.start)):
                found.append(claim)
    return tuple(found)


@lru_cache(CACHED)
def _units(text: str) -> frozenset[str]:
    """Return what may be counted or told in a text: the cheap look before the close one."""
    units = set(_UNIT.findall(text.lower())) if has_digit(text) else set()
    if not _WORDS.isdisjoint(word_set(text)):
        units |= {"", *(unit for value, unit in pairwise(words(text)) if value in _WORDS)}
    return frozenset(map(stem, units))


@lru_cache(CACHED)
def _has_value(text: str) -> bool:
    if len(text) >= _MOST_CHARACTERS:
        return False
    return has_digit(text) or not _WORDS.isdisjoint(word_set(text))


def _may_claim(sentence: Sentence, *, worded: bool) -> bool:
    text = sentence.text
    if not (worded or has_digit(text)) or not _SHORTEST < len(text) < _LONGEST:
        return False
    return not sentence.asks and not _FORMULA.search(text)


def _claim(clause: Sentence) -> _Claim | None:
    found = [token.replace("'", "") for token in _TOKEN.findall(clause.text.lower())]
    places = [place for place, token in enumerate(found) if _is_value(token)]
    if len(places) != 1:
        naming = None if places else _NAMING.search(clause.text)
        return naming and _Claim(frozenset({"name"}), "", f"={naming[1].lower()}", clause)
    (place,) = places
    value = NUMBERS.get(found[place], found[place].replace(",", ""))
    before = found[max(0, place - _WINDOW) : place]
    unit = " ".join(map(stem, found[place + 1 : place + 2]))
    if unit and not content(unit):
        unit = " ".join(map(stem, found[place + 1 : place + 3]))
    about = content(" ".join(before))
    if unit in _MONEY:
        return None
    if about & _OPEN or unit in _OPEN or any(len(one) == 1 for one in about):
        return None
    needed = 1 if not _OWN.isdisjoint(before) else 2
    substance = len(about) + bool(" " in unit or content(unit))
    return _Claim(about, unit, value, clause) if substance >= needed else None


def _is_value(token: str) -> bool:
    return token in _VALUES or _DIGIT.search(token) is not None
