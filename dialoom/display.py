"""Model text made safe for a terminal, and the consoles it goes to."""

from __future__ import annotations

import re
import sys
import unicodedata
from io import TextIOBase
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["printable", "stderr", "stdout"]

KEPT = {"\n", "\t", "\u200d"}
"""Control and format characters that do no harm: line ends, tabs, emoji joiners."""

_PADDING = re.compile(r"[ \t]+(?=\n)")


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
    return _console(sys.stderr)


def stdout() -> Console:
    """Return a console on stdout, for data."""
    return _console(sys.stdout)


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    file = stream if stream.isatty() else _Trimmed(stream)
    return Console(file=file, highlight=False)  # type: ignore[arg-type]


class _Trimmed(TextIOBase):
    """A file or pipe that tables are written to without the spaces that fill up their lines."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding

    def write(self, text: str) -> int:
        self._stream.write(_PADDING.sub("", text))
        return len(text)

    def flush(self) -> None:
        self._stream.flush()

    def fileno(self) -> int:
        return self._stream.fileno()
