"""Messages that say what an earlier message of the same role said, within and across trees.

A message is compared as a message: that threads share their beginnings, as siblings do by
design, makes nothing alike. Texts wait in a temporary file, so memory grows by less than half a
kilobyte a message whatever its length.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from tempfile import TemporaryFile
from typing import Any, Literal, NamedTuple
from weakref import finalize

from dialoom.evaluators.near_identical import contradict
from dialoom.evaluators.text import likeness, normalised
from dialoom.messages import Role, messages
from dialoom.near import Sketches
from dialoom.quality import Duplicates
from dialoom.records import is_authored
from dialoom.tree import TreeRecord

__all__ = ["JACCARD", "LEXICAL", "Duplicate", "DuplicateTexts", "alike", "jaccard"]

JACCARD = 0.7
"""Share of word triples in common, 0 to 1, from which two texts are near-duplicates."""
LEXICAL = 0.9
"""rapidfuzz `ratio` of normalised texts, 0 to 1, from which two texts are near-duplicates."""
AGREEING = 26
"""See `dialoom.near.AGREEING`: what is alike by either measure has more than half in common."""
LONG = 30
"""Words from which a number or a denial more or less doesn't make another text."""
MIN_WORDS = 5
"""Shorter messages ("Yes, please.") are said again in all innocence and are left alone."""
EXAMPLES = 5
READ = 512
"""Texts that are remembered while clusters are made: those of a few buckets."""
TRIPLES = 128
"""Texts whose word triples are remembered, some 5 kB each."""


class Duplicate(NamedTuple):
    """A message and the earliest one that says the same."""

    message_id: str
    of: str
    kind: Literal["exact", "near"]
    within: bool
    """True when both are in one tree."""


class DuplicateTexts:
    """Finds duplicates among the messages of trees that are added one by one."""

    def __init__(self, *, most: int | None = None) -> None:
        """Make an empty collection.

        Args:
            most: Messages that are looked at, the first of the run; None looks at all. The tree
                in which that many are reached is taken whole.
        """
        self._by_role: dict[Role, _Texts] = {}
        self._most, self._count = most, 0
        self._trees = 0
        self._found: list[Duplicate] = []
        self._compared = -1

    def add(self, record: TreeRecord) -> None:
        """Take the messages of a tree into account, best replies first."""
        if self._most is not None and self._count >= self._most:
            return
        for message in messages(record.tree):
            if not is_authored(record, message):
                self._count += 1
                texts = self._by_role.setdefault(message.role, _Texts())
                texts.add(message.message_id, self._trees, normalised(message.text))
        self._trees += 1

    def duplicates(self) -> Sequence[Duplicate]:
        """Return every message that says what an earlier one said, by role in their order."""
        if self._compared != self._trees:
            by_role = (self._by_role[role] for role in sorted(self._by_role))
            self._found = [one for texts in by_role for one in texts.duplicates()]
            self._compared = self._trees
        return self._found

    def found(self) -> Mapping[str, Any]:
        """Return the field `duplicates` of `Quality`."""
        figures = _figures(self.duplicates())
        return {"duplicates": figures.model_copy(update={"messages": self._count})}


def jaccard(one: str, other: str, *, size: int = 3) -> float:
    """Return the share of word n-grams that two normalised texts have in common, 0 to 1.

    >>> jaccard("a b c d", "a b c e")
    0.3333333333333333
    """
    ours, theirs = _grams(one, size), _grams(other, size)
    shared = len(ours & theirs)
    return shared / (len(ours) + len(theirs) - shared) if ours or theirs else 1.0


def alike(one: str, other: str) -> bool:
    """Return whether two normalised texts are near-duplicates."""
    is_like = likeness(one, other, least=LEXICAL) > 0
    if min(one.count(" "), other.count(" ")) < LONG:
        return (is_like or jaccard(one, other) >= JACCARD) and not contradict(one, other)
    return (is_like and not contradict(one, other)) or jaccard(one, other) >= JACCARD


@lru_cache(TRIPLES)
def _grams(text: str, size: int) -> frozenset[tuple[str, ...]]:
    words = text.split()
    return frozenset(zip(*(words[start:] for start in range(size)), strict=False))


class _Spool:
    """Texts in a temporary file, by number."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - open for as long as this object is there
        finalize(self, self._file.close)
        self._ends = array("Q", [0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def append(self, data: bytes) -> None:
        self._file.write(data)
        self._ends.append(self._ends[-1] + len(data))

    def text(self, number: int) -> str:
        start, end = self._ends[number], self._ends[number + 1]
        self._file.seek(start)
        return self._file.read(end - start).decode(errors="surrogatepass")


class _Texts:
    """The messages of one role; every text is kept once."""

    def __init__(self) -> None:
        self._texts, self._ids = _Spool(), _Spool()
        self._numbers: dict[bytes, int] = {}
        self._sketches = Sketches()
        self._trees, self._said = array("I"), array("I")
        """Of each message that was added, the tree and the number of its text."""

    def add(self, message_id: str, tree: int, text: str) -> None:
        if text.count(" ") + 1 < MIN_WORDS:
            return
        data = text.encode(errors="surrogatepass")
        digest = blake2b(data, digest_size=16).digest()
        number = self._numbers.setdefault(digest, len(self._texts))
        if number == len(self._texts):
            self._sketches.add(text)
            self._texts.append(data)
        self._ids.append(message_id.encode(errors="surrogatepass"))
        self._trees.append(tree)
        self._said.append(number)

    def duplicates(self) -> Iterator[Duplicate]:
        read = lru_cache(READ)(self._texts.text)
        clusters = self._sketches.clusters(
            lambda one, other: alike(read(one), read(other)), agreeing=AGREEING
        )
        earliest: dict[int, int] = {}
        seen = bytearray(len(self._texts))
        for place, (tree, text) in enumerate(zip(self._trees, self._said, strict=True)):
            first = earliest.setdefault(clusters[text], place)
            if first != place:
                kind: Literal["exact", "near"] = "exact" if seen[text] else "near"
                own, other = self._ids.text(place), self._ids.text(first)
                yield Duplicate(own, other, kind, self._trees[first] == tree)
            seen[text] = True


def _figures(found: Sequence[Duplicate]) -> Duplicates:
    return Duplicates(
        exact=sum(one.kind == "exact" for one in found),
        near=sum(one.kind == "near" for one in found),
        within=sum(one.within for one in found),
        across=sum(not one.within for one in found),
        clusters=len({one.of for one in found}),
        threshold=JACCARD,
        examples=tuple((one.of, one.message_id) for one in found[:EXAMPLES]),
    )
