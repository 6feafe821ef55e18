"""Checks of exporters' options: a wrong value is said in one sentence, before any row is made."""

from collections.abc import Sequence

__all__ = ["at_least", "fraction", "one_of"]


def one_of(option: str, value: str, known: Sequence[str]) -> None:
    """Check that an option is one of the words it can be.

    Raises:
        ValueError: it is not.
    """
    if value not in known:
        raise ValueError(f"{option} is {value!r}; it can be {', '.join(known)}")


def fraction(option: str, value: float) -> None:
    """Check that an option is a number from 0 to 1.

    Raises:
        ValueError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"{option} is {value!r}; it is a number from 0 to 1")


def at_least(option: str, value: float, least: float) -> None:
    """Check that an option is a number no smaller than `least`; whole if `least` is an int.

    Raises:
        ValueError: it is not.
    """
    kind = int if isinstance(least, int) else int | float
    if isinstance(value, bool) or not isinstance(value, kind) or value < least:
        what = "a whole number" if kind is int else "a number"
        raise ValueError(f"{option} is {value!r}; it is {what} of at least {least}")
