"""Open-Assistant's flat files: one message a line, depth first, one tree after another.

Source: oasst-data, `write_messages` and examples/tree_to_messages.py; `replies` is null, and each
message names its tree and the tree's state.
"""

from collections.abc import Iterator
from typing import ClassVar

from dialoom.exporters.base import Exporter, Row
from dialoom.exporters.oasst import check_ids, ordered
from dialoom.messages import messages
from dialoom.tree import TreeRecord

__all__ = ["OasstMessages"]


class OasstMessages(Exporter):
    """Writes every message of every tree, replies by rank, unranked last."""

    name: ClassVar[str] = "oasst_messages"
    file_name: ClassVar[str] = "messages.jsonl.gz"

    def tree_rows(self, record: TreeRecord) -> Iterator[Row]:
        """Yield the messages of one tree.

        Raises:
            RowRejected: the ids of the messages don't fit together.
        """
        if record.tree.prompt is None:
            self.dropped["tree without a prompt"] += 1
            return
        check_ids(record.tree)
        of_tree = {
            "replies": None,
            "message_tree_id": record.tree.message_tree_id,
            "tree_state": record.tree.tree_state,
        }
        for message in messages(ordered(record.tree)):
            yield message.model_copy(update=of_tree).model_dump(mode="json")
