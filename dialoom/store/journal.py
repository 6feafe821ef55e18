"""Every finished model call, kept under a key of all that made it."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from pydantic_core import to_json

from dialoom.chat import ChatMessage, ChatRequest, Completion, completion_from
from dialoom.store.database import GroupCommit

__all__ = ["CallTotals", "RunJournal"]


INSERT_CALL = "INSERT OR IGNORE INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
INSERT_TEXT = "INSERT OR IGNORE INTO texts VALUES (?, ?)"


class CallTotals(NamedTuple):
    """Sums over the calls of one model for one purpose."""

    model: str
    purpose: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    seconds: float


TEXTS_REMEMBERED = 50_000
"""Hashes kept in memory to spare the database a look-up; forgetting them costs only time."""


class RunJournal:
    """The calls table of a run."""

    def __init__(self, database: sqlite3.Connection, commits: GroupCommit) -> None:
        self._database, self._commits = database, commits
        self._known_texts: set[bytes] = set()

    def find(self, key: str) -> list[Completion] | None:
        """Return the answer kept under a key, or None."""
        row = self._database.execute("SELECT answer FROM calls WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        return [completion_from({**item, "call_key": key}) for item in json.loads(row[0])]

    async def put(
        self, key: str, model: str, request: ChatRequest, answer: Sequence[Completion]
    ) -> None:
        """Keep an answer; returns once it is committed.

        Raises:
            RunConflict: it can't be written: the disk is full, say.
        """
        texts = list(self._new_texts(request.messages))
        row = _row(key, model, request, answer)
        await self._commits.insert({INSERT_TEXT: texts, INSERT_CALL: [row]})

    def request(self, key: str) -> dict[str, Any] | None:
        """Return what was asked under a key: model, purpose, messages and parameters."""
        row = self._database.execute(
            "SELECT model, purpose, request, at FROM calls WHERE key = ?", (key,)
        ).fetchone()
        if row is None:
            return None
        request = json.loads(row[2])
        request["messages"] = [
            {"role": role, "content": self._text(bytes.fromhex(digest))}
            for role, digest in request["messages"]
        ]
        return {"model": row[0], "purpose": row[1], "at": row[3], **request}

    def totals(self) -> list[CallTotals]:
        """Return sums by model and purpose."""
        rows = self._database.execute(
            "SELECT model, purpose, count(*), sum(prompt_tokens), sum(completion_tokens), "
            "sum(cached_tokens), sum(seconds) FROM calls GROUP BY model, purpose ORDER BY 1, 2"
        )
        return [CallTotals(*row) for row in rows]

    def _new_texts(self, messages: Iterable[ChatMessage]) -> Iterator[tuple[bytes, str]]:
        """Yield the texts of a prompt that are not kept yet: each is, once."""
        for message in messages:
            digest = _digest(message)
            if digest not in self._known_texts:
                if len(self._known_texts) >= TEXTS_REMEMBERED:
                    self._known_texts.clear()
                self._known_texts.add(digest)
                yield digest, message["content"]

    def _text(self, digest: bytes) -> str:
        row = self._database.execute("SELECT text FROM texts WHERE hash = ?", (digest,)).fetchone()
        return str(row[0]) if row else ""


def _row(
    key: str, model: str, request: ChatRequest, answer: Sequence[Completion]
) -> tuple[object, ...]:
    usages = [completion.usage for completion in answer]
    return (
        key,
        model,
        request.purpose,
        to_json(_parameters(request)).decode(),
        to_json(answer).decode(),
        sum(usage.prompt_tokens for usage in usages),
        sum(usage.completion_tokens for usage in usages),
        sum(usage.cached_tokens for usage in usages),
        max((completion.seconds for completion in answer), default=0.0),
        datetime.now(UTC).isoformat(timespec="milliseconds"),
    )


def _parameters(request: ChatRequest) -> dict[str, Any]:
    return {
        "messages": [(message["role"], _digest(message).hex()) for message in request.messages],
        "sampling": request.sampling.settings,
        "seeds": request.seeds,
        "json_schema": request.json_schema,
        "top_logprobs": request.top_logprobs,
    }


def _digest(message: ChatMessage) -> bytes:
    return blake2b(message["content"].encode(), digest_size=16).digest()
