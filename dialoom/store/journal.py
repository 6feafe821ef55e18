"""Every finished model call, kept under a key of all that made it."""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from pydantic_core import to_json

from dialoom.chat import ChatMessage, ChatRequest, Completion, completion_from, total_usage
from dialoom.store.database import GroupCommit
from dialoom.store.key_filter import KeyFilter

__all__ = ["CallTotals", "KeptCall", "RunJournal"]


INSERT_CALL = "INSERT OR IGNORE INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
INSERT_TEXT = "INSERT OR IGNORE INTO texts VALUES (?, ?)"
INSERT_MODEL = "INSERT OR REPLACE INTO models VALUES (?, ?)"
INSERT_RETRY = (
    "INSERT INTO retries VALUES (?, ?, 1) "
    "ON CONFLICT (model, error) DO UPDATE SET count = count + 1"
)
LATENCIES = """
SELECT model, purpose, seconds FROM calls WHERE paid ORDER BY model, purpose, seconds
"""
"""Sorted by SQLite, which spills to a file; a window function would hold all rows in memory."""
PERCENTILES = (50, 95, 99)


class CallTotals(NamedTuple):
    """Sums over the calls of one model for one purpose. Tokens and seconds are of paid calls."""

    model: str
    purpose: str
    calls: int
    """That the model was asked."""
    reused: int
    """Whose answer came from a store that runs share."""
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    """Of `prompt_tokens`, those that the endpoint served from its prefix cache."""
    seconds: float


class Latency(NamedTuple):
    """Seconds that half, 95 and 99 of 100 requests took at most."""

    p50: float
    p95: float
    p99: float


class KeptCall(NamedTuple):
    """A call as it is kept, to be copied from one journal into another."""

    row: tuple[Any, ...]
    texts: list[tuple[bytes, str]]


TEXTS_REMEMBERED = 4_000
"""Hashes kept in memory to spare the database a look-up; forgetting them costs only time."""

DIGESTS_REMEMBERED = 1_000
"""Texts whose hash is kept in memory: those of the prompts that are under way."""


