"""Openings that a model writes, held against those of the trees before.

Every tree drafts its opening, and a draft that nearly repeats one of an earlier tree is drawn anew.
A draft of round r is held against the drafts of rounds up to r of all earlier trees, whether they
kept them or not: so no tree waits until others have settled on theirs, which would draw them one
after another, and what counts as a repeat depends on the order of the trees alone and not on which
was quicker, nor on how often a run was taken up.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from dialoom.evaluators.duplicates import MIN_WORDS, alike
from dialoom.evaluators.text import normalised
from dialoom.near import KnownTexts

__all__ = ["RunOpenings"]

MOST = 1_000
"""Openings that later ones are held against: memory does not grow with the run."""


class RunOpenings:
    """The openings of a run's trees, in the order of their numbers."""

    def __init__(self, pending: Iterable[int], written: Mapping[int, Sequence[str]]) -> None:
        """Take the trees of a run.

        Args:
            pending: Numbers of those that are to be grown.
            written: Drafts of those that are finished, by number; the last is the opening.
        """
        grown = set(pending)
        self._drafts = {number: list(drafts) for number, drafts in written.items()}
        self._drafts |= {number: [] for number in grown}
        self._is_settled = {number: number not in grown for number in self._drafts}
        self._order = sorted(self._drafts)
        self._rounds: list[_Round] = []

    async def repeats(self, number: int, text: str) -> bool:
        """Return whether an earlier tree has drafted nearly the same as this tree's next draft.

        Waits until all earlier trees have drafted as often, or have settled on less.
        """
        drafts = self._drafts[number]
        drafts.append(text)
        while len(self._rounds) < len(drafts):
            self._rounds.append(_Round(len(self._rounds)))
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._rounds[len(drafts) - 1].asked[number] = answer
        self._go_on()
        return await answer

    def settle(self, number: int, text: str | None) -> None:
        """Say what a tree begins with; None when it came to nothing."""
        if number not in self._drafts or self._is_settled[number]:
            return
        if text is not None and self._drafts[number][-1:] != [text]:
            self._drafts[number].append(text)
        self._is_settled[number] = True
        self._go_on()

    def drafts(self, number: int) -> tuple[str, ...]:
        """Return what a tree has drafted, its opening last."""
        return tuple(self._drafts.get(number, ()))

    def _go_on(self) -> None:
        """Answer, in the order of the trees, whoever need not wait any longer."""
        for this in self._rounds:
            while this.place < len(self._order):
                number = self._order[this.place]
                drafts = self._drafts[number]
                if len(drafts) <= this.number and not self._is_settled[number]:
                    break
                this.pass_by(number, drafts)


class _Round:
    """The drafts of one round on their way past those of the trees before."""

    def __init__(self, number: int) -> None:
        self.number, self.place = number, 0
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
        self.place += 1


def _is_long(text: str) -> bool:
    return normalised(text).count(" ") + 1 >= MIN_WORDS
