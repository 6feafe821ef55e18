"""Rows read back from the files they were written to, and found there by their id."""

import mmap
import re
import zlib
from collections.abc import Iterable, Iterator
from gzip import GzipFile
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from pydantic_core import from_json

from dialoom.errors import Fault, InputError
from dialoom.exporters.base import Row
from dialoom.exporters.parquet import parquet_rows

__all__ = ["WrittenRow", "find_rows", "message_ids", "row_files", "written_rows"]

SUFFIXES = (".jsonl", ".jsonl.gz", ".parquet")
CHUNK = 1 << 20


class WrittenRow(NamedTuple):
    """A row with where it stands."""

    file: Path
    number: int
    """Of the line or row, from 1."""
    row: Row


def row_files(place: Path) -> list[Path]:
    """Return the files of rows at a place, sorted: the file itself, or all below a directory.

    Raises:
        InputError: there is nothing.
    """
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise InputError(Fault("no such file or directory of rows", place))
    return sorted(
        file
        for file in place.rglob("*")
        if file.name.endswith(SUFFIXES) and not file.name.startswith(".") and file.is_file()
    )


def find_rows(files: Iterable[Path], row_id: str) -> Iterator[WrittenRow]:
    """Yield the rows whose `id` is the one given, or begins so.

    Lines of plain files are found without parsing the others: a gigabyte takes a second.

    Raises:
        InputError: a file can't be read.
    """
    for file in files:
        if file.name.endswith(".jsonl"):
            yield from _found_in_lines(file, row_id)
        else:
            yield from (found for found in written_rows(file) if _has_id(found.row, row_id))


def written_rows(file: Path) -> Iterator[WrittenRow]:
    """Yield the rows of a file of JSON lines, packed or not, or of parquet.

    Raises:
        InputError: the file can't be read, or a line is no JSON object.
    """
    if file.suffix == ".parquet":
        for number, row in enumerate(parquet_rows(file), start=1):
            yield WrittenRow(file, number, row)
        return
    try:
        with file.open("rb") as raw:
            lines = cast(BinaryIO, GzipFile(fileobj=raw)) if file.suffix == ".gz" else raw
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield WrittenRow(file, number, _parsed(file, number, line))
    except (OSError, EOFError, zlib.error) as error:
        message = getattr(error, "strerror", None) or str(error)
        raise InputError(Fault(message.lower(), file)) from error


def message_ids(row: Row) -> dict[str, str]:
    """Return the messages a row trains or compares, each with what it is there.

    Empty for a row that says nothing of where it comes from.
    """
    meta = row.get("meta")
    if not isinstance(meta, dict):
        return {}
    if isinstance(meta.get("message_ids"), list):
        return dict.fromkeys(filter(_is_id, meta["message_ids"]), "trained")
    wanted = "wanted" if row.get("label", row.get("kto_tag", True)) else "unwanted"
    named = [("chosen_id", "chosen"), ("rejected_id", "rejected"), ("message_id", wanted)]
    found = {meta[key]: mark for key, mark in named if _is_id(meta.get(key))}
    completions = row.get("completions")
    for one in completions if isinstance(completions, list) else ():
        if isinstance(one, dict) and _is_id(one.get("message_id")):
            found[one["message_id"]] = f"rank {one.get('rank')}"
    return found


def _is_id(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _has_id(row: Row, row_id: str) -> bool:
    return isinstance(row.get("id"), str) and row["id"].startswith(row_id)


def _found_in_lines(file: Path, row_id: str) -> Iterator[WrittenRow]:
    # a quote inside a text is escaped, so this is never found within one
    wanted = re.compile(rb'"id"\s*:\s*"' + re.escape(row_id.encode()))
    try:
        with file.open("rb") as raw:
            if file.stat().st_size == 0:
                return
            with mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ) as text:
                before = number = 0
                for match in wanted.finditer(text):
                    start = text.rfind(b"\n", 0, match.start()) + 1
                    end = text.find(b"\n", start)
                    number += _line_ends(text, before, start)
                    before = start
                    line = text[start : end if end >= 0 else len(text)]
                    row = _parsed(file, number + 1, line)
                    if _has_id(row, row_id):
                        yield WrittenRow(file, number + 1, row)
    except OSError as error:
        raise InputError(Fault((error.strerror or str(error)).lower(), file)) from error


def _line_ends(text: mmap.mmap, start: int, end: int) -> int:
    return sum(
        text[place : min(place + CHUNK, end)].count(b"\n") for place in range(start, end, CHUNK)
    )


def _parsed(file: Path, number: int, line: bytes) -> Row:
    try:
        row = from_json(line)
    except ValueError as error:
        raise InputError(Fault(f"not a line of JSON: {error}", file, number)) from error
    if not isinstance(row, dict):
        raise InputError(Fault("a row is a JSON object", file, number))
    return row
