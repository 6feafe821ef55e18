"""Whether a text tells a fact of a persona's sheet, and whether it asks for one.

Telling must be plain, asking need not be: a question that may well be about a fact counts as one.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from dialoom.evaluators.text import CACHED, words
from dialoom.evaluators.vocabulary import content, sentences_of, stem, stem_set, stemmed
from dialoom.personas.model import Persona

__all__ = ["DONT_KNOW", "Fact", "asks_for", "codes_in", "facts_of", "name_stems", "told_at"]

TOLD = 0.6
"""Share of the words of a fact that a text must hold to tell it."""

DONT_KNOW = re.compile(
    r"\b(?:don't|do not|doesn't|didn't|can't|cannot|couldn't|wouldn't|not) (?:really |actually )?"
    r"(?:know|sure|certain|say|tell|aware|have (?:any|that|the|an?) (?:idea|information|answer))|"
    r"\bno (?:idea|clue|information|way of knowing)|\b(?:unsure|beats me|who knows)\b|"
    r"\bweiß (?:ich )?nicht|\bkeine ahnung|\bno (?:lo )?sé\b|\bni idea|\b(?:ne )?sais pas\b|"
    r"\baucune idée|\bnon (?:lo )?so\b|\bnão sei\b|\bweet (?:ik )?niet",
    re.IGNORECASE,
)
"""What somebody says who has no answer, in seven languages; apostrophes are straight."""

_TYPES = frozenset(
    map(
        stem,
        words(
            "number id code name date day time value amount count reference ref text kind type "
            "nummer datum zeit tag número fecha hora numéro heure"
        ),
    )
)
"""Words of a fact's name that say what kind of thing its value is."""

_CODE = re.compile(r"(?=[^\W_]*\d)[^\W_]{2,}(?:[-/][^\W_]+)*")
_GROUPS = tuple(
    frozenset(map(stem, words(group)))
    for group in (
        "number id code reference ref digits nummer kennung número numéro",
        "order purchase booking delivery parcel bestellung pedido commande",
        "since long start begin began ago seit lange desde cuándo depuis when",
        "strength strong bad severe severity scale intense intensity hurt level rate pain degree",
        "medicine medicines medication drug tablet pill prescription medikament medicamento",
        "allergy allergic react tolerate intolerance allergie alergia",
        "smoking smoke cigarette tobacco habit rauchen fumar",
        "family relative parent mother father hereditary history runs",
        "flaw defect scratch damage fault problem issue wrong condition wear catch mangel defecto",
        "trouble problem issue before previous earlier happen history complaint",
        "reason why because sell motive motivation grund warum motivo hurry urgent move matter",
        "salary pay earn wage money expectation compensation expect gehalt sueldo",
        "mistake error fail failure wrong regret difficult fehler",
        "warning sign symptom else other anything notice feel happen spread",
        "budget limit most maximum spend afford price pay much offer",
        "test tested check verify coverage",
        "lesson missed miss school absent class",
        "document paper bring unterlage ausweis form documento",
        "move moved einzug umzug eingezogen wann wohn",
        "name call who heißen nombre",
        "address live street where adresse dirección",
        "age old born birthday alter edad",
        "phone call reach contact telefon teléfono",
        "email mail reach contact write",
        "date day when appointment termin fecha",
    )
)
_WIDE = re.compile(
    r"\b(?:tell (?:me|us) (?:a (?:bit|little) )?(?:more|about|everything)|more (?:about|details?|"
    r"information)|details|describe|anything else|anything (?:i|we) should|explain|what happened|"
    r"background|everything|elaborate|walk me through|erzählen sie|mehr (?:über|dazu)|"
    r"sonst noch|cuéntame|algo más|más (?:sobre|detalles))\b",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"\b(?:please|tell (?:me|us)|give (?:me|us)|provide|share|confirm|let (?:me|us) know|send|"
    r"i(?:'d| would)? (?:need|like)|we need|may i|bitte|sagen sie|nennen sie|dime|dígame|"
    r"necesito|por favor)\b",
    re.IGNORECASE,
)


class Fact(NamedTuple):
    """Something a persona knows."""

    speaker: str
    name: str
    value: str
    hidden: bool
    """Whether it is told only when somebody asks."""
    language: str = "en"


def facts_of(speaker: str, persona: Persona) -> Iterator[Fact]:
    """Yield what a persona knows, in the order of its sheet."""
    for name, value in persona.knows.items():
        yield Fact(speaker, name, value, name in persona.hides_until_asked, persona.language)


