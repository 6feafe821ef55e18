"""Rows of CSV and JSONL files, for variables that belong together and for openers."""

import csv
import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from os.path import exists, isdir
from pathlib import Path
from typing import Any

from dialoom.errors import Fault, InputError
from dialoom.spec import nearest, read_text

__all__ = ["Table", "read_table"]

SIZE_LIMIT = 200_000_000
"""Bytes of a file that are read at most."""
FAULT_LIMIT = 20
"""Faulty rows that are reported at most."""

Numbered = tuple[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Table:
    """A file's rows: each has the same columns."""

    file: Path
    sha256: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]


def read_table(file: Path) -> Table:
    """Return the rows of a `.csv` or `.jsonl` file.

    A CSV's whole numbers become int where that loses nothing: `007` stays text. A JSONL line that
    is a bare string is the column `text`.

    Raises:
        InputError: the file can't be read, holds no rows, or its rows differ in their columns.
    """
    readers = {".csv": _csv_rows, ".jsonl": _jsonl_rows}
    if file.suffix.lower() not in readers:
        raise InputError(Fault("rows come from a .csv or a .jsonl file", file))
    text = _text(file)
    faults: list[Fault] = []
    numbered = list(readers[file.suffix.lower()](text, file, faults))
    if not numbered and not faults:
        raise InputError(Fault("the file has no rows", file))
    columns = tuple(numbered[0][1]) if numbered else ()
    faults += _differences(numbered, columns, file)
    if faults:
        raise InputError(faults[:FAULT_LIMIT])
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Table(file, digest, columns, tuple(row for _, row in numbered))


def _text(file: Path) -> str:
    if not exists(file) and isdir(file.parent):
        near = [
            name.name for suffix in ("csv", "jsonl") for name in file.parent.glob(f"*.{suffix}")
        ]
        raise InputError(Fault(f"no such file{nearest(file.name, near)}", file))
    return read_text(file, limit=SIZE_LIMIT)


def _csv_rows(text: str, file: Path, faults: list[Fault]) -> Iterator[Numbered]:
    reader = csv.reader(StringIO(text), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        if len(set(header)) != len(header) or "" in header:
            faults.append(Fault("each column of the first line needs a name of its own", file, 1))
            return
        for cells in reader:
            if len(cells) == len(header):
                yield reader.line_num, dict(zip(header, map(_cell, cells), strict=True))
            elif cells:
                message = f"{len(cells)} cells; the first line names {len(header)} columns"
                faults.append(Fault(message, file, reader.line_num))
    except csv.Error as error:
        faults.append(Fault(f"not CSV: {error}", file, reader.line_num))


def _cell(text: str) -> str | int:
    plain = text.isascii() and text.removeprefix("-").isdigit() and len(text) < 19
    return int(text) if plain and str(int(text)) == text else text


def _jsonl_rows(text: str, file: Path, faults: list[Fault]) -> Iterator[Numbered]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            faults.append(Fault(f"not JSON: {error}", file, number))
            continue
        row = {"text": row} if isinstance(row, str) else row
        if not isinstance(row, dict) or not row or not all(map(_is_value, row.values())):
            message = "write one object of texts and numbers on each line"
            faults.append(Fault(message, file, number))
        else:
            yield number, row


def _is_value(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_value, value.values()))
    return isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))


def _differences(numbered: list[Numbered], columns: tuple[str, ...], file: Path) -> list[Fault]:
    return [
        Fault(f"columns {', '.join(row)}; the first row has {', '.join(columns)}", file, number)
        for number, row in numbered
        if row.keys() != set(columns)
    ]
