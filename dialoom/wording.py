"""Numbers in sentences."""

__all__ = ["counted"]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is one.

    >>> counted(1, "tree"), counted(12_000, "row")
    ('1 tree', '12,000 rows')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
