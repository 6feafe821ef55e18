"""Which keys were surely never written, so that nobody looks them up."""

from collections.abc import Iterator

__all__ = ["KeyFilter"]

KEY_BITS = 21
"""Two to the power of this are the bits of a `KeyFilter`: 256 kB."""


class KeyFilter:
    """A Bloom filter: knows of most keys that they were never added, in memory that never grows.

    After 100,000 keys one in 400 others is taken for an added one; after a million, two in five.
    The shares are those of B. H. Bloom, Communications of the ACM 13 (1970), for three bits a key.
    """

    def __init__(self) -> None:
        self._bits = bytearray(2**KEY_BITS // 8)

    def add(self, key: str) -> None:
        for byte, bit in self._places(key):
            self._bits[byte] |= bit

    def __contains__(self, key: str) -> bool:
        return all(self._bits[byte] & bit for byte, bit in self._places(key))

    @staticmethod
    def _places(key: str) -> Iterator[tuple[int, int]]:
        found = hash(key)
        for _ in range(3):
            place = found & (2**KEY_BITS - 1)
            yield place >> 3, 1 << (place & 7)
            found >>= KEY_BITS
