"""`run.db`: opening it, its tables, and the lock that keeps a second run out."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dialoom.errors import Fault, RunConflict

__all__ = ["SCHEMA_VERSION", "GroupCommit", "connect", "lock"]

SCHEMA_VERSION = 3
"""`PRAGMA user_version` of the tables below; another version is refused and left untouched."""

CHECKPOINT_PAGES = 4000
"""Of 4 KiB, after which SQLite moves what was committed from the log into the database."""

# rows are kept in the order they come, not by their random keys: WITHOUT ROWID would write a
# page of the tree anew for each of them
TABLES = """
CREATE TABLE IF NOT EXISTS texts (hash BLOB PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS calls (
    key TEXT PRIMARY KEY, model TEXT NOT NULL, purpose TEXT NOT NULL, request TEXT NOT NULL,
    answer TEXT NOT NULL, prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL, seconds REAL NOT NULL, at REAL NOT NULL, paid INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS models (name TEXT PRIMARY KEY, traits TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS retries (
    model TEXT NOT NULL, error TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (model, error)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS trees (
    number INTEGER PRIMARY KEY, message_tree_id TEXT, state TEXT NOT NULL, origin TEXT,
    systems TEXT NOT NULL, variables TEXT NOT NULL, messages INTEGER NOT NULL, error TEXT,
    drafts TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS messages (
    message_id TEXT PRIMARY KEY, tree INTEGER NOT NULL, place INTEGER NOT NULL,
    message TEXT NOT NULL, notes TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_of_tree ON messages (tree, place);
CREATE TABLE IF NOT EXISTS verdicts (
    message_id TEXT NOT NULL, evaluator TEXT NOT NULL, version TEXT NOT NULL, name TEXT NOT NULL,
    value REAL NOT NULL, kind TEXT NOT NULL, severity TEXT NOT NULL, weight REAL NOT NULL,
    user_fault INTEGER NOT NULL, reason TEXT NOT NULL, span TEXT
);
CREATE INDEX IF NOT EXISTS verdicts_of_message ON verdicts (message_id);
CREATE TABLE IF NOT EXISTS failures (
    tree INTEGER NOT NULL, path TEXT NOT NULL, speaker TEXT NOT NULL, model TEXT NOT NULL,
    error TEXT NOT NULL, message TEXT NOT NULL, seeds TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS failures_of_tree ON failures (tree);
"""


def connect(file: Path, *, create: bool = False) -> sqlite3.Connection:
    """Return a connection to a run's database, its tables made when it is new.

    Raises:
        RunConflict: the file is missing, damaged, no run database, or of another version.
    """
    if not create and not file.exists():
        raise RunConflict(Fault("no run is here: this file is missing", file))
    try:
        database, (version, tables) = _opened(file)
        if version == 0 and tables == 0 and create:
            _make(database)
        elif version != SCHEMA_VERSION:
            database.close()
            raise RunConflict(Fault(_other_version(version), file))
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    except sqlite3.Error as error:
        raise RunConflict(Fault(f"damaged or not a run database ({error})", file)) from error
    return database


def _opened(file: Path) -> tuple[sqlite3.Connection, tuple[int, int]]:
    """Return a connection, and what it found.

    Beside a database with a write-ahead log SQLite makes files even to read it. Where it can't,
    on read-only media, what was closed properly is read as it lies.

    Raises:
        RunConflict: it wasn't closed properly, and can't be mended there.
        sqlite3.Error: it can't be opened.
    """
    database = sqlite3.connect(file, isolation_level=None, timeout=10)
    try:
        return database, _found(database)
    except sqlite3.OperationalError as error:
        database.close()
        if "unable to open" not in str(error) or file.is_dir():
            raise
        if file.with_name(f"{file.name}-wal").exists():
            what = "stopped in the middle of its work, and its folder can't be written"
            message = f"{what}; copy the whole folder to where it can be"
            raise RunConflict(Fault(message, file)) from error
        uri = f"{file.absolute().as_uri()}?immutable=1"
        database = sqlite3.connect(uri, uri=True, isolation_level=None)
        return database, _found(database)


def _found(database: sqlite3.Connection) -> tuple[int, int]:
    """Return version and number of tables as of one moment: another process may make them."""
    database.execute("BEGIN")
    version = database.execute("PRAGMA user_version").fetchone()[0]
    tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    database.execute("COMMIT")
    return version, tables


def _make(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA journal_mode = WAL")
    # immediate, and IF NOT EXISTS: two processes may begin to use one store of calls together
    begin, version = "BEGIN IMMEDIATE", f"PRAGMA user_version = {SCHEMA_VERSION}"
    database.executescript(f"{begin}; {TABLES} {version}; COMMIT;")


def _other_version(version: int) -> str:
    if version > SCHEMA_VERSION:
        return f"made by a newer dialoom (version {version}, this one knows {SCHEMA_VERSION})"
    if version:
        return (
            f"made by an older dialoom (version {version}, this one knows {SCHEMA_VERSION}); "
            "finish it with the one that began it, or begin anew in another --out"
        )
    return "not a run database of dialoom; it was left untouched"


def lock(file: Path) -> sqlite3.Connection:
    """Take the run's lock and return what holds it, until it is closed or the process ends.

    The lock is SQLite's own on an otherwise empty file: the system lets go of it when a process
    dies in any way, so nothing is left to clean up, and it works on every platform.

    Raises:
        RunConflict: another process has it.
    """
    try:
        holder = sqlite3.connect(file, isolation_level=None, timeout=0)
        holder.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            message = "another dialoom process is working on this run; wait for it or stop it"
            raise RunConflict(Fault(message, file.parent)) from error
        raise RunConflict(Fault(str(error), file)) from error
    return holder


class GroupCommit:
    """Writes that arrive in one turn of the event loop share a transaction.

    A write is done when its transaction is committed. In WAL mode a commit survives the death
    of the process.
    """

    def __init__(self, database: sqlite3.Connection, file: Path) -> None:
        self._database, self._file = database, file
        self._waiting: list[asyncio.Future[None]] = []
        self._is_due = False
        self._rows: dict[str, list[tuple[Any, ...]]] = {}
        self._writes: list[Callable[[], None]] = []

    async def insert(self, rows: Mapping[str, Iterable[tuple[Any, ...]]]) -> None:
        """Insert rows and return when they are committed.

        Args:
            rows: Parameters by the statement that inserts them.

        Raises:
            RunConflict: the database can't be written: the disk is full, say.
        """
        for statement, given in rows.items():
            self._rows.setdefault(statement, []).extend(given)
        await self._committed()

    def later(self, statement: str, row: tuple[Any, ...]) -> None:
        """Insert a row with the next transaction, without waiting; a failure shows at the next."""
        self._rows.setdefault(statement, []).append(row)
        self._be_due()

    async def run(self, write: Callable[[], None]) -> None:
        """Run `write` inside the next transaction and return when it is committed.

        Raises:
            RunConflict: the database can't be written: the disk is full, say.
        """
        self._writes.append(write)
        await self._committed()

    def flush(self) -> None:
        """Commit at once what waits for its turn; before the database is closed."""
        if self._is_due:
            self._commit()

    def _committed(self) -> asyncio.Future[None]:
        """Return what is done when all that was given so far is committed."""
        self._be_due()
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        return done

    def _be_due(self) -> None:
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._commit)

    def _commit(self) -> None:
        if not self._is_due:
            return  # flushed before its turn came
        self._is_due = False
        waiting, self._waiting = self._waiting, []
        rows, self._rows = self._rows, {}
        writes, self._writes = self._writes, []
        try:
            self._database.execute("BEGIN")
            for statement, given in rows.items():
                self._database.executemany(statement, given)
            for write in writes:
                write()
            self._database.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits to be told
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            for one in _undone(waiting):
                one.set_exception(self._told(error))
        else:
            for one in _undone(waiting):
                one.set_result(None)

    def _told(self, error: Exception) -> Exception:
        if not isinstance(error, sqlite3.Error):
            return error
        message = f"can't be written: {error}; mend that and give the same command again"
        return RunConflict(Fault(message, self._file))


def _undone(waiting: Iterable[asyncio.Future[None]]) -> Iterator[asyncio.Future[None]]:
    """Yield those that somebody still waits for."""
    return (one for one in waiting if not one.done())
