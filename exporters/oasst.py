"""Open-Assistant message trees, one a line.

Source: `oasst_data/schemas.py` and `writer.py`. Every node carries all 20 keys, nulls included,
which reads under pydantic 1 and 2 alike.
"""

from collections.abc import Iterator
from typing import ClassVar

from dialoom.errors import RowRejected
from dialoom.exporters.base import Exporter, FileLine, Row
from dialoom.messages import Message, MessageTree, messages, tree_line
from dialoom.tree import TreeRecord

__all__ = ["Oasst", "check_ids", "ordered"]


class Oasst(Exporter):
    """Writes the trees themselves: replies by rank, unranked last, labels and all."""

    name: ClassVar[str] = "oasst"
    file_name: ClassVar[str] = "trees.jsonl"

    def tree_rows(self, record: TreeRecord) -> Iterator[Row]:
        """Yield the tree as a JSON-ready dict; nothing when it has no prompt.

        Raises:
            RowRejected: its ids don't fit together.
        """
        tree = self._tree(record)
        if tree is not None:
            yield tree.model_dump(mode="json")

    def tree_lines(self, record: TreeRecord) -> Iterator[FileLine]:
        """Yield the tree as a line of JSON; the same as its row, several times as fast.

        Raises:
            RowRejected: its ids don't fit together.
        """
        tree = self._tree(record)
        if tree is not None:
            yield FileLine(self.file_name, tree_line(tree).encode())

    def _tree(self, record: TreeRecord) -> MessageTree | None:
        if record.tree.prompt is None:
            self.dropped["tree without a prompt"] += 1
            return None
        tree = record.tree.model_copy(update={"prompt": ordered(record.tree.prompt)})
        check_ids(tree)
        return tree


def ordered(prompt: Message) -> Message:
    """Return a message with all below it, replies by rank, unranked last in their old order."""
    replies = sorted(map(ordered, prompt.replies or ()), key=_place)
    return prompt.model_copy(update={"replies": replies})


def _place(message: Message) -> tuple[bool, int]:
    return (message.rank is None, message.rank or 0)


def check_ids(tree: MessageTree) -> None:
    """Check what every reader of trees takes for granted: unique ids, each with its parent's.

    Raises:
        RowRejected: a message is there twice or names another parent.
    """
    seen: set[str] = set()
    for message in messages(tree):
        fault = ""
        if message.message_id in seen:
            fault = " is there twice"
        elif message.parent_id not in seen if seen else message.parent_id is not None:
            fault = f" has the parent {message.parent_id!r}, which is not above it"
        if fault:
            raise RowRejected(f"tree {tree.message_tree_id!r}: {message.message_id!r}{fault}")
        seen.add(message.message_id)
