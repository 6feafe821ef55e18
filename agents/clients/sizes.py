"""What a model's name and its number of weights say about it."""

import re

__all__ = ["SMALL", "named_parameters"]

SMALL = 1_000_000_000
"""Models of fewer weights get compact prompts and are not trusted as judges."""

SIZE = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)([bm])(?![a-z0-9])", re.IGNORECASE)


def named_parameters(name: str) -> int | None:
    """Return how many weights a model's name claims; None when it says nothing.

    >>> named_parameters("Qwen/Qwen2.5-0.5B-Instruct")
    500000000
    >>> named_parameters("gpt-4o")
    """
    sizes = SIZE.findall(name.replace("_", "-"))
    if not sizes:
        return None
    number, unit = sizes[-1]
    return int(float(number) * (1e9 if unit in "bB" else 1e6))
