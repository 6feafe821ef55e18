"""A run's database where SQLite can make no file beside it, as on read-only media."""

import sqlite3
from pathlib import Path

import pytest

from dialoom.errors import RunConflict
from dialoom.store.database import connect


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
