"""The exporter seam: trees in, training rows out, written whole or not at all."""

import os
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from gzip import GzipFile
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, ClassVar, NamedTuple, Protocol, cast

from pydantic_core import to_json

from dialoom.errors import ExportError
from dialoom.registry import Registry
from dialoom.tree import TreeRecord

__all__ = [
    "EXPORTERS",
    "Exporter",
    "FileForm",
    "FileLine",
    "JsonLines",
    "Output",
    "Row",
    "export",
    "source_of",
    "write_files",
    "write_lines",
    "write_rows",
    "written_whole",
]

Row = dict[str, Any]


class FileLine(NamedTuple):
    """A line of one of the files an exporter writes."""

    file: str
    """Relative to the folder that is exported to."""
    line: bytes
    """Without its end."""


class Output(Protocol):
    """What lines are written to."""

    def write(self, line: bytes, /) -> object:
        """Take a line with its end."""


class FileForm(Protocol):
    """How lines become files: JSON lines, or something that is made of them."""

    def file(self, name: str) -> str:
        """Return what a file of lines is called in this form."""

    def opened(self, folder: Path, name: str) -> AbstractContextManager[Output]:
        """Open a file for lines; it takes its place when the block ends well."""


class Exporter(ABC):
    """Turns trees into the rows of one format. Options are keyword arguments of `__init__`.

    An exporter serves one export: it reads its input once, in order, remembers which texts it
    has written, and holds no more than one tree at a time.
    """

    name: ClassVar[str]
    """The registered name."""
    file_name: ClassVar[str]
    """What its file is called in a run directory."""
    needs_siblings: ClassVar[bool] = False
    """True when a tree without two candidates for some turn can give no row."""
    needs_scores: ClassVar[bool] = False
    """True when trees that nothing evaluates can give no row."""
    nested: ClassVar[bool] = False
    """True when rows hold themselves again and so have no columns."""
    example: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    """Values of the columns that can be empty or null in every row: they show the type."""
    parquet: bool = False
    """True where the rows go into files of parquet."""

    def __init__(self) -> None:
        self.dropped: Counter[str] = Counter()
        """How many rows were left out, by reason; filled while `rows` runs."""

    @abstractmethod
    def tree_rows(self, record: TreeRecord) -> Iterator[Row]:
        """Yield the rows of one tree, keys the same in each.

        Raises:
            RowRejected: a row breaks the format.
        """

    def tree_lines(self, record: TreeRecord) -> Iterator[FileLine]:
        """Yield the lines that one tree gives, each with its file.

        Raises:
            RowRejected: a row breaks the format.
        """
        return (FileLine(self.file_name, to_json(row)) for row in self.tree_rows(record))

    def closing(self) -> Iterator[FileLine]:
        """Yield the lines that come after the last tree."""
        return iter(())

    def rows(self, records: Iterable[TreeRecord]) -> Iterator[Row]:
        """Yield the rows of all trees.

        Raises:
            RowRejected: a row breaks the format.
        """
        for record in records:
            yield from self.tree_rows(record)

    def lines(self, records: Iterable[TreeRecord]) -> Iterator[bytes]:
        """Yield the lines of all trees for a format that is one file.

        Raises:
            RowRejected: a row breaks the format.
        """
        for record in records:
            for line in self.tree_lines(record):
                yield line.line

    def rows_in(self, counts: Mapping[str, int]) -> int:
        """Return how many rows were written, given the lines by file that `export` returns."""
        return counts[self.file_name]

    def figures(self) -> dict[str, float]:
        """Return what a summary should say of the rows written, besides their number."""
        return {}

    def note(self) -> str:
        """Return why there can be no row, where no reason was counted; else an empty string."""
        return ""


EXPORTERS: Registry[Exporter] = Registry("exporter")


def source_of(record: TreeRecord) -> str:
    """Return the tree's `origin`, or `unknown`: what a row's `source` says."""
    return record.tree.origin or "unknown"


class JsonLines:
    """The form that lines have already."""

    def file(self, name: str) -> str:
        """Return the name as it is."""
        return name

    def opened(self, folder: Path, name: str) -> AbstractContextManager[Output]:
        """Open a file that appears whole or not at all."""
        return written_whole(folder / name)


def export(
    folder: Path,
    exporters: Sequence[Exporter],
    records: Iterable[TreeRecord],
    *,
    form: FileForm | None = None,
) -> dict[str, int]:
    """Write the files of several exporters in one pass over the trees.

    Args:
        folder: Where the files go.
        exporters: Each for its own file.
        records: The trees.
        form: Of the files; JSON lines when None.

    Returns:
        The number of lines by file, as the exporters call it.

    Raises:
        RowRejected: a row breaks its format; no file is changed then.
        ExportError: a file can't be written, or two exporters write the same.
    """
    names = [exporter.file_name for exporter in exporters]
    for name in names:
        if names.count(name) > 1:
            raise ExportError(f"{name} would be written twice")
    return write_files(folder, _lines(exporters, records), names, form=form)


def _lines(exporters: Sequence[Exporter], records: Iterable[TreeRecord]) -> Iterator[FileLine]:
    for record in records:
        for exporter in exporters:
            yield from exporter.tree_lines(record)
    for exporter in exporters:
        yield from exporter.closing()


def write_rows(path: Path, rows: Iterable[Row]) -> int:
    """Write rows as JSON lines and return how many; the file appears only when it is whole.

    Raises:
        ExportError: the file can't be written.
    """
    return write_lines(path, (to_json(row) for row in rows))


def write_lines(path: Path, lines: Iterable[bytes]) -> int:
    """Write lines to a temporary file beside `path`, then rename it into place.

    A path that ends with `.gz` is compressed; the same lines give the same bytes.

    Raises:
        ExportError: the file can't be written; what stood there before is untouched.
    """
    counts = write_files(path.parent, (FileLine(path.name, line) for line in lines), (path.name,))
    return counts[path.name]


def write_files(
    folder: Path,
    lines: Iterable[FileLine],
    names: Iterable[str] = (),
    *,
    form: FileForm | None = None,
) -> dict[str, int]:
    """Write lines to several files of a folder; each appears only when all of them are whole.

    Args:
        folder: Where the files go; sub-folders that a name asks for are made.
        lines: The lines, the files in any order.
        names: Files that are written even if no line is for them.
        form: Of the files; JSON lines when None.

    Returns:
        The number of lines by file, as `lines` calls it.

    Raises:
        ExportError: a file can't be written; what stood there before is untouched.
    """
    counts = dict.fromkeys(names, 0)
    form = form or JsonLines()
    with ExitStack() as outputs:
        opened = {name: outputs.enter_context(form.opened(folder, name)) for name in counts}
        for name, line in lines:
            if name not in opened:
                opened[name] = outputs.enter_context(form.opened(folder, name))
                counts[name] = 0
            opened[name].write(line + b"\n")
            counts[name] += 1
    return counts


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file beside `path` that takes its place when the block ends well.

    What is written to a path that ends with `.gz` is compressed; equal content gives equal bytes.

    Raises:
        ExportError: the file can't be written; what stood there before is untouched.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as raw:
            if path.suffix == ".gz":
                # gzip's own level: 9 takes twice as long for a twentieth of the size
                with GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as packed:
                    yield cast(BinaryIO, packed)
            else:
                yield raw
            raw.flush()
            os.fsync(raw.fileno())
        partial.replace(path)
    except OSError as error:
        raise ExportError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
