"""Whether a text is in another language than asked: by its scripts, small words and letters."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from dialoom.evaluators.profiles import LETTERS, SCRIPTS, WORDS

__all__ = ["letters", "other_language", "scripts_of", "strange_words", "tongue"]

_WORD = re.compile(
    r"[^\s0-9!-/:-@\[-`{-~\u00a0-\u00bf\u2010-\u205e\u3000-\u303f\uff00-\uff0f"
    r"\u060c\u061b\u061f\u0964]+"
)
_BEYOND_LATIN = re.compile(r"[^\x00-\u036f\u1e00-\u1eff\u2000-\u2bff]")

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())

_LETTER_WEIGHT = 0.5
"""What a word with a language's special letters counts, where a small word counts 1."""
_RATIO = 1.3
"""How many times the evidence for another language must outweigh that for the right one."""
_LEAST = 0.1
"""Share of the words that must speak for the other language."""
_SHORT = 12
"""Words of a text that needs half a word more of evidence."""

_LETTERS_OF_A_SIGN = 2
"""Latin letters that a Chinese, Japanese or Korean character counts for."""
_KANA_SHARE = 0.05
"""Kana among the characters of a Japanese text, at least; a Chinese one has none."""

_NAMES_LETTERS = 60
"""Letters of Latin words among others that may be names and terms."""

_NAMES = {"no": "nb", "nn": "nb", "ms": "id", "fil": "tl", "bs": "hr", "sh": "hr", "iw": "he"}
_NAMES |= {"in": "id", "cmn": "zh"}
_TWINS = {"nb": "da", "da": "nb", "sr": "hr", "hr": "sr"}
"""Languages that small words don't tell apart."""
_ALSO_LATIN = frozenset({"sr", "kk", "uz", "az", "tg", "tt", "ku", "ms", "mn"})
_SUBTAGS = {"latn": "LATIN", "cyrl": "CYRILLIC", "arab": "ARABIC", "deva": "DEVANAGARI"}


def tongue(tag: str) -> str:
    """Return the language of a BCP 47 tag under the name that the profiles have for it.

    >>> tongue("pt-BR"), tongue("no")
    ('pt', 'nb')
    """
    primary = tag.partition("-")[0].lower()
    return _NAMES.get(primary, primary)


@lru_cache
def scripts_of(tag: str) -> frozenset[str]:
    """Return the scripts that a language is written in; the tag may name one, as `sr-Latn`."""
    for subtag in tag.lower().split("-")[1:]:
        if subtag in _SUBTAGS:
            return frozenset({_SUBTAGS[subtag]})
    primary = tag.partition("-")[0].lower()
    scripts = {name for name, tags in SCRIPTS.items() if primary in tags.split()}
    scripts |= {name for name, tags in SCRIPTS.items() if tongue(tag) in tags.split()}
    return frozenset(scripts | {"LATIN"} if primary in _ALSO_LATIN else scripts or {"LATIN"})


def letters(text: str) -> Counter[str]:
    """Return how many letters of each script are in the text; a Chinese character counts for two.

    Chinese characters are `JAPANESE` where kana stand among them.
    """
    ascii_letters = len(text.encode("ascii", "ignore").translate(None, _NO_LETTERS))
    if text.isascii():
        return +Counter(LATIN=ascii_letters)
    rest = "".join(_BEYOND_ASCII.findall(text))
    beyond = _BEYOND_LATIN.findall(rest)
    counts = Counter(map(_script, filter(_is_letter, beyond)))
    kana, han = counts.pop("KANA", 0), counts.pop("CJK", 0)
    if kana or han:
        name = "JAPANESE" if kana > _KANA_SHARE * (kana + han) else "CHINESE"
        counts[name] = _LETTERS_OF_A_SIGN * (kana + han)
    if counts["HANGUL"]:
        counts["HANGUL"] *= _LETTERS_OF_A_SIGN
    counts["LATIN"] += ascii_letters + sum(map(str.isalpha, rest)) - sum(map(str.isalpha, beyond))
    return +counts


def other_language(text: str, tags: Collection[str]) -> str | None:
    """Return the language that the text is in when it is none of those named, or None.

    None is also what short, unclear and unknown texts get: the evidence must be plain.

    Args:
        text: A sentence at least.
        tags: BCP 47 tags of the languages it may be in.
    """
    counts = letters(text)
    if not counts:
        return None
    script = max(counts, key=counts.__getitem__)
    if not any(script in scripts_of(tag) for tag in tags):
        return None if _only_names(text, counts) else _named(text, script)
    return _by_words(text, {tongue(tag) for tag in tags})


