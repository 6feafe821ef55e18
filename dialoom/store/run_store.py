"""One run's directory, opened for writing by one process or for reading by any."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from types import TracebackType

from dialoom.errors import Fault, InputError, RunConflict
from dialoom.store.database import GroupCommit, connect, lock
from dialoom.store.journal import RunJournal
from dialoom.store.manifest import RunManifest, read_manifest, write_manifest
from dialoom.store.trees import TreeTable

__all__ = ["RunStore", "at_work", "discard"]


class RunStore:
    """Manifest, journal and trees of a run.

    A context manager: leaving it closes the files, and turns what SQLite says of a damaged
    database into a RunConflict.
    """

    def __init__(
        self, directory: Path, manifest: RunManifest, holder: sqlite3.Connection | None
    ) -> None:
        self.directory, self.manifest = directory, manifest
        self._holder = holder
        file = directory / "run.db"
        self._database = connect(file, create=holder is not None)
        self._commits = GroupCommit(self._database, file)
        self.journal = RunJournal(self._database, self._commits, alone=holder is not None)
        self.trees = TreeTable(self._database, self._commits)

    @classmethod
    def create(cls, directory: Path, manifest: RunManifest) -> "RunStore":
        """Begin a run in a directory that is new or empty.

        Raises:
            InputError: the directory can't be made or written.
            RunConflict: another process is at work on it.
        """
        try:
            directory.mkdir(parents=True, exist_ok=True)
            holder = lock(directory / "run.lock")
        except OSError as error:
            raise InputError(Fault((error.strerror or str(error)).lower(), directory)) from error
        try:
            write_manifest(directory, manifest)
            return cls(directory, manifest, holder)
        except BaseException:
            holder.close()
            raise

    @classmethod
    def resume(cls, directory: Path, **fields: object) -> "RunStore":
        """Take up a run that was begun before.

        Args:
            directory: The run's.
            fields: Of its manifest, changed since; written when next the manifest is.

        Raises:
            RunConflict: there is none, it is damaged, or another process is at work on it.
        """
        manifest = read_manifest(directory).model_copy(update=fields)
        file = directory / "run.db"
        if not _size(file) and _size(directory / "trees.jsonl"):
            what = (
                f"{'empty' if file.exists() else 'missing'}, and a run that begins anew would write"
            )
            message = f"{what} over its trees.jsonl; put it back, or name another --out"
            raise RunConflict(Fault(message, file))
        holder = lock(directory / "run.lock")
        try:
            return cls(directory, manifest, holder)
        except BaseException:
            holder.close()
            raise

    @classmethod
    def read(cls, directory: Path) -> "RunStore":
        """Open a run to look at it, also while it is running.

        Raises:
            RunConflict: there is none, or it is damaged.
        """
        return cls(directory, read_manifest(directory), None)

    def update(self, **fields: object) -> None:
        """Change fields of the manifest and write it.

        Raises:
            ExportError: it can't be written.
        """
        self.manifest = self.manifest.model_copy(update=fields)
        write_manifest(self.directory, self.manifest)

    def close(self) -> None:
        """Close the database and let go of the lock."""
        self._commits.flush()
        self._database.close()
        if self._holder is not None:
            self._holder.close()

    def __enter__(self) -> "RunStore":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
        if isinstance(error, sqlite3.Error):
            file = self.directory / "run.db"
            raise RunConflict(Fault(f"damaged or out of reach ({error})", file)) from error


def _size(file: Path) -> int:
    """Return the bytes of a file; 0 where there is none."""
    return file.stat().st_size if file.exists() else 0


def at_work(directory: Path) -> bool:
    """Return whether a process is at work on a run. Its lock is looked at and not taken."""
    file = directory / "run.lock"
    if not file.exists():
        return False
    address = f"{file.resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=0)) as asked:
            asked.execute("PRAGMA schema_version")
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    return False


def discard(directory: Path) -> None:
    """Remove the directory of a run that came to nothing; one that can't be removed stays."""
    shutil.rmtree(directory, ignore_errors=True)
