"""Openings that a model writes, held against those of the trees before.

Every tree drafts its opening, and a draft that nearly repeats one of an earlier tree is drawn anew.
A draft of round r is held against the drafts of rounds up to r of all earlier trees, whether they
kept them or not: so no tree waits until others have settled on theirs, which would draw them one
after another, and what counts as a repeat depends on the order of the trees alone and not on which
was quicker, nor on how often a run was taken up.
"""

import asyncio
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from heapq import merge

from dialoom.evaluators.duplicates import MIN_WORDS, alike
from dialoom.evaluators.text import normalised
from dialoom.near import KnownTexts

__all__ = ["RunOpenings"]

MOST = 1_000
"""Openings that later ones are held against: memory does not grow with the run."""


class RunOpenings:
    """The openings of a run's trees; one that can't matter to another any more is let go."""

    def __init__(
        self, pending: Iterable[int], written: Iterable[tuple[int, Sequence[str]]]
    ) -> None:
        """Take the trees of a run.

        Args:
            pending: Numbers of those that are to be grown, in order.
            written: Number and drafts of those that are finished, in order; the last draft is the
                opening.
        """
        grown = array("I", pending)
        self._drafts = _telling(pair for pair in written if _place(grown, pair[0]) is None)
        self._order = array("I", merge(grown, self._drafts))
        self._is_settled = bytearray(number in self._drafts for number in self._order)
        self._rounds = [_Round(0)]
        self._looked_at = 0
        """Places before this one hold no drafts but those that later rounds need."""

    async def repeats(self, number: int, text: str) -> bool:
        """Return whether an earlier tree has drafted nearly the same as this tree's next draft.

        Waits until all earlier trees have drafted as often, or have settled on less.
        """
        drafts = self._drafts.setdefault(number, [])
        drafts.append(text)
        while len(self._rounds) < len(drafts):
            self._rounds.append(_Round(len(self._rounds)))
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._rounds[len(drafts) - 1].asked[number] = answer
        self._go_on()
        return await answer

    def settle(self, number: int, text: str | None) -> tuple[str, ...]:
        """Say what a tree begins with; None when it came to nothing.

        Returns:
            What it has drafted, its opening last.
        """
        place = _place(self._order, number)
        if place is None or self._is_settled[place]:
            return ()
        drafts = self._drafts.setdefault(number, [])
        if text is not None and drafts[-1:] != [text]:
            drafts.append(text)
        self._is_settled[place] = True
        self._go_on()
        return tuple(drafts)

    def _go_on(self) -> None:
        """Answer, in the order of the trees, whoever need not wait any longer."""
        for this in self._rounds:
            while this.place < len(self._order):
                number = self._order[this.place]
                drafts = self._drafts.get(number, ())
                if len(drafts) <= this.number and not self._is_settled[this.place]:
                    break
                this.pass_by(number, drafts)
        self._forget()

    def _forget(self) -> None:
        """Let go of settled trees that all rounds have passed, if a later round needs no more.

        A later round knows at least the first draft of every tree that the first round has
        passed: where that one was full, it is full too.
        """
        passed = min(this.place for this in self._rounds)
        full = self._rounds[0].full_at
        while self._looked_at < passed and self._is_settled[self._looked_at]:
            number = self._order[self._looked_at]
            is_beyond = full is not None and self._looked_at > full
            if is_beyond or not any(map(_is_long, self._drafts.get(number, ()))):
                self._drafts.pop(number, None)
            self._looked_at += 1


class _Round:
    """The drafts of one round on their way past those of the trees before."""

    def __init__(self, number: int) -> None:
        self.number, self.place = number, 0
        self.full_at: int | None = None
        """Place of the tree whose drafts were the last to be remembered."""
        self.asked: dict[int, asyncio.Future[bool]] = {}
        self._known, self._count = KnownTexts(alike), 0

    def pass_by(self, tree: int, drafts: Sequence[str]) -> None:
        """Answer a tree, and remember what it has drafted so far."""
        asking = self.asked.pop(tree, None)
        if asking is not None and not asking.done():
            text = drafts[self.number]
            known = _is_long(text) and self._known.like(normalised(text)) is not None
            asking.set_result(known)
        for text in drafts[: self.number + 1]:
            if self._count < MOST and _is_long(text):
                self._known.add(normalised(text))
                self._count += 1
                if self._count == MOST:
                    self.full_at = self.place
        self.place += 1


def _telling(written: Iterable[tuple[int, Sequence[str]]]) -> dict[int, list[str]]:
    """Return the drafts of finished trees that some round can still come to know."""
    telling: dict[int, list[str]] = {}
    count = 0
    for number, drafts in written:
        if count == MOST:
            break
        if any(map(_is_long, drafts)):
            telling[number] = list(drafts)
            count += _is_long(drafts[0])
    return telling


def _place(numbers: Sequence[int], number: int) -> int | None:
    """Return where a number stands among sorted ones."""
    place = bisect_left(numbers, number)
    return place if place < len(numbers) and numbers[place] == number else None


def _is_long(text: str) -> bool:
    return normalised(text).count(" ") + 1 >= MIN_WORDS
