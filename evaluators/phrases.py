"""Tell-tale phrases in many languages, tried only where one of their key words is said."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache

from dialoom.evaluators.text import SCANNED, prose, word_set

__all__ = ["Phrases", "folded"]

_CACHED = 256
"""Texts kept: the candidates of some turns, while all rules look at them."""

_BLANK = r"[\s*_]"
_PART = re.compile(r"<([a-z_]+)>")
_CHOICE = re.compile(r"\(\?:([a-z][\w' -]+(?:\|[a-z][\w' -]+)+)\)(?![?*+{])")
"""Plain words of which one must be there."""


def folded(text: str) -> str:
    """Return the text in lower case without its code, each character in its place.

    Apostrophes are straight. Only what `dialoom.evaluators.text` looks at is returned.

    >>> folded("I'm an AI")
    "i'm an ai"
    """
    return _folded(prose(text))


@lru_cache(_CACHED)
def _folded(text: str) -> str:
    if not text.isascii():
        # U+0130 is the one letter whose lower case is two characters long
        for mark, plain in (("\u0130", "I"), ("\u2019", "'"), ("\u00a0", " ")):
            text = text.replace(mark, plain)
    return text.lower()


_ALL_KEYS: set[str] = set()


@lru_cache(_CACHED)
def _keys_said(text: str) -> frozenset[str]:
    """Return the key words of all phrases there are that a text says: a handful, looked up once."""
    return word_set(text) & _ALL_KEYS


class Phrases:
    """Regular expressions, each with the words of which one must be there for it to match.

    Args:
        table: Expressions, one a line, by their key words. Key words are as
            `dialoom.evaluators.text.words` gives them: lower case, without apostrophes, a Chinese
            character a word; `a b & c` asks for a or b, and c. An expression begins at a word's
            start; a space in it stands for up to three blanks, line ends, or marks of emphasis.
        parts: What `<name>` stands for in an expression, and in the parts after this one. Its
            lines are put together.
    """

    def __init__(self, table: Mapping[str, str], **parts: str) -> None:
        known: dict[str, str] = {}
        for name, part in parts.items():
            known[name] = _filled("".join(map(str.strip, part.splitlines())), known)
        self._blocks = tuple(
            (
                [frozenset(words.split()) for words in keys.split("&")],
                [_compiled(_filled(line.strip(), known)) for line in lines.strip().splitlines()],
            )
            for keys, lines in table.items()
        )
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, (keys, _) in enumerate(self._blocks):
            for word in keys[0]:
                places[word].append(place)
        self._places = dict(places)
        self.keys = frozenset(places)
        """Words of which one must be there for any of the expressions to match."""
        _ALL_KEYS.update(*(words for keys, _ in self._blocks for words in keys))
        _keys_said.cache_clear()

    def search(self, text: str, *, before: int = SCANNED) -> re.Match[str] | None:
        """Return the first match in the folded text that ends before a character, or None."""
        if self.keys.isdisjoint(_keys_said(text)):  # nearly always so
            return None
        return min(self.matches(text, before=before), key=re.Match.start, default=None)

    def matches(self, text: str, *, before: int = SCANNED) -> Iterator[re.Match[str]]:
        """Yield the first match in the folded text of each expression that has one."""
        said = _keys_said(text)
        places = {place for word in self.keys & said for place in self._places[word]}
        for place in sorted(places):
            keys, phrases = self._blocks[place]
            if any(map(said.isdisjoint, keys)):
                continue
            plain = folded(text)
            for phrase in phrases:
                match = phrase.search(plain, 0, before)
                if match:
                    yield match


def _filled(expression: str, parts: Mapping[str, str]) -> str:
    return _PART.sub(lambda part: f"(?:{parts[part[1]]})", expression)


def _compiled(expression: str) -> re.Pattern[str]:
    optional = _from_a_word(expression).replace(" ?", _BLANK + "{0,3}")
    return re.compile(optional.replace(" ", _BLANK + "{1,3}"))


def _from_a_word(expression: str) -> str:
    r"""Return an expression that begins at a word's start.

    `\b` in front would hide its first letters from the engine, which can skip to them.
    """
    first = expression[0]
    if first.isascii() and first.isalpha():
        return rf"{first}(?<!\w{first})" + expression[1:]
    if choice := _CHOICE.match(expression):
        words = choice[1].split("|")
        firsts = f"[{''.join(sorted({word[0] for word in words}))}]"
        rests = "|".join(f"(?<={word[0]}){word[1:]}" for word in words)
        return rf"{firsts}(?<!\w{firsts})(?:{rests})" + expression[choice.end() :]
    return r"\b" + expression if first == "(" else expression
