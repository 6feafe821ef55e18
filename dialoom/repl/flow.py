"""Words that come piece by piece, set in by a margin and broken at the edge of the screen."""

import re

from rich.cells import cell_len

from dialoom.display import printable

__all__ = ["Flow"]


class Flow:
    """Turns pieces of a text into what a screen is sent; a word is held back until it ends."""

    def __init__(self, *, width: int | None, margin: int) -> None:
        """Begin a text.

        Args:
            width: Of the screen in cells; None breaks no lines.
            margin: In cells, on the left.
        """
        self._width = None if width is None else max(20, width)
        self._margin = " " * margin
        self._column = 0
        self._held = ""
        self._begun = False

    def add(self, piece: str) -> str:
        """Return what to show after this piece."""
        self._held += piece
        *whole, self._held = re.split(r"(\s)", self._held)
        return "".join(map(self._placed, whole))

    def end(self) -> str:
        """Return what is left, with the end of the last line."""
        rest, self._held = self._placed(self._held), ""
        return rest + ("\n" if self._column else "")

    def _placed(self, word: str) -> str:
        if not word or (not self._begun and word.isspace()):
            return ""
        self._begun = True
        if word == "\n":
            self._column = 0
            return "\n"
        if word.isspace():
            word = " "
        out = ""
        for part in self._parts(printable(word)):
            out += self._set(part)
        return out

    def _parts(self, word: str) -> list[str]:
        """Return a word in parts that fit on a line."""
        if self._width is None or cell_len(word) <= self._width - len(self._margin):
            return [word]
        return list(word)

    def _set(self, part: str) -> str:
        lead = ""
        if self._width is not None and self._column + cell_len(part) > self._width:
            self._column, lead = 0, "\n"
            if part == " ":
                return lead
        if self._column == 0:
            if part == " ":
                return lead
            lead += self._margin
            self._column = len(self._margin)
        self._column += cell_len(part)
        return lead + part
