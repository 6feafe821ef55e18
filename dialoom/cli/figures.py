"""Figures as people read them."""

from dialoom.build.plan import Range
from dialoom.build.prices import dollars

__all__ = ["amount", "duration", "elapsed", "money", "size"]


def amount(figure: Range) -> str:
    """Return what is likely of a range of counts, and the range.

    >>> amount(Range(10, 1500, 2000000))
    '1,500 (10 to 2.0M)'
    """
    return _ranged([_count(value) for value in figure])


def money(figure: Range | None) -> str:
    """Return a range of dollars; `?` where a price is not known."""
    return "?" if figure is None else _ranged([dollars(value) for value in figure])


def duration(figure: Range) -> str:
    """Return a range of times.

    >>> duration(Range(3, 300, 9000))
    '5.0 min (3 s to 2.5 h)'
    """
    return _ranged([_time(value) for value in figure])


def elapsed(seconds: float) -> str:
    """Return one time.

    >>> elapsed(42.3), elapsed(300)
    ('42 s', '5.0 min')
    """
    return _time(seconds)


def size(figure: Range) -> str:
    """Return a range of sizes on disk."""
    return _ranged([_size(value) for value in figure])


def _ranged(texts: list[str]) -> str:
    low, expected, high = texts
    return low if low == high else f"{expected} ({low} to {high})"


def _count(value: float) -> str:
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= 10 * size or (value >= size and unit != "k"):
            return (
                f"{value / size:,.1f}{unit}" if value < 1e3 * size else f"{value / size:,.0f}{unit}"
            )
    return f"{value:,.0f}"


def _time(seconds: float) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.1f} {unit}"
    return f"{seconds:,.0f} s"


def _size(size: float) -> str:
    for unit, length in (("GB", 1e9), ("MB", 1e6)):
        if size >= length:
            return f"{size / length:,.1f} {unit}"
    return f"{size / 1e3:,.0f} kB"