class RunJournal:
    """The calls table of a run, or of a store that runs share."""

    def __init__(
        self, database: sqlite3.Connection, commits: GroupCommit, *, alone: bool = False
    ) -> None:
        """Open the calls of a database.

        Args:
            database: Their database.
            commits: Through which they are written.
            alone: Whether nobody else writes calls there, so that what is not there now and is
                not written through this journal need not be looked up.
        """
        self._database, self._commits = database, commits
        self._written = KeyFilter() if alone and self._is_empty() else None
        self._known_texts: set[bytes] = set()
        self._digests: dict[str, bytes] = {}

    def find(self, key: str) -> list[Completion] | None:
        """Return the answer kept under a key, or None."""
        if self._written is not None and key not in self._written:
            return None
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
        if self._written is not None:
            self._written.add(key)
        texts = list(self._new_texts(request.messages))
        row = self._row(key, model, request, answer)
        await self._commits.insert({INSERT_TEXT: texts, INSERT_CALL: [row]})

    async def count(
        self, key: str, model: str, request: ChatRequest, answer: Sequence[Completion]
    ) -> None:
        """Keep a call's figures without question and answer, under a key never looked up.

        Raises:
            RunConflict: it can't be written.
        """
        row = list(self._row(key, model, request, answer))
        row[3:5] = "{}", "[]"
        await self._commits.insert({INSERT_CALL: [tuple(row)]})

    def kept(self, key: str) -> KeptCall | None:
        """Return a call with the texts of its prompt, to be copied, or None."""
        row = self._database.execute("SELECT * FROM calls WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        hashes = [bytes.fromhex(digest) for _, digest in json.loads(row[3])["messages"]]
        return KeptCall(row, [(digest, self._text(digest)) for digest in hashes])

    def adopt(self, key: str, call: KeptCall) -> None:
        """Keep, under a key of this journal's, a call that another has paid for."""
        if self._written is not None:
            self._written.add(key)
        for digest, text in call.texts:
            if digest not in self._known_texts:
                self._commits.later(INSERT_TEXT, (digest, text))
        self._commits.later(INSERT_CALL, (key, *call.row[1:-1], 0))

    def request(self, key: str) -> dict[str, Any] | None:
        """Return what was asked under a key, and what it took.

        That is model, purpose, time, messages, parameters, and as `usage` the tokens and seconds
        of all replies to it, and whether this run paid for them.
        """
        row = self._database.execute(
            "SELECT model, purpose, request, at, prompt_tokens, completion_tokens, cached_tokens, "
            "seconds, paid FROM calls WHERE key = ?",
            (key,),
        ).fetchone()
        if row is None:
            return None
        request = json.loads(row[2])
        request["messages"] = [
            {"role": role, "content": self._text(bytes.fromhex(digest))}
            for role, digest in request["messages"]
        ]
        at = datetime.fromtimestamp(row[3], UTC)
        names = ("prompt_tokens", "completion_tokens", "cached_tokens", "seconds")
        return {
            "model": row[0],
            "purpose": row[1],
            "at": at.isoformat(timespec="milliseconds"),
            **request,
            "usage": {**dict(zip(names, row[4:8], strict=True)), "paid": bool(row[8])},
        }

    def _is_empty(self) -> bool:
        try:
            return self._database.execute("SELECT 1 FROM calls LIMIT 1").fetchone() is None
        except sqlite3.DatabaseError:
            return False  # whoever looks a call up is told that the database is damaged

    def describe(self, model: str, traits: Mapping[str, Any]) -> None:
        """Keep what was found out about a model, for a replay that can't find it out."""
        self._commits.later(INSERT_MODEL, (model, json.dumps(traits)))

    def described(self, model: str) -> dict[str, Any] | None:
        """Return what `describe` kept, or None."""
        row = self._database.execute(
            "SELECT traits FROM models WHERE name = ?", (model,)
        ).fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def retried(self, model: str, error: str) -> None:
        """Count an attempt that was made again."""
        self._commits.later(INSERT_RETRY, (model, error))

    def retries(self) -> dict[str, dict[str, int]]:
        """Return how often an attempt was made again, by model and error."""
        found: dict[str, dict[str, int]] = {}
        for model, error, count in self._database.execute(
            "SELECT model, error, count FROM retries ORDER BY model, error"
        ):
            found.setdefault(model, {})[error] = count
        return found

    def totals(self) -> list[CallTotals]:
        """Return sums by model and purpose."""
        rows = self._database.execute(
            "SELECT model, purpose, sum(paid), sum(NOT paid), sum(paid * prompt_tokens), "
            "sum(paid * completion_tokens), sum(paid * cached_tokens), sum(paid * seconds) "
            "FROM calls GROUP BY model, purpose ORDER BY 1, 2"
        )
        return [CallTotals(*row) for row in rows]

    def latencies(self) -> dict[tuple[str, str], Latency]:
        """Return how long requests took, by model and purpose, at the nearest rank."""
        counts = self._database.execute(
            "SELECT model, purpose, count(*) FROM calls WHERE paid GROUP BY model, purpose"
        )
        ranks = {
            (model, purpose): [-(-count * percent // 100) for percent in PERCENTILES]
            for model, purpose, count in counts
        }
        found: dict[tuple[str, str], Latency] = {}
        rows = self._database.execute(LATENCIES)
        for of, calls in groupby(rows, key=itemgetter(0, 1)):
            wanted = {rank: 0.0 for rank in ranks[of]}
            for rank, (_, _, seconds) in enumerate(calls, 1):
                if rank in wanted:
                    wanted[rank] = seconds
            found[of] = Latency(*map(wanted.__getitem__, ranks[of]))
        return found

    def _new_texts(self, messages: Iterable[ChatMessage]) -> Iterator[tuple[bytes, str]]:
        """Yield the texts of a prompt that are not kept yet: each is, once."""
        for message in messages:
            digest = self._digest(message["content"])
            if digest not in self._known_texts:
                if len(self._known_texts) >= TEXTS_REMEMBERED:
                    self._known_texts.clear()
                self._known_texts.add(digest)
                yield digest, message["content"]

    def _text(self, digest: bytes) -> str:
        row = self._database.execute("SELECT text FROM texts WHERE hash = ?", (digest,)).fetchone()
        return str(row[0]) if row else ""

    def _row(
        self, key: str, model: str, request: ChatRequest, answer: Sequence[Completion]
    ) -> tuple[object, ...]:
        used = total_usage(answer)
        return (
            key,
            model,
            request.purpose,
            to_json(self._parameters(request)).decode(),
            to_json(answer).decode(),
            used.prompt_tokens,
            used.completion_tokens,
            used.cached_tokens,
            max((completion.seconds for completion in answer), default=0.0),
            round(time.time(), 3),
            1,
        )

    def _parameters(self, request: ChatRequest) -> dict[str, Any]:
        return {
            "messages": [
                (message["role"], self._digest(message["content"]).hex())
                for message in request.messages
            ],
            "sampling": request.sampling.settings,
            "seeds": request.seeds,
            "json_schema": request.json_schema,
            "top_logprobs": request.top_logprobs,
        }

    def _digest(self, text: str) -> bytes:
        """Return the hash of a text; each message is in every later prompt of its thread."""
        digest = self._digests.get(text)
        if digest is None:
            if len(self._digests) >= DIGESTS_REMEMBERED:
                self._digests.clear()
            digest = blake2b(text.encode(), digest_size=16).digest()
            self._digests[text] = digest
        return digest
