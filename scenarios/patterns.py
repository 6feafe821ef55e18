"""Random strings that match a regular expression.

Reads the tree that Python's own `re` makes of the expression, so that what it means here is what
it means everywhere else; see docs/decisions/0012-pattern-variables.md.
"""

import re
import warnings
from functools import lru_cache
from random import Random
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

__all__ = ["Pattern", "compiled"]

REPEAT_LIMIT = 8
"""How much more than the least `*`, `+` and `{n,}` repeat, at most."""
LENGTH_LIMIT = 1_000
STEP_LIMIT = 5_000
ATTEMPTS = 20

PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
CATEGORIES = {
    ops.CATEGORY_DIGIT: "0123456789",
    ops.CATEGORY_SPACE: " ",
    ops.CATEGORY_WORD: "".join(c for c in PRINTABLE if c.isalnum() or c == "_"),
}
NEGATED = {
    ops.CATEGORY_NOT_DIGIT: ops.CATEGORY_DIGIT,
    ops.CATEGORY_NOT_SPACE: ops.CATEGORY_SPACE,
    ops.CATEGORY_NOT_WORD: ops.CATEGORY_WORD,
}


class Pattern:
    """A regular expression to draw strings from.

    >>> Pattern("[A-Z]{2}[0-9]{6}").draw(Random(1))
    'SZ417776'
    """

    def __init__(self, regex: str) -> None:
        """Parse the expression and try it.

        Raises:
            ValueError: it is not a regular expression, or one that strings can't be made for.
        """
        self.regex = regex
        self._matcher = compiled(regex)
        self._tree = _parser.parse(regex)
        for seed in range(3):
            self.draw(Random(seed))

    def draw(self, random: Random) -> str:
        """Return a string that the whole expression matches.

        Raises:
            ValueError: none was found that is short enough.
        """
        why = f"no string that matches {self.regex!r} could be made"
        for _ in range(ATTEMPTS):
            try:
                text = _Drawing(random).sequence(self._tree)
            except _TooLong as error:
                why = str(error)
                continue
            if self._matcher.fullmatch(text):
                return text
        raise ValueError(why)


def compiled(regex: str) -> re.Pattern[str]:
    """Return a compiled regular expression.

    Raises:
        ValueError: it is none, or Python warns that it will mean something else one day.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.compile(regex)
    except (re.error, Warning) as error:
        raise ValueError(f"{regex!r} is not a regular expression: {error}") from error
    except (OverflowError, RecursionError) as error:
        raise ValueError(f"{regex!r} is too large a regular expression") from error


class _TooLong(ValueError):
    """A string that grew over the limits; another may not."""


class _Drawing:
    """One string in the making: bounded in length and work, and it knows its groups."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.groups: dict[int, str] = {}
        self.steps = 0

    def sequence(self, items: Any) -> str:
        text = "".join(self.item(op, argument) for op, argument in items)
        if len(text) > LENGTH_LIMIT:
            raise _TooLong(f"the pattern makes more than {LENGTH_LIMIT:,} characters")
        return text

    def item(self, op: Any, argument: Any) -> str:
        self.steps += 1
        if self.steps > STEP_LIMIT:
            raise _TooLong("the pattern repeats too much")
        if op in (ops.LITERAL, ops.NOT_LITERAL, ops.ANY, ops.IN):
            return self.random.choice(_characters(op, argument))
        if op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            least, most, inner = argument
            most = least + REPEAT_LIMIT if most == ops.MAXREPEAT else most
            times = self.random.randint(least, most)
            return "".join(self.sequence(inner) for _ in range(times))
        if op is ops.BRANCH:
            return self.sequence(self.random.choice(argument[1]))
        return self._grouping(op, argument)

    def _grouping(self, op: Any, argument: Any) -> str:
        if op is ops.SUBPATTERN:
            text = self.sequence(argument[-1])
            self.groups[argument[0]] = text
            return text
        if op is ops.ATOMIC_GROUP:
            return self.sequence(argument)
        if op is ops.GROUPREF:
            return self.groups.get(argument, "")
        if op is ops.AT:
            return ""
        what = "conditions" if op is ops.GROUPREF_EXISTS else "look-ahead and look-behind"
        raise ValueError(f"a pattern to draw from can't use {what}")


def _characters(op: Any, argument: Any) -> str:
    if op is ops.LITERAL:
        return chr(argument)
    if op is ops.NOT_LITERAL:
        return PRINTABLE.replace(chr(argument), "")
    if op is ops.ANY:
        return PRINTABLE
    chosen = "".join(_members(kind, value) for kind, value in argument)
    if argument[0][0] is ops.NEGATE:
        chosen = "".join(c for c in PRINTABLE if c not in chosen)
    if not chosen:
        raise ValueError("a character class of the pattern holds nothing printable")
    return chosen


def _members(kind: Any, value: Any) -> str:
    if kind is ops.LITERAL:
        return chr(value)
    if kind is ops.RANGE:
        return _between(*value)
    if kind is ops.CATEGORY and value in NEGATED:
        return "".join(c for c in PRINTABLE if c not in CATEGORIES[NEGATED[value]])
    return CATEGORIES[value] if kind is ops.CATEGORY else ""


@lru_cache(maxsize=64)
def _between(low: int, high: int) -> str:
    if high - low > 30_000:
        raise ValueError("a character range of the pattern is too wide")
    return "".join(c for c in map(chr, range(low, high + 1)) if c.isprintable())
