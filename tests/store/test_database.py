"""A run's database: on read-only media, and given what it can't take."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from dialoom.errors import RunConflict
from dialoom.store.database import SCHEMA_VERSION, GroupCommit, connect


def kept(folder: Path, *, closed: bool) -> Path:
    """Return a database with a row, in a folder where no shared memory can be made."""
    file = folder / "run.db"
    database = connect(file, create=True)
    database.execute("INSERT INTO models VALUES ('m', '{}')")
    database.close()
    if not closed:
        file.with_name("run.db-wal").mkdir()
    file.with_name("run.db-shm").mkdir()
    return file


def test_what_was_closed_properly_is_read_as_it_lies(tmp_path: Path) -> None:
    database = connect(kept(tmp_path, closed=True))

    assert database.execute("SELECT name FROM models").fetchall() == [("m",)]
    with pytest.raises(sqlite3.OperationalError):
        database.execute("DELETE FROM models")
    database.close()


def test_what_was_not_is_told_to_be_copied(tmp_path: Path) -> None:
    with pytest.raises(RunConflict, match="copy the whole folder to where it can be"):
        connect(kept(tmp_path, closed=False))


@pytest.mark.parametrize(
    ("version", "told"),
    [(SCHEMA_VERSION - 1, "begin anew in another --out"), (SCHEMA_VERSION + 1, "newer dialoom")],
)
def test_a_database_of_another_version_is_told_and_left_as_it_is(
    tmp_path: Path, version: int, told: str
) -> None:
    file = tmp_path / "run.db"
    database = connect(file, create=True)
    database.execute(f"PRAGMA user_version = {version}")
    database.close()
    before = file.read_bytes()
    with pytest.raises(RunConflict, match=told):
        connect(file)
    assert file.read_bytes() == before


def test_a_row_that_cannot_be_written_is_told_and_the_next_is_written(tmp_path: Path) -> None:
    insert = "INSERT INTO models VALUES (?, ?)"
    file = tmp_path / "run.db"
    database = connect(file, create=True)

    def fails() -> None:
        raise ZeroDivisionError

    async def write() -> None:
        commits = GroupCommit(database, file)
        with pytest.raises(OverflowError):
            await commits.insert({insert: [("huge", 2**64)]})
        with pytest.raises(ZeroDivisionError):
            await commits.run(fails)
        await commits.insert({insert: [("m", "{}")]})

    asyncio.run(write())
    assert database.execute("SELECT name FROM models").fetchall() == [("m",)]
    database.close()
