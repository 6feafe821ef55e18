"""Rows as parquet files, and such files read back. Needs `pyarrow` (extra `parquet`)."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from dialoom.errors import ExportError, Fault, InputError, MissingExtra
from dialoom.exporters.base import Exporter, Output, Row, written_whole

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Parquet", "demand_parquet", "parquet_rows"]

GROUP_ROWS, GROUP_BYTES = 5_000, 8 << 20
"""Rows of a row group, and bytes of their JSON: what is held at a time, at most."""


def demand_parquet() -> None:
    """Check that pyarrow is there.

    Raises:
        MissingExtra: it is not.
    """
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise MissingExtra(
            "parquet needs pyarrow, which is not installed; pip install 'dialoom[parquet]'"
        ) from error


class Parquet:
    """A form of files: each that would hold JSON lines becomes one of parquet."""

    def __init__(self, exporters: Mapping[str, Exporter]) -> None:
        """Get ready for files of JSON lines, by name; their exporters learn of it.

        Raises:
            MissingExtra: pyarrow is not installed.
            InputError: a format nests its rows without end and has no columns.
        """
        demand_parquet()
        self._examples: dict[str, Mapping[str, Any]] = {}
        for name, exporter in exporters.items():
            if exporter.nested:
                raise InputError(
                    f"{exporter.name}: trees nest and have no columns; oasst_messages has the "
                    "same messages as a table"
                )
            exporter.parquet = True
            self._examples[name] = exporter.example

    def file(self, name: str) -> str:
        """Return what a file of JSON lines is called in this form; others keep their name."""
        for suffix in (".jsonl.gz", ".jsonl"):
            if name.endswith(suffix):
                return f"{name.removesuffix(suffix)}.parquet"
        return name

    def opened(self, folder: Path, name: str) -> AbstractContextManager[Output]:
        """Open a file for lines; those of JSON become rows when the block ends well."""
        path = folder / self.file(name)
        if path.suffix != ".parquet":
            return written_whole(path)
        return _spooled(path, self._examples.get(name, {}))


@contextmanager
def _spooled(path: Path, example: Mapping[str, Any]) -> Iterator[Output]:
    """Collect lines in a file beside `path`, then write them as parquet.

    The rows are gone through twice: a column's type has to hold for all of them.
    """
    import pyarrow as pa

    spool = path.with_name(f".{path.name}.lines")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with spool.open("wb") as lines:
            yield lines
        _convert(spool, path, example)
    except OSError as error:
        raise ExportError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    except pa.ArrowException as error:
        raise ExportError(f"{path}: the rows differ in their columns: {error}") from error
    finally:
        with suppress(OSError):
            spool.unlink(missing_ok=True)


def _convert(spool: Path, path: Path, example: Mapping[str, Any]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(spool, example)
    with written_whole(path) as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for rows in _batches(spool):
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))


def _schema(spool: Path, example: Mapping[str, Any]) -> "pa.Schema":
    """Return the columns of all rows. What is null or empty throughout counts as text."""
    import pyarrow as pa

    found = pa.Table.from_pylist([example] if example else []).schema
    for rows in _batches(spool):
        own = pa.Table.from_pylist(rows).schema
        found = pa.unify_schemas([own, found], promote_options="permissive")
    return pa.schema([field.with_type(_typed(field.type)) for field in found])


def _typed(kind: "pa.DataType") -> "pa.DataType":
    import pyarrow as pa

    if pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_list(kind):
        return pa.list_(_typed(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_typed(field.type)) for field in kind.fields])
    return kind


def _batches(spool: Path) -> Iterator[list[Row]]:
    with spool.open("rb") as lines:
        rows: list[Row] = []
        held = 0
        for line in lines:
            rows.append(from_json(line))
            held += len(line)
            if len(rows) == GROUP_ROWS or held > GROUP_BYTES:
                yield rows
                rows, held = [], 0
        if rows:
            yield rows


def parquet_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a parquet file, some in memory at a time.

    Raises:
        MissingExtra: pyarrow is not installed.
        InputError: the file can't be read.
    """
    demand_parquet()
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=1_000):
                yield from batch.to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise InputError(Fault(f"no parquet file that can be read: {error}", path)) from error
