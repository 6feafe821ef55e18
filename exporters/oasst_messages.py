"""Open-Assistant's flat files: one message a line, depth first, one tree after another.

Source: oasst-data, `write_messages` and examples/tree_to_messages.py; `replies` is null, and each
message names its tree and the tree's state.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

from dialoom.exporters.base import Exporter, Row
from dialoom.exporters.oasst import check_ids, ordered
from dialoom.messages import Detoxify, messages
from dialoom.tree import TreeRecord

__all__ = ["OasstMessages"]


class OasstMessages(Exporter):
    """Writes every message of every tree, replies by rank, unranked last.

    Args:
        columns: Labels and emojis as lists beside each other, without replies and events: the 18
            columns of Open-Assistant's releases on the Hub. Files of parquet always have them.

    Raises:
        ValueError: an option has a value it can't have.
    """

    name: ClassVar[str] = "oasst_messages"
    file_name: ClassVar[str] = "messages.jsonl.gz"
    example: ClassVar[Row] = {
        "message_id": "",
        "parent_id": "",
        "user_id": "",
        "created_date": "",
        "text": "",
        "role": "",
        "lang": "",
        "review_count": 0,
        "review_result": True,
        "deleted": False,
        "rank": 0,
        "synthetic": True,
        "model_name": "",
        "emojis": {"name": [""], "count": [0]},
        "labels": {"name": [""], "value": [0.0], "count": [0]},
        "detoxify": dict.fromkeys(Detoxify.model_fields, 0.0),
        "message_tree_id": "",
        "tree_state": "",
    }

    def __init__(self, *, columns: bool = False) -> None:
        super().__init__()
        if not isinstance(columns, bool):
            raise ValueError(f"columns is {columns!r}; it is true or false")
        self._columns = columns

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
            row = message.model_copy(update=of_tree).model_dump(mode="json")
            yield _in_columns(row) if self._columns or self.parquet else row


def _in_columns(row: Row) -> Row:
    emojis: dict[str, int] = row["emojis"] or {}
    labels: dict[str, Any] = row["labels"] or {}
    lists = {
        "emojis": {"name": list(emojis), "count": list(emojis.values())},
        "labels": {
            "name": list(labels),
            "value": [label["value"] for label in labels.values()],
            "count": [label["count"] for label in labels.values()],
        },
    }
    return {**{name: row[name] for name in OasstMessages.example}, **lists}