@lru_cache(4096)
def told_at(fact: Fact, text: str) -> tuple[int, int] | None:
    """Return where a text tells a fact, or None.

    A code must be there sign by sign. Of words, most must be there, in one sentence or two; or
    some of them beside the fact's name. A short number tells nothing without its unit or name.

    >>> told_at(Fact("rita", "order_number", "QX204913", True), "It's QX 204-913.")
    (5, 15)
    """
    codes = codes_in(fact.value)
    if codes:
        if not all([digit in text for digit in _digits_of(codes)]):
            return None
        found = [_code_at(code, text) for code in codes]
        return None if None in found else found[0]
    if not _may_tell(fact, stem_set(text)):
        return None
    said = sentences_of(text)
    for first, second in zip(said, (*said[1:], None), strict=True):
        if _tells(fact, first.text, alone=True):
            return first.span
        if second and _tells(fact, text[first.start : second.span[1]], alone=False):
            return first.start, second.span[1]
    return None


@lru_cache(4096)
def asks_for(fact: Fact, text: str) -> bool:
    """Return whether a text has a question or a request that may be about a fact."""
    wanted = _asked_words(fact)
    for sentence in sentences_of(text):
        if sentence.asks or _REQUEST.search(sentence.text):
            if _WIDE.search(sentence.text):
                return True
            if not wanted.isdisjoint(stem_set(sentence.text)):
                return True
    return False


@lru_cache(CACHED)
def codes_in(text: str) -> tuple[str, ...]:
    """Return the codes in a text: at least four signs with a digit, or a mix of both kinds.

    >>> codes_in("order QX204913, 3 teapots, since 2024")
    ('QX204913', '2024')
    """
    found = []
    for match in _CODE.finditer(text):
        signs = re.sub(r"\W", "", match[0])
        if len(signs) > 3 and (signs.isdigit() or sum(map(str.isdigit, signs)) > 1):
            found.append(match[0])
    return tuple(found)


@lru_cache(512)
def name_stems(name: str) -> frozenset[str]:
    """Return the stems of a fact's name that say what it is about.

    >>> name_stems("order_number")
    frozenset({'order'})
    """
    return content(name.replace("_", " ")) - _TYPES


def _may_tell(fact: Fact, said: frozenset[str]) -> bool:
    """Return whether enough of a fact's words are said: the cheap look before the close one."""
    wanted = _value_stems(fact)
    hits = len(wanted & said)
    if not hits:
        return False
    return hits >= TOLD * len(wanted) or not name_stems(fact.name).isdisjoint(said)


@lru_cache(512)
def _value_stems(fact: Fact) -> frozenset[str]:
    found = content(fact.value, fact.language)
    return found or frozenset(map(stem, words(fact.value)))


def _tells(fact: Fact, text: str, *, alone: bool) -> bool:
    phrase = stemmed(fact.value)
    if phrase.count(" ") > 2 and phrase in stemmed(text):
        return True
    wanted = _value_stems(fact)
    there = stem_set(text)
    hits = wanted & there
    named = not name_stems(fact.name).isdisjoint(there)
    numbers = {one for one in wanted if one.isdigit()}
    if not numbers <= there or not hits:
        return False
    if len(wanted) == 1:
        return alone and named
    if hits == numbers:
        return alone and named and len(words(fact.value)) == len(numbers)
    return len(hits) >= max(2, TOLD * len(wanted)) or (alone and named and _new(hits, fact))


def _new(hits: frozenset[str], fact: Fact) -> bool:
    """Return whether words of a value say more than the fact's name does."""
    return not hits <= name_stems(fact.name)


@lru_cache(512)
def _digits_of(codes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(filter(str.isdigit, "".join(codes)))


def _code_at(code: str, text: str) -> tuple[int, int] | None:
    signs = re.sub(r"\W", "", code)
    if signs[0].lower() not in text.lower():
        return None
    pattern = r"[ \-./]?".join(map(re.escape, signs))
    match = re.search(rf"(?<![^\W_]){pattern}(?![^\W_])", text, re.IGNORECASE)
    return match.span() if match else None


@lru_cache(512)
def _asked_words(fact: Fact) -> frozenset[str]:
    """Return the stems of which one makes a question a question for this fact."""
    own = {stem(word) for word in words(fact.name.replace("_", " "))}
    own |= content(fact.value, fact.language)
    return frozenset(own).union(*(group for group in _GROUPS if group & own))
