"""The `fabrication` rule: a persona states what it doesn't know, or the contrary of its facts."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import ClassVar, NamedTuple

from dialoom.evaluators.assertions import assertions_of, straight
from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.facts import Fact, codes_in, facts_of, name_stems
from dialoom.evaluators.text import CACHED, has_digit, quoted, words
from dialoom.evaluators.topics import stated_at
from dialoom.evaluators.vocabulary import (
    NUMBERS,
    Sentence,
    content,
    sentences_of,
    stem,
    stem_set,
    stemmed,
)
from dialoom.verdicts import Severity, Verdict

__all__ = ["Fabrication"]

_NUMBER = r"(?<![\w.,-])(\d{1,3})(?![\w.,-]*\d)"
_COUNTED = re.compile(_NUMBER + r" ([^\W\d_]{3,}) ([^\W\d_]{3,})")
_DENIAL = (
    r"\b(?:no|not have (?:an?|any)|don'?t have (?:an?|any)|never had (?:an?|any)|"
    r"without (?:an?|any)|don'?t|do not|never|keine?n?|ningun[ao]?) "
    r"(?:known |real |other )?(?:{stems})"
)
_CALENDAR = tuple(
    frozenset(map(stem, words(group)))
    for group in (
        "monday tuesday wednesday thursday friday saturday sunday",
        "january february march april june july august september october november december",
        "montag dienstag mittwoch donnerstag freitag samstag sonntag",
        "lunes martes miércoles jueves viernes sábado domingo",
    )
)
_VALUES = frozenset(NUMBERS.values()).union(*_CALENDAR)
"""Stems of the numbers and days that may be given in words."""
_NEGATIVE = frozenset(words("no none not never nothing keine kein nichts nie ninguna ninguno nada"))


class _Finding(NamedTuple):
    reason: str
    span: tuple[int, int]


class Fabrication(Heuristic):
    """Finds statements that a persona can't make with what its sheet tells it.

    * A topic of `doesnt_know` that it states something about: where, when, how much, what it is.
      Guesses, questions, and what another speaker said first are none.
    * The contrary of a fact of `knows`: another code of the same form, another number before the
      fact's unit, another day or month beside the fact's name, "no allergies" for a known allergy.
    * Another number than in its goal before the same two words: "2 days late" for 5.

    Blind to inventions that touch neither a topic nor a fact, to contrary facts in words, and to a
    topic spoken of in other words than the sheet's.
    """

    name = "fabrication"
    label: ClassVar[str] = "fabrication"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight: ClassVar[float] = 0.5

    def check(self, subject: Subject) -> Iterator[Verdict]:
        """Yield one verdict for the first statement that is found."""
        if subject.persona is None:
            return
        found = next(_findings(subject), None)
        if found:
            said = quoted(subject.text[slice(*found.span)], limit=60)
            yield self.verdict(subject, f"{found.reason}: {said}", span=found.span)


def _findings(subject: Subject) -> Iterator[_Finding]:
    persona, others = subject.persona, _others(subject)
    if persona is None:
        return
    for topic in persona.doesnt_know:
        span = stated_at(topic, subject.text, language=persona.language, others=others)
        if span:
            yield _Finding(f"it doesn't know {quoted(topic, limit=40)}", span)
    facts = tuple(facts_of(subject.speaker, persona))
    yield from _contrary(subject, facts, others)
    for fact in facts:
        if not fact.hidden and (span := _denied_at(fact, subject.text)):
            yield _Finding(f"{fact.name} is {quoted(fact.value, limit=40)} in its sheet", span)


def _contrary(
    subject: Subject, facts: tuple[Fact, ...], others: tuple[str, ...]
) -> Iterator[_Finding]:
    """Yield statements that give a fact, or what the goal counts, another value."""
    said = stem_set(subject.text)
    # no other value is given without a number or a day
    has_value = has_digit(subject.text) or not _VALUES.isdisjoint(said)
    named = [
        fact
        for fact in facts
        if has_value and _is_named(fact, said) and _may_be_contrary(fact, subject.text)
    ]
    counted = [
        count
        for count in _counted(f"{subject.goal}\n{subject.setting}")
        if {stem(count[1]), stem(count[2])} <= said
    ]
    for clause in assertions_of(subject.text) if named or counted else ():
        contrary = next((fact for fact in named if _is_contrary(fact, clause, others)), None)
        if contrary:
            value = quoted(contrary.value, limit=40)
            yield _Finding(f"{contrary.name} is {value} in its sheet", clause.span)
        elif number := _miscounted(clause, counted, others):
            yield _Finding(f"its goal says {quoted(number, limit=40)}", clause.span)


def _is_named(fact: Fact, said: frozenset[str]) -> bool:
    named = name_stems(fact.name)
    return bool(named) and named <= said


@lru_cache(512)
def _counted(text: str) -> tuple[tuple[str, str, str], ...]:
    """Return what a text counts: numbers with the two words behind them."""
    return tuple(
        (number, first, second)
        for number, first, second in _COUNTED.findall(_in_digits(text))
        if content(f"{first} {second}")
    )


def _others(subject: Subject) -> tuple[str, ...]:
    return tuple(said.text for said in subject.thread if said.speaker != subject.speaker)


def _is_contrary(fact: Fact, sentence: Sentence, others: tuple[str, ...]) -> bool:
    """Return whether a sentence gives the fact another value that nobody else brought up."""
    if not _is_named(fact, stem_set(sentence.text)):
        return False
    said = stemmed(sentence.text)
    wrong = _other_code(fact, sentence.text) or _other_number(fact, said) or _other_day(fact, said)
    return bool(wrong) and not any(f" {stem(wrong.lower())} " in stemmed(one) for one in others)


def _may_be_contrary(fact: Fact, text: str) -> bool:
    """Return whether a text may give a fact another value: the cheap look before the close one."""
    codes = codes_in(fact.value)
    if len(codes) == 1 and any(_form(code) == _form(codes[0]) for code in codes_in(text)):
        return True
    return _has_number_or_day(fact.value)


@lru_cache(512)
def _has_number_or_day(value: str) -> bool:
    said = set(stemmed(value).split())
    numbers = sum(stem(word).isdigit() for word in words(value))
    one_number = numbers == 1 and not codes_in(value)
    return one_number or any(len(names & said) == 1 for names in _CALENDAR)


def _other_code(fact: Fact, text: str) -> str:
    """Return a code of the same form as the fact's only code, but another; "" without one."""
    codes = codes_in(fact.value)
    if len(codes) != 1 or codes[0].lower() in text.lower().replace(" ", ""):
        return ""
    return next((code for code in codes_in(text) if _form(code) == _form(codes[0])), "")