def strange_words(text: str, tags: Sequence[str]) -> frozenset[str] | None:
    """Return words of which each part of a text in another language than named holds two.

    They speak for another language and not for the first one named. `other_language` wants that
    one outweighed, so a single word is never enough: to weigh more than nothing a text needs 12
    words, and one of 12 is less than a tenth. None where scripts tell languages apart.

    >>> sorted(strange_words("I say, das ist gut", ["en"]))
    ['das', 'gut', 'ist']

    Args:
        text: Of any size; the words are given in lower case.
        tags: BCP 47 tags of the languages it may be in, at least one.
    """
    if letters(text).keys() != {"LATIN"} or not any("LATIN" in scripts_of(tag) for tag in tags):
        return None
    said, own = set(_WORD.findall(text.lower())), tongue(tags[0])
    strange = said & _foreign_words(own)
    if not text.isascii():
        strange |= {word for word in said if not word.isascii() and own not in _spoken_in(word)}
    if len(strange) < 2:
        return frozenset()
    counts = Counter(language for word in strange for language in _spoken_in(word))
    likely = {language for language, count in counts.items() if count > 1}
    return frozenset(word for word in strange if not likely.isdisjoint(_spoken_in(word)))


def _only_names(text: str, counts: Counter[str]) -> bool:
    """Return whether what is in Latin may be names and terms, which any language takes over."""
    _, evidence = _evidence(text)
    few = counts["LATIN"] < _NAMES_LETTERS and max(evidence.values(), default=0) < 2
    return few and max(counts, key=counts.__getitem__) == "LATIN"


def _named(text: str, script: str) -> str:
    """Return the likeliest language of a text in this script."""
    written = SCRIPTS.get(script, "").split()
    _, counts = _evidence(text)
    likely = [language for language in counts if not written or language in written]
    first = written[0] if written else f"und-{script.title()}"
    return max(likely, key=lambda language: (counts[language], language), default=first)


def _by_words(text: str, right: set[str]) -> str | None:
    words, counts = _evidence(text)
    known = not right.isdisjoint(WORDS)
    right = right | {_TWINS.get(language, "") for language in right}
    own = max(counts[language] for language in right)
    # a language without profile looks like its neighbours, but models fall back to English
    rivals = counts.keys() - right if known else counts.keys() & {"en"} - right
    best = max(rivals, key=lambda language: (counts[language], language), default="")
    margin = 1.0 if words >= _SHORT else 1.5
    if counts[best] >= max(own * _RATIO + margin, words * _LEAST):
        return best
    return None


def _evidence(text: str) -> tuple[int, Mapping[str, float]]:
    """Return the number of distinct words, and how many of them speak for each language."""
    words = set(_WORD.findall(text.lower()))
    counts: defaultdict[str, float] = defaultdict(float)
    small, typical = _small_words(), _typical_letters()
    for word in words:
        languages = small.get(word, ())
        for language in languages:
            counts[language] += 1
        if not word.isascii():
            special = {letter for letter in word if letter > "\x7f"}
            for language, alphabet in typical:
                if special <= alphabet and language not in languages:
                    counts[language] += _LETTER_WEIGHT
    return len(words), counts


@lru_cache
def _small_words() -> Mapping[str, frozenset[str]]:
    """Return the languages of each small word."""
    languages: dict[str, set[str]] = {}
    for language, words in WORDS.items():
        for word in words.split():
            languages.setdefault(word, set()).add(language)
    return {word: frozenset(found) for word, found in languages.items()}


@lru_cache(4096)
def _spoken_in(word: str) -> frozenset[str]:
    """Return the languages that a word speaks for, by its letters where it is no small word."""
    small = _small_words().get(word, frozenset())
    special = {letter for letter in word if letter > "\x7f"}
    typical = {language for language, letters in _typical_letters() if special <= letters}
    return small | typical if special else small


@lru_cache
def _foreign_words(language: str) -> frozenset[str]:
    """Return the small words of all languages that are none of this one."""
    small = _small_words()
    return frozenset(word for word, languages in small.items() if language not in languages)


@lru_cache
def _typical_letters() -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple((language, frozenset(alphabet)) for language, alphabet in LETTERS.items())


@lru_cache(4096)
def _is_letter(sign: str) -> bool:
    """Return whether this is a letter, or a vowel sign as Indic scripts and Thai write them."""
    return sign.isalpha() or (sign < "\ufe00" and unicodedata.category(sign)[0] == "M")


@lru_cache(4096)
def _script(letter: str) -> str:
    """Return the first word of the letter's Unicode name that names a script."""
    name = unicodedata.name(letter, "").split()
    if not name or name[0] in ("MATHEMATICAL", "MODIFIER", "SCRIPT", "DOUBLE-STRUCK"):
        return "LATIN"
    first = name[1] if name[0] in ("HALFWIDTH", "FULLWIDTH") and len(name) > 1 else name[0]
    return "KANA" if first.startswith(("HIRAGANA", "KATAKANA")) else first
