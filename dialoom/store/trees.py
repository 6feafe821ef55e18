"""Finished trees in the run's database, each kept in one transaction or not at all."""

import json
import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_json

from dialoom.messages import Message, MessageTree, messages
from dialoom.records import nested, with_drops
from dialoom.store.database import GroupCommit
from dialoom.store.lineage import Lineage, lineages
from dialoom.store.verdict_rows import INSERT_VERDICT, read_verdicts, replace_drops, verdict_row
from dialoom.tree import BranchFailure, MessageNotes, TerminationReason, TreeRecord
from dialoom.verdicts import EvaluatorFailure, Verdict

__all__ = ["Totals", "TreeTable"]


@dataclass(frozen=True, slots=True)
class Totals:
    """What a run holds."""

    trees: int = 0
    failed_trees: int = 0
    messages: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    """Rejected messages by the label that rejected them."""
    faults: dict[str, int] = field(default_factory=dict)
    """Messages by the label of a fault that lowered their score."""
    terminations: dict[str, int] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    """Branches lost, by error."""
    evaluator_failures: dict[str, int] = field(default_factory=dict)


class TreeTable:
    """The trees, messages, verdicts and failures of a run."""

    def __init__(self, database: sqlite3.Connection, commits: GroupCommit) -> None:
        self._database, self._commits = database, commits

    async def put(self, record: TreeRecord) -> None:
        """Keep a finished tree; returns once it is committed.

        Raises:
            RunConflict: it can't be written.
        """
        await self._commits.run(lambda: self._insert(record))

    async def put_failed(self, number: int, failures: tuple[BranchFailure, ...]) -> None:
        """Keep that a tree came to nothing, and why.

        Raises:
            RunConflict: it can't be written.
        """
        await self._commits.run(lambda: self._insert_failed(number, failures))

    def finished(self) -> set[int]:
        """Return the numbers of the trees that are done. Failed ones are not: they are retried."""
        rows = self._database.execute("SELECT number FROM trees WHERE state = 'done'")
        return {number for (number,) in rows}

    def records(self, *, dropping: bool = True) -> Iterator[TreeRecord]:
        """Yield the finished trees by number, one in memory at a time.

        Args:
            dropping: False gives the messages as they were before `evaluate.keep` saw them.
        """
        rows = self._database.execute(
            "SELECT number FROM trees WHERE state = 'done' ORDER BY number"
        )
        for number in array("I", (number for (number,) in rows)):
            yield self.record(number, dropping=dropping)

    def record(self, number: int, *, dropping: bool = True) -> TreeRecord:
        """Return a finished tree.

        Raises:
            KeyError: there is none of that number.
        """
        row = self._database.execute(
            "SELECT message_tree_id, state, origin, systems, variables, drafts FROM trees "
            "WHERE number = ? AND state = 'done'",
            (number,),
        ).fetchone()
        if row is None:
            raise KeyError(number)
        verdicts, drops = read_verdicts(self._database, number)
        flat, notes = [], {}
        for message_id, message, note in self._database.execute(
            "SELECT message_id, message, notes FROM messages WHERE tree = ? ORDER BY place",
            (number,),
        ):
            flat.append(Message.model_validate_json(message))
            notes[message_id] = _notes(json.loads(note), verdicts.get(message_id, ()))
        root = nested(flat)
        state = "aborted_low_grade" if root.review_result is False else "ready_for_export"
        tree = MessageTree(message_tree_id=row[0], tree_state=state, prompt=root, origin=row[2])
        record = TreeRecord(
            tree=tree,
            number=number,
            notes=notes,
            systems=json.loads(row[3]),
            variables=json.loads(row[4]),
            failures=tuple(self.failures(number)),
            drafts=tuple(json.loads(row[5])),
        )
        return with_drops(record, drops) if dropping and drops else record

    def put_drops(self, drops: Mapping[str, Verdict]) -> bool:
        """Keep which messages `evaluate.keep` drops, in place of those of before.

        Args:
            drops: Why, by message id.

        Returns:
            Whether anything changed.
        """
        self._commits.flush()
        return replace_drops(self._database, drops)

    def tree_of(self, message_id: str) -> int | None:
        """Return the number of the tree that holds a message, or None."""
        row = self._database.execute(
            "SELECT tree FROM messages WHERE message_id = ?", (message_id,)
        ).fetchone()
        return None if row is None else int(row[0])

    def beginning(self, message_id: str, limit: int = 2) -> list[str]:
        """Return messages whose ids begin so, at most so many."""
        rows = self._database.execute(
            "SELECT message_id FROM messages WHERE message_id >= ?1 AND message_id < ?2 LIMIT ?3",
            (message_id, message_id + chr(0x10FFFF), limit),
        )
        return [found for (found,) in rows]

    def saying(self, text: str) -> list[int]:
        """Return the trees with a message of this text, white space around it left out."""
        rows = self._database.execute(
            "SELECT DISTINCT tree FROM messages "
            "WHERE trim(json_extract(message, '$.text'), ?) = ? ORDER BY tree",
            (" \t\n\r\f\v", text),
        )
        return [tree for (tree,) in rows]

    def lineages(self, number: int) -> Mapping[str, Lineage]:
        """Return what each message of a tree rests on, by message id."""
        return lineages(self._database, number)

    def failures(self, number: int | None = None) -> Iterator[BranchFailure]:
        """Yield the branches that were lost, of one tree or of all."""
        rows = self._database.execute(
            "SELECT tree, path, speaker, model, error, message, seeds FROM failures "
            "WHERE ?1 IS NULL OR tree = ?1 ORDER BY tree, path",
            (number,),
        )
        for tree, path, speaker, model, error, message, seeds in rows:
            place, missed = tuple(json.loads(path)), tuple(json.loads(seeds))
            yield BranchFailure(tree, place, speaker, model, error, message, missed)

    def drafts(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield the number of each finished tree and the drafts of its opening; the last stands."""
        rows = self._database.execute(
            "SELECT number, drafts FROM trees WHERE state = 'done' ORDER BY number"
        )
        return ((number, tuple(json.loads(drafts))) for number, drafts in rows)

    def has_judged(self, version: str) -> bool:
        """Return whether a critic was asked about a message, with an answer or without."""
        (found,) = self._database.execute(
            "SELECT EXISTS (SELECT 1 FROM verdicts WHERE version = ?1) OR EXISTS ("
            "SELECT 1 FROM messages, json_each(messages.notes, '$.failures') AS failure "
            "WHERE json_extract(failure.value, '$.version') = ?1)",
            (version,),
        ).fetchone()
        return bool(found)

    def sizes(self) -> list[int]:
        """Return how many tokens were written for each finished tree, by its number."""
        rows = self._database.execute(
            "SELECT sum(json_extract(notes, '$.completion_tokens')) FROM messages "
            "GROUP BY tree ORDER BY tree"
        )
        return [int(size) for (size,) in rows]

    def totals(self) -> Totals:
        """Return what the run holds, counted by the database."""
        one = self._database.execute
        done, failed, count = one(
            "SELECT coalesce(sum(state = 'done'), 0), coalesce(sum(state = 'failed'), 0), "
            "coalesce(sum(messages), 0) FROM trees"
        ).fetchone()
        return Totals(
            trees=done,
            failed_trees=failed,
            messages=count,
            rejected=self._counted(
                "SELECT name, count(DISTINCT message_id) FROM verdicts "
                "WHERE severity = 'hopeless' GROUP BY name"
            ),
            faults=self._counted(
                "SELECT name, count(DISTINCT message_id) FROM verdicts "
                "WHERE severity = 'fault' GROUP BY name"
            ),
            terminations=self._counted(
                "SELECT json_extract(notes, '$.termination') AS reason, count(*) FROM messages "
                "WHERE reason IS NOT NULL GROUP BY reason"
            ),
            failures=self._counted("SELECT error, count(*) FROM failures GROUP BY error"),
            evaluator_failures=self._counted(
                "SELECT json_extract(failure.value, '$.evaluator') AS name, count(*) "
                "FROM messages, json_each(messages.notes, '$.failures') AS failure GROUP BY name"
            ),
        )

    def _counted(self, query: str) -> dict[str, int]:
        rows = self._database.execute(query).fetchall()
        return dict(Counter(dict(rows)).most_common())

    def _insert(self, record: TreeRecord) -> None:
        flat = list(messages(record.tree))
        self._forget(record.number)
        self._database.execute(
            "INSERT INTO trees VALUES (?, ?, 'done', ?, ?, ?, ?, NULL, ?)",
            (
                record.number,
                record.tree.message_tree_id,
                record.tree.origin,
                to_json(record.systems).decode(),
                to_json(record.variables).decode(),
                len(flat),
                to_json(record.drafts).decode(),
            ),
        )
        self._database.executemany(
            "INSERT INTO messages VALUES (?, ?, ?, ?, ?)",
            [
                (
                    message.message_id,
                    record.number,
                    place,
                    message.model_dump_json(exclude={"replies"}),
                    to_json(record.notes[message.message_id], exclude={"verdicts"}).decode(),
                )
                for place, message in enumerate(flat)
            ],
        )
        self._database.executemany(
            INSERT_VERDICT,
            [
                (message_id, *verdict_row(verdict))
                for message_id, notes in record.notes.items()
                for verdict in notes.verdicts
            ],
        )
        self._insert_failures(record.failures)

    def _insert_failed(self, number: int, failures: tuple[BranchFailure, ...]) -> None:
        self._forget(number)
        self._database.execute(
            "INSERT INTO trees VALUES (?, NULL, 'failed', NULL, '{}', '{}', 0, ?, '[]')",
            (number, failures[0].message if failures else ""),
        )
        self._insert_failures(failures)

    def _insert_failures(self, failures: tuple[BranchFailure, ...]) -> None:
        self._database.executemany(
            "INSERT INTO failures VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(f.tree, json.dumps(f.path), f.speaker, f.model, f.error, f.message),
                    json.dumps(f.seeds),
                )
                for f in failures
            ],
        )

    def _forget(self, number: int) -> None:
        """Remove what an earlier attempt at this tree left."""
        self._database.execute(
            "DELETE FROM verdicts WHERE message_id IN "
            "(SELECT message_id FROM messages WHERE tree = ?)",
            (number,),
        )
        for table, column in (("messages", "tree"), ("failures", "tree"), ("trees", "number")):
            self._database.execute(f"DELETE FROM {table} WHERE {column} = ?", (number,))


def _notes(values: dict[str, Any], verdicts: list[Verdict] | tuple[()]) -> MessageNotes:
    failures = tuple(EvaluatorFailure(**failure) for failure in values.pop("failures"))
    reason = values.pop("termination")
    termination = None if reason is None else TerminationReason(reason)
    return MessageNotes(
        **values, failures=failures, termination=termination, verdicts=tuple(verdicts)
    )
