"""The exporter seam: trees in, training rows out, written whole or not at all."""

import os
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from pydantic_core import to_json

from dialoom.errors import ExportError
from dialoom.registry import Registry
from dialoom.tree import TreeRecord

__all__ = ["EXPORTERS", "Exporter", "Row", "source_of", "write_lines", "write_rows"]

Row = dict[str, Any]


class Exporter(ABC):
    """Turns trees into the rows of one format. Options are keyword arguments of `__init__`.

    An exporter reads its input once, in order, and holds no more than one tree at a time.
    """

    name: ClassVar[str]
    """The registered name."""
    file_name: ClassVar[str]
    """What its file is called in a run directory."""

    def __init__(self) -> None:
        self.dropped: Counter[str] = Counter()
        """How many rows were left out, by reason; filled while `rows` runs."""

    @abstractmethod
    def rows(self, records: Iterable[TreeRecord]) -> Iterator[Row]:
        """Yield the rows, keys the same in each.

        Raises:
            RowRejected: a row breaks the format.
        """

    def lines(self, records: Iterable[TreeRecord]) -> Iterator[bytes]:
        """Yield each row as a line of JSON.

        Raises:
            RowRejected: a row breaks the format.
        """
        return (to_json(row) for row in self.rows(records))


EXPORTERS: Registry[Exporter] = Registry("exporter")


def source_of(record: TreeRecord) -> str:
    """Return the tree's `origin`, or `unknown`: what a row's `source` says."""
    return record.tree.origin or "unknown"


def write_rows(path: Path, rows: Iterable[Row]) -> int:
    """Write rows as JSON lines and return how many; the file appears only when it is whole.

    Raises:
        ExportError: the file can't be written.
    """
    return write_lines(path, (to_json(row) for row in rows))


def write_lines(path: Path, lines: Iterable[bytes]) -> int:
    """Write lines to a temporary file beside `path`, then rename it into place.

    Raises:
        ExportError: the file can't be written; what stood there before is untouched.
    """
    partial = path.with_name(f".{path.name}.partial")
    count = 0
    try:
        with partial.open("wb") as file:
            for line in lines:
                file.write(line)
                file.write(b"\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise ExportError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    finally:
        partial.unlink(missing_ok=True)
    return count
