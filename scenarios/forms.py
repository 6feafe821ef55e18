"""The ways a variable's values can be given, each drawing one value at a time."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any, Protocol

from dialoom.scenarios.patterns import Pattern
from dialoom.spec import Place, nearest

__all__ = ["BadForm", "Form", "Listed", "form"]

WEIGHT_LIMIT = 1_000_000_000


class BadForm(ValueError):
    """A variable given in a way that can't be drawn from."""

    def __init__(self, message: str, *place: str | int) -> None:
        super().__init__(message)
        self.place: Place = place
        """Inside the variable."""


class Form(Protocol):
    """Where a variable's values come from."""

    @property
    def size(self) -> int | None:
        """How many values there are; None when they can't be counted off."""

    def draw(self, random: Random) -> Any:
        """Return a value at random."""

    def nth(self, index: int) -> Any:
        """Return the value at a place, 0 to `size` - 1."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Values one by one, all alike likely or by weight."""

    values: tuple[Any, ...]
    weights: tuple[float, ...] | None = None

    @property
    def size(self) -> int:
        return len(self.values)

    def draw(self, random: Random) -> Any:
        (value,) = random.choices(self.values, self.weights)
        return value

    def nth(self, index: int) -> Any:
        return self.values[index]


@dataclass(frozen=True, slots=True)
class Stepped:
    """Numbers from `low` on in equal steps; all are int when `low` and `step` are."""

    low: int | Decimal
    step: int | Decimal
    size: int

    def draw(self, random: Random) -> int | float:
        return self.nth(random.randrange(self.size))

    def nth(self, index: int) -> int | float:
        value = self.low + index * self.step
        return value if isinstance(value, int) else float(value)


@dataclass(frozen=True, slots=True)
class Continuous:
    """Any number between two bounds, to six decimals."""

    low: float
    high: float
    size: None = None

    def draw(self, random: Random) -> float:
        return min(max(round(random.uniform(self.low, self.high), 6), self.low), self.high)

    def nth(self, index: int) -> float:
        raise TypeError("a continuous range has no places")


@dataclass(frozen=True, slots=True)
class Matching:
    """Strings that match a regular expression."""

    pattern: Pattern
    size: None = None

    def draw(self, random: Random) -> str:
        return self.pattern.draw(random)

    def nth(self, index: int) -> str:
        raise TypeError("a pattern has no places")


def form(value: Any) -> Form:
    """Return the form a variable's YAML value spells.

    Raises:
        BadForm: it spells none.
    """
    if isinstance(value, list | tuple):
        if not value:
            raise BadForm("the list is empty; give at least one value")
        return Listed(tuple(_value(item, index) for index, item in enumerate(value)))
    if not isinstance(value, Mapping):
        return Listed((_value(value),))
    names = [str(key) for key in value]
    if len(names) != 1 or names[0] not in FORMS:
        hint = next((h for name in names if (h := nearest(name, FORMS))), "")
        hint = hint or "; write a value, a list, `weighted`, `range` or `pattern`"
        raise BadForm(f"a mapping of {', '.join(names) or 'nothing'} says no values{hint}")
    return FORMS[names[0]](value[names[0]])


def _value(value: Any, *place: str | int) -> Any:
    """Return a value as variables hold it: text, a number, a truth value, or a mapping of such."""
    if isinstance(value, Mapping):
        if not value:
            raise BadForm("the mapping is empty", *place)
        return {str(key): _value(item, *place, key) for key, item in value.items()}
    if isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    what = "is empty; write '' for no text" if value is None else f"can't be {value!r}"
    raise BadForm(f"a value {what}", *place)


def _weighted(given: Any) -> Form:
    if not isinstance(given, Mapping) or not given:
        raise BadForm("write `weighted: {value: weight, …}`", "weighted")
    for value, weight in given.items():
        _value(value, "weighted", value)
        if not _is_number(weight) or not 0 < weight <= WEIGHT_LIMIT:
            message = f"a weight is a number above 0, at most {WEIGHT_LIMIT:,}; it is {weight!r}"
            raise BadForm(message, "weighted", value)
    return Listed(tuple(given), tuple(float(weight) for weight in given.values()))


def _range(given: Any) -> Form:
    numbers = given if isinstance(given, list | tuple) else ()
    if len(numbers) not in (2, 3) or not all(_is_number(number) for number in numbers):
        raise BadForm(
            "write `range: [low, high]` or `range: [low, high, step]`, of numbers", "range"
        )
    low, high, *step = numbers
    if low > high:
        raise BadForm(f"low {low!r} is above high {high!r}", "range")
    if step and step[0] <= 0:
        raise BadForm(f"the step must be above 0; it is {step[0]!r}", "range", 2)
    if all(isinstance(number, int) for number in numbers):
        by = step[0] if step else 1
        return Stepped(low, by, (high - low) // by + 1)
    if not step:
        return Continuous(float(low), float(high))
    first, last, by = (Decimal(str(number)) for number in numbers)
    return Stepped(first, by, int((last - first) / by) + 1)


def _pattern(given: Any) -> Form:
    if not isinstance(given, str) or not given:
        raise BadForm("write `pattern: regular expression`, in quotes", "pattern")
    try:
        return Matching(Pattern(given))
    except ValueError as error:
        raise BadForm(str(error), "pattern") from error


def _is_number(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


FORMS: Mapping[str, Callable[[Any], Form]] = {
    "weighted": _weighted,
    "range": _range,
    "pattern": _pattern,
}
