"""Scores and ratings on whatever scale, as label values from 0 to 1."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from dialoom.errors import InputError
from dialoom.imports.turns import BadRow

__all__ = ["UNSCORED", "ScoreRange", "aspects_in", "number_in", "parse_range", "range_of"]

UNSCORED = -1.0
"""What dialoom's own rows have where nobody gave a score."""
BEST_ASPECT = 5
"""UltraFeedback's annotators rate each aspect from 1 to 5."""
KNOWN = ((0.0, 1.0), (1.0, 5.0), (0.0, 5.0), (1.0, 10.0), (0.0, 10.0), (0.0, 100.0))
"""Scales that are taken for what they look like, the narrowest first."""


class ScoreRange(NamedTuple):
    """The least and the most that a score can be."""

    low: float
    high: float

    def unit(self, value: float) -> float | None:
        """Return a score as 0 to 1; None for what stands for no score.

        Raises:
            BadRow: it lies outside.
        """
        if value == UNSCORED and self.low >= 0:
            return None
        if not self.low <= value <= self.high:
            raise BadRow(f"the score {value:g} lies outside {self.low:g} to {self.high:g}")
        return (value - self.low) / (self.high - self.low)


def number_in(value: Any, column: str) -> float:
    """Return a number, also where it is written as a text.

    Raises:
        BadRow: it is none.
    """
    try:
        number = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or isinstance(value, bool):
        raise BadRow(f"{column} is {value!r:.40}, not a number")
    return number


def range_of(values: Iterable[float]) -> ScoreRange | None:
    """Return the narrowest known scale that holds all values; None when none does."""
    found = [value for value in values if value != UNSCORED]
    fitting = (
        ScoreRange(low, high) for low, high in KNOWN if all(low <= value <= high for value in found)
    )
    return next(fitting, None) if found else None


def parse_range(text: str) -> ScoreRange:
    """Return the range that `LOW:HIGH` stands for.

    Raises:
        InputError: it is no range.
    """
    low, _, high = text.partition(":")
    try:
        found = ScoreRange(float(low), float(high))
    except ValueError:
        found = ScoreRange(math.nan, math.nan)
    if not found.low < found.high or math.isinf(found.low) or math.isinf(found.high):
        raise InputError(f"--scores takes LOW:HIGH, like 1:10; not {text!r}")
    return found


def aspects_in(completion: Any) -> dict[str, float]:
    """Return UltraFeedback's ratings of a completion by aspect, from 0 to 1; `N/A` is left out."""
    annotations = completion.get("annotations") if isinstance(completion, Mapping) else None
    found = {}
    for name, said in annotations.items() if isinstance(annotations, Mapping) else ():
        rating = said.get("Rating") if isinstance(said, Mapping) else None
        if isinstance(rating, str | int | float) and str(rating).replace(".", "", 1).isdecimal():
            found[str(name).lower()] = min(1.0, max(0.0, (float(rating) - 1) / (BEST_ASPECT - 1)))
    return found
