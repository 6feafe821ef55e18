"""Numbers and names in sentences."""

import re
from collections.abc import Mapping

__all__ = ["counted", "errors_listed"]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is one.

    >>> counted(1, "tree"), counted(12_000, "row")
    ('1 tree', '12,000 rows')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def errors_listed(counts: Mapping[str, int]) -> str:
    """Return how often which error was met, by the names of their classes, in words.

    >>> errors_listed({"RateLimited": 7, "ServerFault": 1})
    'rate limited 7, server fault 1'
    """
    return ", ".join(f"{_words(name)} {count:,}" for name, count in counts.items())


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
