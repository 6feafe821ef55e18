"""Clusters of texts that are nearly the same.

MinHash by one permutation (Li, Owen, Zhang 2012) finds candidates among any number of texts in
one pass; rapidfuzz decides. A cluster is closed under "nearly the same as one of its texts".
"""

from collections.abc import Iterable, Iterator
from zlib import crc32

from rapidfuzz import fuzz

from dialoom.exporters.digests import normalised

__all__ = ["clusters"]

SHINGLE = 4
"""Bytes of the pieces whose sets are compared."""
BINS = 63
ROWS = 3
"""Bins of a band; texts that agree in one band of 21 are compared, which finds 94 of 100 pairs
that share half of their pieces, and nearly all that share more."""
REPRESENTATIVES = 8
"""Texts of a band's bucket that a new one is compared with at most."""


def clusters(texts: Iterable[str], *, near: float) -> list[int]:
    """Return for each text the number of its cluster, counted from 0 as they appear.

    Args:
        texts: The texts.
        near: rapidfuzz `ratio` of normalised texts, 0 to 1, from which two are one.
    """
    known: list[str] = []
    parents: list[int] = []
    buckets: dict[tuple[int, ...], list[int]] = {}
    for place, text in enumerate(map(normalised, texts)):
        known.append(text)
        parents.append(place)
        for band in _bands(text):
            bucket = buckets.setdefault(band, [])
            joined = any(_joined(parents, known, place, other, near=100 * near) for other in bucket)
            if not joined and len(bucket) < REPRESENTATIVES:
                bucket.append(place)
    numbers: dict[int, int] = {}
    return [numbers.setdefault(_root(parents, place), len(numbers)) for place in range(len(known))]


def _joined(parents: list[int], known: list[str], place: int, other: int, *, near: float) -> bool:
    """Return whether two texts are one, after putting them into one cluster."""
    one, two = _root(parents, place), _root(parents, other)
    if one != two and fuzz.ratio(known[place], known[other], score_cutoff=near) > 0:
        parents[max(one, two)] = two = one = min(one, two)
    return one == two


def _root(parents: list[int], place: int) -> int:
    while parents[place] != place:
        parents[place] = place = parents[parents[place]]
    return place


def _bands(text: str) -> Iterator[tuple[int, ...]]:
    data = text.encode(errors="surrogatepass")
    least = [-1] * BINS
    for start in range(max(1, len(data) - SHINGLE + 1)):
        piece = crc32(data[start : start + SHINGLE])
        slot, value = piece % BINS, piece // BINS
        if least[slot] < 0 or value < least[slot]:
            least[slot] = value
    filled = _filled(least)
    for start in range(0, BINS, ROWS):
        yield (start, *filled[start : start + ROWS])


def _filled(least: list[int]) -> list[int]:
    """Return the bins, each empty one with what the next one after it holds."""
    filled, following = [0] * BINS, next(value for value in least if value >= 0)
    for slot in range(BINS - 1, -1, -1):
        following = least[slot] if least[slot] >= 0 else following
        filled[slot] = following
    return filled
