"""Names made from content: ids of rows, and marks of texts seen before."""

from array import array
from collections.abc import Iterable
from hashlib import blake2b

from pydantic_core import to_json

from dialoom.near import normalised

__all__ = ["SeenTexts", "row_id"]


def row_id(*content: object) -> str:
    """Return 16 hexadecimal digits that change when any of the content does."""
    return blake2b(to_json(content), digest_size=8).hexdigest()


class SeenTexts:
    """Remembers texts by an 8-byte digest: a million take 17 MB, a third of what a set takes.

    The digests stand in a table with open addressing, which doubles when it is two thirds full.
    """

    def __init__(self) -> None:
        self._table = _empty(1 << 10)
        self._count = 0

    def add(self, texts: Iterable[str]) -> bool:
        """Remember texts, taken together; return False when they were seen before."""
        joined = "\0".join(map(normalised, texts)).encode(errors="surrogatepass")
        digest = int.from_bytes(blake2b(joined, digest_size=8).digest(), "big") or 1
        place = _place(self._table, digest)
        if self._table[place]:
            return False
        self._table[place] = digest
        self._count += 1
        if 3 * self._count > 2 * len(self._table):
            self._grow()
        return True

    def _grow(self) -> None:
        table = _empty(2 * len(self._table))
        for digest in self._table:
            if digest:
                table[_place(table, digest)] = digest
        self._table = table


def _empty(size: int) -> "array[int]":
    return array("Q", bytes(8 * size))


def _place(table: "array[int]", digest: int) -> int:
    """Return where a digest stands or would; the size of the table is a power of two."""
    last = len(table) - 1
    place = digest & last
    while table[place] not in (0, digest):
        place = (place + 1) & last
    return place
