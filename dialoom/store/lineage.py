"""What each message of a tree rests on: who spoke before it, which models wrote that."""

import sqlite3
from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["Lineage", "lineages"]

QUERY = """
SELECT message_id, json_extract(message, '$.parent_id'), json_extract(notes, '$.speaker'),
    json_extract(notes, '$.model'),
    EXISTS (SELECT 1 FROM verdicts v WHERE v.message_id = m.message_id AND v.kind = 'critic')
FROM messages m WHERE tree = ? ORDER BY place
"""


class Lineage(NamedTuple):
    """Who made a message and the thread above it."""

    speakers: frozenset[str]
    models: frozenset[str]
    judged: bool
    """Whether a critic judged the message itself."""


ROOT = Lineage(frozenset(), frozenset(), judged=False)


def lineages(database: sqlite3.Connection, tree: int) -> Mapping[str, Lineage]:
    """Return the lineage of every message of a tree, by message id."""
    found: dict[str, Lineage] = {}
    for message_id, parent_id, speaker, model, judged in database.execute(QUERY, (tree,)):
        above = found.get(parent_id, ROOT)
        found[message_id] = Lineage(
            above.speakers if speaker in above.speakers else above.speakers | {speaker},
            above.models if model is None or model in above.models else above.models | {model},
            bool(judged),
        )
    return found
