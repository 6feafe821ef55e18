"""Conversations that begin alike, brought together in one tree each.

Conversations wait in a temporary database, so that memory holds one tree at a time. Rows of one
tree are those with the same system prompt and the same first message.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from uuid import UUID, uuid5

from pydantic_core import from_json, to_json

from dialoom.imports.preferences import Contradiction, ranks_of
from dialoom.imports.prompts import events_of
from dialoom.imports.talks import Reply, Talk
from dialoom.messages import Label, Message, MessageTree, Role

__all__ = ["NAMESPACE", "Defaults", "Waiting"]

NAMESPACE = UUID("5a0e8a35-6d3c-4b0a-9a0f-3c1d7a6f2e90")
"""Message ids are version-5 UUIDs under this one, made from what was said up to the message."""
ROWS_A_TREE = 1000
"""Rows with one beginning that go into one tree; more make further trees, so that none outgrows
memory."""
BATCH = 500
TABLE = "CREATE TABLE talks (place INTEGER PRIMARY KEY, key BLOB NOT NULL, talk BLOB NOT NULL)"


@dataclass(frozen=True, slots=True)
class Defaults:
    """What is said of messages where the rows say nothing."""

    source: str | None = None
    """None takes the name of the file."""
    license: str | None = None
    lang: str | None = None
    synthetic: Mapping[Role, bool | None] = field(
        default_factory=lambda: {"prompter": None, "assistant": None}
    )
    """Whether a model wrote the messages of a role; None is unknown."""


class Waiting:
    """Conversations that wait until all with the same beginning are there."""

    def __init__(self, defaults: Defaults) -> None:
        self._defaults = defaults
        # a nameless database is a temporary file of SQLite's own, gone when it is closed
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(TABLE)
        self._pending: list[tuple[bytes, bytes]] = []
        self.counts: Counter[str] = Counter()
        """What was done with the rows besides reading them."""

    def add(self, talk: Talk, file: str, number: int) -> None:
        """Take a conversation and where it stood."""
        key = blake2b(to_json((talk.system, talk.thread[0][1])), digest_size=12).digest()
        self._pending.append((key, to_json((*talk, file, number))))
        if len(self._pending) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO talks (key, talk) VALUES (?, ?)", self._pending)
        self._database.execute("COMMIT")
        self._pending.clear()

    def trees(self) -> Iterator[MessageTree]:
        """Yield the trees, in the order in which the first row of each came."""
        self._flush()
        self._database.execute("CREATE INDEX keys ON talks (key, place)")
        keys = self._database.execute("SELECT key FROM talks GROUP BY key ORDER BY min(place)")
        for (key,) in keys:
            yield from self._trees_of(key)
        self._database.close()

    def _trees_of(self, key: bytes) -> Iterator[MessageTree]:
        rows = self._database.execute("SELECT talk FROM talks WHERE key = ? ORDER BY place", (key,))
        part = 0
        while batch := rows.fetchmany(ROWS_A_TREE):
            tree = _Tree(self._defaults, self.counts, part)
            for (body,) in batch:
                tree.add(from_json(body))
            yield tree.finished()
            part += 1


class _Tree:
    """One tree while rows are put into it."""

    def __init__(self, defaults: Defaults, counts: Counter[str], part: int) -> None:
        self._defaults, self._counts, self._part = defaults, counts, part
        self._by_id: dict[str, Message] = {}
        self._orders: dict[str, list[list[list[str]]]] = {}
        self._root: Message | None = None
        self._origin = ""

    def add(self, row: list[Any]) -> None:
        """Put the talk of a row, as JSON gave it back, below what is there."""
        system, thread, replies, model, lang, source, about, joined, file, number = row
        self._counts["messages joined to the one before them"] += joined
        lang = lang or self._defaults.lang
        here: Message | None = None
        for role, text in thread:
            if here is None:
                here = self._first(system, text, lang)
                if self._root is None:
                    self._begin(here, system, source, {"file": file, "line": number, **about})
            else:
                wrote = model if role == "assistant" else None
                here = self._below(here, role, text, lang, wrote)
        assert here is not None
        levels: dict[int, list[str]] = {}
        for reply in (Reply(*values) for values in replies):
            name = self._judged(here, reply, lang, model).message_id
            if reply.level is not None:
                levels.setdefault(reply.level, []).append(name)
        if len(levels) > 1:
            order = [levels[level] for level in sorted(levels)]
            self._orders.setdefault(here.message_id, []).append(order)

    def _begin(self, root: Message, system: str, source: str | None, about: dict[str, Any]) -> None:
        if self._defaults.license is not None:
            about.setdefault("license", self._defaults.license)
        root.events = events_of(system, about)
        self._root, self._origin = root, source or self._defaults.source or about["file"]

    def _first(self, system: str, text: str, lang: str | None) -> Message:
        content = to_json((system, text, self._part) if self._part else (system, text))
        return self._message(str(uuid5(NAMESPACE, content.decode())), None, "prompter", text, lang)

    def _below(
        self, parent: Message, role: Role, text: str, lang: str | None, model: str | None
    ) -> Message:
        name = str(uuid5(UUID(parent.message_id), f"{role}\0{text}"))
        known = name in self._by_id
        message = self._message(name, parent.message_id, role, text, lang)
        if not known:
            assert parent.replies is not None
            parent.replies.append(message)
        if model is not None:
            message.model_name = message.model_name or model
            if self._defaults.synthetic["assistant"] is None:
                message.synthetic = True
        return message

    def _judged(
        self, parent: Message, reply: Reply, lang: str | None, model: str | None
    ) -> Message:
        message = self._below(parent, "assistant", reply.text, lang, reply.model or model)
        if reply.accepted is not None:
            message.review_result = reply.accepted and message.review_result is not False
        given = {name: Label(value=value, count=1) for name, value in reply.labels.items()}
        message.labels = {**given, **(message.labels or {})}
        return message

    def _message(
        self, name: str, parent: str | None, role: Role, text: str, lang: str | None
    ) -> Message:
        if name not in self._by_id:
            self._by_id[name] = Message(
                message_id=name,
                parent_id=parent,
                text=text,
                role=role,
                lang=lang,
                deleted=False,
                synthetic=self._defaults.synthetic[role],
                emojis={},
                replies=[],
                labels={},
            )
        return self._by_id[name]

    def finished(self) -> MessageTree:
        """Return the tree with its ranks."""
        assert self._root is not None
        for name, orders in self._orders.items():
            self._rank(self._by_id[name], orders)
        return MessageTree(
            message_tree_id=self._root.message_id,
            tree_state="ready_for_export",
            prompt=self._root,
            origin=self._origin,
        )

    def _rank(self, parent: Message, orders: list[list[list[str]]]) -> None:
        replies = parent.replies or []
        try:
            ranks = ranks_of(orders)
        except Contradiction:
            self._counts["groups unranked, since rows contradict each other"] += 1
            return
        for reply in replies:
            reply.rank = ranks.get(reply.message_id)
        replies.sort(key=lambda reply: (reply.rank is None, reply.rank or 0))
