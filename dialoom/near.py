"""Clusters of texts that are nearly the same, among any number of texts.

Each text leaves a sketch of 231 bytes: MinHash by one permutation (Li, Owen, Zhang 2012) over its
pieces of four bytes. Texts whose sketches agree in a band and in enough of all bins are candidates;
the texts themselves decide, so nothing is merged on the word of a hash. A cluster is closed under
"nearly the same as one of its texts".
"""

import unicodedata
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence

from rapidfuzz import fuzz

__all__ = ["KnownTexts", "Sketches", "clusters", "normalised"]

BINS = 63
ROWS = 3
BANDS = BINS // ROWS
"""Texts that agree in one band of 21 are compared, which finds 94 of 100 pairs that share half of
their pieces, and nearly all that share more."""
AGREEING = 18
"""Bins of 63 in which candidates agree at least: texts with two fifths of their pieces in common
do in 97 of 100 cases, those with a fifth in 7. With 26 it is three fifths in 99, a third in 10."""
REPRESENTATIVES = 8
"""Texts of a band's bucket that a new one is compared with at most."""
REMEMBERED = 1 << 15
"""Pairs that were found to differ and are not compared again, in 8 bytes each."""
SKETCHED = 4_000
"""Characters at each end of a text that are sketched."""

_MASK = (1 << 64) - 1

Alike = Callable[[int, int], bool]
"""Whether the texts of these numbers are nearly the same."""


def normalised(text: str) -> str:
    """Return a text as it is compared: NFKC, case folded, white space collapsed."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


def clusters(texts: Iterable[str], *, near: float) -> list[int]:
    """Return for each text the number of its cluster, counted from 0 as they appear.

    Args:
        texts: The texts.
        near: rapidfuzz `ratio` of normalised texts, 0 to 1, from which two are one.
    """
    known = [normalised(text) for text in texts]
    sketches = Sketches()
    for text in known:
        sketches.add(text)

    def alike(one: int, other: int) -> bool:
        return fuzz.ratio(known[one], known[other], score_cutoff=100 * near) > 0

    return sketches.clusters(alike)


class KnownTexts:
    """Texts that are added one by one, each held against those before it."""

    def __init__(self, alike: Callable[[str, str], bool]) -> None:
        """Take what decides whether two normalised texts are nearly the same."""
        self._alike = alike
        self._texts: list[str] = []
        self._first: dict[int, int] = {}
        """The first text of each band; few bands have another, so a list for each is spared."""
        self._more: dict[int, list[int]] = {}

    def add(self, text: str) -> None:
        """Add a text, normalised as `alike` has it."""
        number = len(self._texts)
        for band in _banded(text):
            if self._first.setdefault(band, number) != number:
                bucket = self._more.setdefault(band, [])
                if len(bucket) < REPRESENTATIVES - 1:
                    bucket.append(number)
        self._texts.append(text)

    def like(self, text: str) -> str | None:
        """Return a text that was added and is nearly the same, or None."""
        bands = [band for band in _banded(text) if band in self._first]
        numbers = {self._first[band] for band in bands}
        numbers.update(*(self._more.get(band, ()) for band in bands))
        return next(
            (self._texts[n] for n in sorted(numbers) if self._alike(text, self._texts[n])), None
        )


class Sketches:
    """Sketches of texts by number, in the order in which they are added."""

    def __init__(self) -> None:
        self._bands = [array("Q") for _ in range(BANDS)]
        self._bins = bytearray()
        """The low byte of each bin."""

    def __len__(self) -> int:
        return len(self._bands[0])

    def add(self, text: str) -> None:
        """Add a text, normalised as its pieces are to be compared."""
        bins = _bins(text)
        self._bins.extend([value & 255 for value in bins])
        for band, start in zip(self._bands, range(0, BINS, ROWS), strict=True):
            band.append(hash(tuple(bins[start : start + ROWS])) & _MASK)

    def clusters(self, alike: Alike, *, agreeing: int = AGREEING) -> list[int]:
        """Return for each text the number of its cluster, counted from 0 as they appear.

        Args:
            alike: Decides of two candidates, the earlier one second.
            agreeing: Bins of 63 in which candidates agree at least; see `AGREEING`.
        """
        parents = list(range(len(self)))
        differing = array("Q", bytes(8 * REMEMBERED))

        def alike_once(one: int, other: int) -> bool:
            """Texts that are not alike meet again in other bands; a new pair ousts an old one."""
            pair = one << 32 | other
            slot = hash((one, other)) % REMEMBERED
            if differing[slot] == pair:
                return False
            if alike(one, other):
                return True
            differing[slot] = pair
            return False

        for keys in self._bands:
            for bucket in _shared(keys):
                self._join(parents, bucket, alike_once, agreeing)
        numbers: dict[int, int] = {}
        return [numbers.setdefault(_root(parents, at), len(numbers)) for at in range(len(parents))]

    def _join(self, parents: list[int], bucket: Sequence[int], alike: Alike, agreeing: int) -> None:
        """Join each text of a bucket with the representatives that it is nearly the same as."""
        representatives: list[tuple[int, int]] = []
        for number in bucket:
            own = int.from_bytes(self._bins[number * BINS : (number + 1) * BINS], "big")
            joined = False
            for other, bins in representatives:
                # equal bins leave a zero byte
                if (own ^ bins).to_bytes(BINS, "big").count(0) < agreeing:
                    continue
                one, two = _root(parents, number), _root(parents, other)
                if one == two or alike(number, other):
                    parents[max(one, two)] = min(one, two)
                    joined = True
            if not joined and len(representatives) < REPRESENTATIVES:
                representatives.append((number, own))


def _banded(text: str) -> list[int]:
    """Return a number for each band of a text; equal ones are taken for the same band."""
    bins = _bins(text)
    return [hash((start, *bins[start : start + ROWS])) for start in range(0, BINS, ROWS)]


def _shared(keys: Sequence[int]) -> Iterator[list[int]]:
    """Yield the numbers of the texts that have a key in common, for each such key."""
    first: dict[int, int] = {}
    buckets: dict[int, list[int]] = {}
    for number, key in enumerate(keys):
        before = first.setdefault(key, number)
        if before != number:
            buckets.setdefault(before, [before]).append(number)
    yield from buckets.values()


def _root(parents: list[int], number: int) -> int:
    while parents[number] != number:
        parents[number] = number = parents[parents[number]]
    return number


def _bins(text: str) -> list[int]:
    """Return the least hash of each bin. Hashes of integers aren't salted."""
    if len(text) > 2 * SKETCHED:
        text = text[:SKETCHED] + text[-SKETCHED:]
    data = text.encode(errors="surrogatepass")
    least: dict[int, int] = {}
    pieces = zip(data, data[1:], data[2:], data[3:], strict=False)
    for piece in sorted(set(map(hash, pieces))):  # so the first of each bin is its least
        slot = piece % BINS
        if slot not in least:
            least[slot] = piece // BINS
            if len(least) == BINS:
                break
    return _filled(least, int.from_bytes(data[:3], "big"))


def _filled(least: dict[int, int], empty: int) -> list[int]:
    """Return the bins, each empty one with what the next one after it holds."""
    filled, following = [0] * BINS, least[min(least)] if least else empty
    for slot in range(BINS - 1, -1, -1):
        following = least.get(slot, following)
        filled[slot] = following
    return filled
