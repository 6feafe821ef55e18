"""Model text made safe for a terminal, and the consoles it goes to."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["printable", "stderr", "stdout"]

KEPT = {"\n", "\t", "\u200d"}
"""Control and format characters that do no harm: line ends, tabs, emoji joiners."""


def printable(text: str) -> str:
    r"""Return the text with control characters, escapes and direction overrides made visible.

    >>> print(printable("a" + chr(27) + "[31mb"))
    a\x1b[31mb
    """
    return "".join(
        character
        if character in KEPT or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co")
        else character.encode("unicode_escape", "surrogatepass").decode()
        for character in text
    )


def stderr() -> Console:
    """Return a console on stderr, for everything that is not data."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def stdout() -> Console:
    """Return a console on stdout, for data."""
    from rich.console import Console

    return Console(highlight=False)
