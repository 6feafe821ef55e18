"""A few messages to read: drawn at random, the same ones each time."""

from hashlib import blake2b
from heapq import heappush, heapreplace
from typing import NamedTuple

from dialoom.report.facts import Facts
from dialoom.tree import TreeRecord

__all__ = ["Example", "Sampled"]


class Example(NamedTuple):
    """A message with the one it replies to."""

    tree: int
    before: str
    """What it replies to; empty for an opening."""
    facts: Facts


class Sampled:
    """So many messages of all that are offered, each as likely as any other.

    Messages with the smallest digests of their ids are kept: a draw that needs no seed and does
    not depend on the order.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._heap: list[tuple[int, int, Example]] = []
        self._offered = 0

    def add(self, record: TreeRecord, found: list[Facts], *, kept: bool) -> None:
        """Offer the assistant's kept messages of a tree, or all its dropped ones."""
        texts = {facts.message.message_id: facts.message.text for facts in found}
        for facts in found:
            if (facts.dropped is None) != kept or (kept and facts.message.role != "assistant"):
                continue
            before = texts.get(facts.message.parent_id or "", "")
            self._offer(Example(record.number, before, facts))

    def examples(self) -> list[Example]:
        """Return what was drawn, in the order of the run."""
        return [example for _, _, example in sorted(self._heap, key=lambda entry: entry[1])]

    def _offer(self, example: Example) -> None:
        self._offered += 1
        key = blake2b(example.facts.message.message_id.encode(), digest_size=8).digest()
        entry = (-int.from_bytes(key), self._offered, example)
        if len(self._heap) < self._size:
            heappush(self._heap, entry)
        elif entry[0] > self._heap[0][0]:
            heapreplace(self._heap, entry)
