"""Names made from content: ids of rows, and marks of texts seen before."""

from collections.abc import Iterable
from hashlib import blake2b

from pydantic_core import to_json

from dialoom.near import normalised

__all__ = ["SeenTexts", "row_id"]


def row_id(*content: object) -> str:
    """Return 16 hexadecimal digits that change when any of the content does."""
    return blake2b(to_json(content), digest_size=8).hexdigest()


class SeenTexts:
    """Remembers texts by an 8-byte digest, so that a million take some 60 MB."""

    def __init__(self) -> None:
        self._digests: set[int] = set()

    def add(self, texts: Iterable[str]) -> bool:
        """Remember texts, taken together; return False when they were seen before."""
        joined = "\0".join(map(normalised, texts)).encode(errors="surrogatepass")
        digest = int.from_bytes(blake2b(joined, digest_size=8).digest(), "big")
        if digest in self._digests:
            return False
        self._digests.add(digest)
        return True
