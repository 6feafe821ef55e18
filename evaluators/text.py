"""Text as the rules compare it: words, sentences, prose without code. Cached, since rules share it.

Only the first `SCANNED` characters are looked at, so a reply of any size is judged at once.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz

__all__ = [
    "CACHED",
    "SCANNED",
    "Citation",
    "cited",
    "has_digit",
    "likeness",
    "normalised",
    "prose",
    "quoted",
    "sentences",
    "span_of",
    "word_set",
    "words",
]

SCANNED = 20_000
"""Characters of a text that are looked at; some 40 times the mean of OASST's messages."""

_COMPARED = 4_000
"""Characters at each end that are compared: the cost grows with the product of the lengths."""

CACHED = 1024
"""Texts of which a form is kept: the threads and siblings of about a hundred growing trees."""

_SHARED = 10_000
"""Words that texts share; without, each text would hold its own."""


class Citation(NamedTuple):
    """Words of a text for a person to read, and where they stand."""

    words: str
    """In quotation marks, on one line."""
    span: tuple[int, int] | None
    """None when they don't stand there one after the other."""


class _Folding(dict[int, str | None]):
    """A table for `str.translate`: marks become spaces, line ends and letters stay.

    A character is looked up in Unicode's tables the first time it is met. Chinese and Japanese
    characters stand apart, since their words are not spaced.
    """

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        folded: str | None = character
        if 0x3040 <= code <= 0x30FF or 0x3400 <= code <= 0x9FFF:
            folded = f" {character} "
        elif unicodedata.category(character)[0] in "PSZC":
            folded = " "
        self[code] = folded
        return folded


_FOLDING = _Folding(
    {
        **dict.fromkeys(map(ord, "'\u200b\u200c\u200d")),
        **dict.fromkeys(map(ord, "\n\u3002\uff01\uff1f"), "\n"),
    }
)
for _code in range(128):  # str.translate is quickest when no ASCII character is missing
    _FOLDING[_code]

_TYPOGRAPHY = re.compile(r"[\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u2022\u00a0]")
_PLAIN = {"\u2018": "'", "\u2019": "'", "\u2026": "... "}
_FENCE = "```"
_STOP = "."
_shared: dict[str, str] = {}
_DIGITS = "0123456789"
_ANY_DIGIT = re.compile(r"\d")
_END = re.compile(r"[.!?:;](?=[\"')*]*\s)")


def words(text: str) -> tuple[str, ...]:
    """Return the words in lower case without marks; a Chinese character is a word.

    >>> words("Don't — I said *stop*, 3 times!")
    ('dont', 'i', 'said', 'stop', '3', 'times')
    """
    return _words(text[:SCANNED])


def word_set(text: str) -> frozenset[str]:
    """Return the distinct words: what a rule asks first whether its key words are there."""
    return _word_set(text[:SCANNED])


def normalised(text: str) -> str:
    """Return the words with single spaces between: equal for texts that differ in marks only."""
    return _normalised(text[:SCANNED])


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences, normalised, in order; a line's end and a colon end one too.

    >>> sentences("No. I said: *no*!")
    ('no', 'i said', 'no')
    """
    return _sentences(text[:SCANNED])


def likeness(own: str, other: str, *, least: float) -> float:
    """Return how alike two normalised texts are, 0 to 1; 0 when it is less than `least`.

    1 is for equal texts alone. Of long ones both ends are compared.
    """
    if own == other:
        return 1.0
    if 2 * min(len(own), len(other)) < least * (len(own) + len(other)):
        return 0.0
    ratio = fuzz.ratio(_ends_of(own), _ends_of(other), score_cutoff=100 * least)
    return min(ratio / 100, 0.99)


def span_of(phrase: Sequence[str], text: str, start: int = 0) -> tuple[int, int] | None:
    """Return where these words stand in a text from `start` on, whatever marks are between."""
    pattern = r"[\W_]+".join("['\u2019]?".join(map(re.escape, word)) for word in phrase)
    match = re.compile(pattern, re.IGNORECASE).search(text, start, SCANNED)
    return match.span() if match else None


def cited(phrase: Sequence[str], text: str, start: int = 0, *, limit: int = 50) -> Citation:
    """Return the words of a phrase as they stand in a text from `start` on, cut to `limit`."""
    span = span_of(phrase, text, start)
    return Citation(quoted(text[slice(*span)] if span else " ".join(phrase), limit=limit), span)


def has_digit(text: str) -> bool:
    """Return whether there is a digit in the text, of any script.

    >>> has_digit("I have two"), has_digit("I have 2"), has_digit("٢")
    (False, True, True)
    """
    if text.isascii():  # looked up one by one they take a tenth of what the pattern takes
        return any([digit in text for digit in _DIGITS])
    return _ANY_DIGIT.search(text) is not None


def prose(text: str) -> str:
    """Return the text with its code fences blanked out, every other character in its place."""
    return _prose(text[:SCANNED]) if _FENCE in text else text[:SCANNED]


def quoted(text: str, *, limit: int = 80) -> str:
    """Return the text in quotation marks on one line, cut with `…` to `limit` characters."""
    line = " ".join(text[: 2 * limit].split())
    cut = line if len(line) + 2 <= limit else line[: limit - 3] + "…"
    return f'"{cut}"'


def _ends_of(text: str) -> str:
    return text if len(text) <= 2 * _COMPARED else text[:_COMPARED] + text[-_COMPARED:]


def _plain(text: str) -> str:
    # translate is five times as quick on ASCII; typography is often all that is in the way
    return text if text.isascii() else _TYPOGRAPHY.sub(lambda mark: _PLAIN.get(mark[0], " "), text)


@lru_cache(CACHED)
def _prose(text: str) -> str:
    """Return the text with what stands between its fences, or after the last, blanked out."""
    parts = text.split(_FENCE)
    parts[1::2] = map(_blank, parts[1::2])
    return (" " * len(_FENCE)).join(parts)


def _blank(text: str) -> str:
    return "\n".join([" " * len(line) for line in text.split("\n")])


@lru_cache(CACHED)
def _folded(text: str) -> str:
    """Return the text in lower case, marks as spaces, with a line for each sentence."""
    return _END.sub("\n", _plain(text)).lower().translate(_FOLDING)


@lru_cache(CACHED)
def _tokens(text: str) -> list[str]:
    """Return the words, with a full stop for a line's end: no folded text holds one."""
    if len(_shared) > _SHARED:
        _shared.clear()
    found = _folded(text).replace("\n", f" {_STOP} ").split()
    return [_shared.setdefault(word, word) for word in found]


@lru_cache(CACHED)
def _words(text: str) -> tuple[str, ...]:
    return tuple([token for token in _tokens(text) if token != _STOP])


@lru_cache(CACHED)
def _word_set(text: str) -> frozenset[str]:
    return frozenset(_words(text))


@lru_cache(CACHED)
def _normalised(text: str) -> str:
    return " ".join(_words(text))


@lru_cache(CACHED)
def _sentences(text: str) -> tuple[str, ...]:
    parts = " ".join(_tokens(text)).split(_STOP)
    return tuple([sentence for part in parts if (sentence := part.strip())])
