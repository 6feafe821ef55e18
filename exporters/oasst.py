"""Open-Assistant message trees, one a line.

Source: `oasst_data/schemas.py` and `writer.py`. Every node carries all 20 keys, nulls included,
which reads under pydantic 1 and 2 alike.
"""

from collections.abc import Iterable, Iterator
from typing import ClassVar

from dialoom.errors import RowRejected
from dialoom.exporters.base import Exporter, Row
from dialoom.messages import Message, MessageTree, messages, tree_line
from dialoom.tree import TreeRecord

__all__ = ["Oasst", "ordered"]


class Oasst(Exporter):
    """Writes the trees themselves: replies by rank, unranked last, labels and all."""

    name: ClassVar[str] = "oasst"
    file_name: ClassVar[str] = "trees.jsonl"

    def rows(self, records: Iterable[TreeRecord]) -> Iterator[Row]:
        """Yield each tree as a JSON-ready dict.

        Raises:
            RowRejected: a tree has no prompt, or its ids don't fit together.
        """
        for tree in self._trees(records):
            yield tree.model_dump(mode="json")

    def lines(self, records: Iterable[TreeRecord]) -> Iterator[bytes]:
        """Yield each tree as a line of JSON; the same as `rows`, several times as fast.

        Raises:
            RowRejected: a tree has no prompt, or its ids don't fit together.
        """
        for tree in self._trees(records):
            yield tree_line(tree).encode()

    def _trees(self, records: Iterable[TreeRecord]) -> Iterator[MessageTree]:
        for record in records:
            if record.tree.prompt is None:
                self.dropped["tree without a prompt"] += 1
                continue
            tree = record.tree.model_copy(update={"prompt": ordered(record.tree.prompt)})
            _check(tree)
            yield tree


def ordered(prompt: Message) -> Message:
    """Return a message with all below it, replies by rank, unranked last in their old order."""
    replies = sorted(map(ordered, prompt.replies or ()), key=_place)
    return prompt.model_copy(update={"replies": replies})


def _place(message: Message) -> tuple[bool, int]:
    return (message.rank is None, message.rank or 0)


def _check(tree: MessageTree) -> None:
    """Check what every reader of trees takes for granted."""
    seen: set[str] = set()
    for message in messages(tree):
        if message.message_id in seen:
            raise RowRejected(
                f"tree {tree.message_tree_id!r}: {message.message_id!r} is there twice"
            )
        if message.parent_id is None if seen else message.parent_id is not None:
            raise RowRejected(
                f"tree {tree.message_tree_id!r}: {message.message_id!r}: wrong parent"
            )
        if message.parent_id is not None and message.parent_id not in seen:
            raise RowRejected(
                f"tree {tree.message_tree_id!r}: {message.message_id!r}: wrong parent"
            )
        seen.add(message.message_id)
