"""Verdicts as rows of a run's database: what evaluators said, and why `keep` drops a message."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any, NamedTuple

from dialoom.verdicts import Verdict

__all__ = ["INSERT_VERDICT", "TreeVerdicts", "read_verdicts", "replace_drops", "verdict_row"]

INSERT_VERDICT = "INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

UNRATED = -1.0
"""Stands in the database for a verdict that is no rating; ratings are 0 to 1."""


class TreeVerdicts(NamedTuple):
    """The verdicts of one tree by message id."""

    said: dict[str, list[Verdict]]
    """In the order in which they were given."""
    drops: dict[str, Verdict]
    """Why `evaluate.keep` drops a message."""


def read_verdicts(database: sqlite3.Connection, number: int) -> TreeVerdicts:
    """Return the verdicts on the messages of a tree."""
    found = TreeVerdicts({}, {})
    for message_id, *row in database.execute(
        "SELECT v.message_id, v.evaluator, v.version, v.name, v.value, v.kind, v.severity, "
        "v.weight, v.user_fault, v.reason, v.span FROM verdicts v "
        "JOIN messages m USING (message_id) WHERE m.tree = ? ORDER BY v.rowid",
        (number,),
    ):
        evaluator, version, name, value, kind, severity, weight, user_fault, reason, span = row
        verdict = Verdict(
            name=name,
            value=None if value == UNRATED else value,
            reason=reason,
            evaluator=evaluator,
            version=version,
            kind=kind,
            severity=severity,
            weight=weight,
            user_fault=bool(user_fault),
            span=tuple(json.loads(span)) if span else None,
        )
        if kind == "filter":
            found.drops[message_id] = verdict
        else:
            found.said.setdefault(message_id, []).append(verdict)
    return found


def replace_drops(database: sqlite3.Connection, drops: Mapping[str, Verdict]) -> bool:
    """Keep why messages are dropped, in place of what was kept before.

    Args:
        database: Between two transactions.
        drops: By message id.

    Returns:
        Whether anything changed.
    """
    rows = sorted((message_id, *verdict_row(verdict)) for message_id, verdict in drops.items())
    before = database.execute(
        "SELECT * FROM verdicts WHERE kind = 'filter' ORDER BY message_id"
    ).fetchall()
    if before == rows:
        return False
    database.execute("BEGIN")
    try:
        database.execute("DELETE FROM verdicts WHERE kind = 'filter'")
        database.executemany(INSERT_VERDICT, rows)
    except sqlite3.Error:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")
    return True


def verdict_row(verdict: Verdict) -> tuple[Any, ...]:
    """Return a verdict as the columns after the message's id."""
    return (
        verdict.evaluator,
        verdict.version,
        verdict.name,
        UNRATED if verdict.value is None else verdict.value,
        verdict.kind,
        verdict.severity,
        verdict.weight,
        int(verdict.user_fault),
        verdict.reason,
        json.dumps(verdict.span) if verdict.span else None,
    )