def _form(code: str) -> str:
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "0", code.lower()))


def _other_number(fact: Fact, said: str) -> str:
    """Return another number where the fact's only number should be, before the same unit."""
    value = words(fact.value)
    numbers = [place for place, word in enumerate(value) if stem(word).isdigit()]
    if len(numbers) != 1 or codes_in(fact.value):
        return ""
    right, rest = stem(value[numbers[0]]), value[numbers[0] + 1 :]
    unit = stem(rest[0]) if rest else r"\w+"
    found = re.findall(rf" (?=(\d{{1,3}}) {unit} )", said)
    return found[0] if found and right not in said.split() else ""


def _other_day(fact: Fact, said: str) -> str:
    value, there = set(stemmed(fact.value).split()), said.split()
    for names in _CALENDAR:
        if len(names & value) == 1 and not names & value & set(there):
            return next((word for word in there if word in names), "")
    return ""


def _miscounted(
    clause: Sentence, counted: Sequence[tuple[str, str, str]], others: tuple[str, ...]
) -> str:
    """Return what was counted in the goal when the clause counts it otherwise."""
    there = _counted(clause.text)
    for number, first, second in counted:
        wrong = next((n for n, *rest in there if rest == [first, second] and n != number), "")
        known = f" {wrong} {stem(first)} "
        if wrong and not any(known in stemmed(said) for said in others):
            return f"{number} {first} {second}"
    return ""


@lru_cache(CACHED)
def _in_digits(text: str) -> str:
    """Return the text in lower case, numbers as digits."""
    return re.sub(
        r"[a-z]+", lambda word: s if (s := stem(word[0])).isdigit() else word[0], text.lower()
    )


def _denied_at(fact: Fact, text: str) -> tuple[int, int] | None:
    """Return where somebody says to have or do nothing of what a fact names."""
    named = [one for one in name_stems(fact.name) if len(one) > 3 and one.isalpha()]
    if len(named) != 1 or "_" in fact.name or not _NEGATIVE.isdisjoint(words(fact.value)):
        return None
    plain = straight(text.lower())
    if named[0] not in plain:
        return None
    return _denied(named[0], plain)


def _denied(named: str, plain: str) -> tuple[int, int] | None:
    match = re.search(_DENIAL.format(stems=re.escape(named)), plain)
    for sentence in sentences_of(plain):
        start, end = sentence.span
        if match and start <= match.start() < end and not sentence.asks:
            return sentence.span
    return None
