"""Openings that a model writes, held against those of the trees before.

Each tree waits until the one before it has its opening, so what counts as a repeat depends on the
order of the trees alone and not on which was quicker, nor on how often a run was taken up. Only
openings wait for each other: their first drafts are drawn side by side, and the rest of a tree
grows as soon as its own is settled.
"""

import asyncio
from collections.abc import Iterable, Mapping

from dialoom.evaluators.duplicates import MIN_WORDS, alike
from dialoom.evaluators.text import normalised
from dialoom.near import KnownTexts

__all__ = ["RunOpenings"]


class RunOpenings:
    """The openings of a run's trees, in the order of their numbers."""

    def __init__(self, pending: Iterable[int], written: Mapping[int, str]) -> None:
        """Take the trees that are to be grown, in the order in which they begin.

        Args:
            pending: Their numbers, ascending.
            written: Openings of the trees that are finished, by number.
        """
        self._texts = dict(written)
        self._settled = {number: asyncio.Event() for number in pending}
        self._before = dict(zip([*self._settled][1:], self._settled, strict=False))
        self._order = sorted({*written, *self._settled})
        self._known = KnownTexts(alike)
        self._added = 0

    async def repeats(self, number: int, text: str) -> bool:
        """Return whether an earlier tree's opening says nearly the same as a text.

        Waits until all earlier trees have their openings.
        """
        if number in self._before:
            await self._settled[self._before[number]].wait()
        while self._added < len(self._order) and self._order[self._added] < number:
            self._add(self._texts.get(self._order[self._added], ""))
            self._added += 1
        return _is_long(text) and self._known.like(normalised(text)) is not None

    def settle(self, number: int, text: str | None) -> None:
        """Say what a tree begins with; None when it came to nothing."""
        if number in self._settled:
            if text is not None:
                self._texts[number] = text
            self._settled[number].set()

    def _add(self, text: str) -> None:
        if _is_long(text):
            self._known.add(normalised(text))


def _is_long(text: str) -> bool:
    return normalised(text).count(" ") + 1 >= MIN_WORDS
