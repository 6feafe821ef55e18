"""Open-Assistant message trees, one a line.

Source: `oasst_data/schemas.py` and `writer.py`. Every node carries all 20 keys, nulls included,
which reads under pydantic 1 and 2 alike.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import ClassVar

from pydantic_core import PydanticSerializationError

from dialoom.errors import RowRejected
from dialoom.exporters.base import Exporter, FileLine, Row
from dialoom.messages import Message, MessageTree, messages, tree_line
from dialoom.tree import TreeRecord

__all__ = ["Oasst", "check_ids", "ordered"]


class Oasst(Exporter):
    """Writes the trees themselves: replies by rank, unranked last, labels and all."""

    name: ClassVar[str] = "oasst"
    file_name: ClassVar[str] = "trees.jsonl"
    nested: ClassVar[bool] = True

    def tree_rows(self, record: TreeRecord) -> Iterator[Row]:
        """Yield the tree as a JSON-ready dict; nothing when it has no prompt.

        Raises:
            RowRejected: its ids don't fit together, or a thread has more than 250 messages.
        """
        tree = self._tree(record)
        if tree is not None:
            with _deep_refused(tree):
                row = tree.model_dump(mode="json")
            yield row

    def tree_lines(self, record: TreeRecord) -> Iterator[FileLine]:
        """Yield the tree as a line of JSON; the same as its row, several times as fast.

        Raises:
            RowRejected: its ids don't fit together, or a thread has more than 250 messages.
        """
        tree = self._tree(record)
        if tree is not None:
            with _deep_refused(tree):
                line = tree_line(tree).encode()
            yield FileLine(self.file_name, line)

    def _tree(self, record: TreeRecord) -> MessageTree | None:
        if record.tree.prompt is None:
            self.dropped["tree without a prompt"] += 1
            return None
        check_ids(record.tree)
        return ordered(record.tree)


@contextmanager
def _deep_refused(tree: MessageTree) -> Iterator[None]:
    try:
        yield
    except (PydanticSerializationError, RecursionError, ValueError) as error:
        raise RowRejected(
            f"tree {tree.message_tree_id!r}: a thread has too many messages to be nested; "
            "oasst_messages can hold it"
        ) from error


def ordered(tree: MessageTree) -> MessageTree:
    """Return a tree with replies by rank, the unranked last in their old order; leaves have []."""
    if tree.prompt is None or all(_is_ordered(message) for message in messages(tree)):
        return tree
    copies: dict[int, Message] = {}
    for message in reversed(list(messages(tree))):
        replies = sorted((copies.pop(id(reply)) for reply in message.replies or ()), key=_place)
        copies[id(message)] = message.model_copy(update={"replies": replies})
    return tree.model_copy(update={"prompt": copies[id(tree.prompt)]})


def _is_ordered(message: Message) -> bool:
    replies = message.replies
    if replies is None:
        return False
    return all(_place(one) <= _place(next_) for one, next_ in pairwise(replies))


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
