"""Options of rules, checked where a rule is made: a wrong one is a sentence for the user."""

__all__ = ["share", "whole"]


def share(name: str, value: float) -> float:
    """Return a share above 0 and at most 1.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise ValueError(f"{name} is {value!r}; give a number above 0 and at most 1")
    return float(value)


def whole(name: str, value: int, *, least: int = 1) -> int:
    """Return a whole number that is not below `least`.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} is {value!r}; give a whole number from {least} on")
    return value
