"""The rows of a file, whatever holds them: JSON lines, a JSON array, CSV or parquet."""

import csv
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from pydantic_core import from_json

from dialoom.errors import Fault, InputError
from dialoom.exporters.parquet import parquet_rows
from dialoom.imports.oasst import lines_of, opened

__all__ = ["Row", "Rows", "decoded", "rows_of"]

CHUNK = 1 << 20
"""Characters read at a time."""
LONGEST = 1 << 26
"""Characters that one element of an array may have."""
DELIMITERS = ",;\t|"


class Row(NamedTuple):
    """One row of a file."""

    number: int
    """Its line, or its place where rows have no lines; from 1."""
    value: Any
    """What is in it; its text when `fault` says that it can't be read."""
    fault: str = ""


class Rows(NamedTuple):
    """The rows of a file and what kind of file it is."""

    kind: str
    rows: Iterator[Row]


@contextmanager
def rows_of(path: Path) -> Iterator[Rows]:
    """Open a file, packed with gzip or not, and give its rows as they are read.

    Raises:
        InputError: it can't be read, or is none of these kinds; MissingExtra when it is parquet
            and pyarrow is not installed.
    """
    if path.is_dir():
        raise InputError(Fault("a directory; name the files in it", path))
    with opened(path) as file:
        lines = lines_of(path, file)
        head = next(lines, b"").removeprefix(b"\xef\xbb\xbf")
        if head.startswith(b"PAR1"):
            rows = enumerate(parquet_rows(path), start=1)
            yield Rows("parquet", (Row(number, value) for number, value in rows))
        elif head.lstrip().startswith((b"{", b"[", b'"')) or not head.strip():
            yield _json(path, chain([head], lines))
        elif path.with_suffix("").suffix in (".csv", ".tsv") or path.suffix in (".csv", ".tsv"):
            yield Rows("CSV", _csv(chain([head], lines)))
        else:
            raise InputError(
                Fault(
                    "neither JSON lines, a JSON array nor parquet; the name of a CSV file ends "
                    "with .csv or .tsv",
                    path,
                )
            )


def _json(path: Path, lines: Iterator[bytes]) -> Rows:
    """Return the rows of lines that are JSON, each for itself or all together."""
    early: list[bytes] = []
    for line in lines:
        early.append(line)
        if line.strip():
            break
    head = b"".join(early)
    first = head.lstrip()[:1]
    if first == b"[":
        return Rows("a JSON array", _values(path, chain([head], lines)))
    if first == b"{" and decoded(head).fault and _spans_lines(lines, early):
        return Rows("JSON values", _values(path, chain(early, lines)))
    return Rows("JSON lines", _json_lines(chain(early, lines)))


def _spans_lines(lines: Iterator[bytes], early: list[bytes]) -> bool:
    """Return whether the first value goes on beyond its line; what is read is put into `early`."""
    size = 0
    for line in lines:
        early.append(line)
        size += len(line)
        if size > CHUNK:
            break
    text = b"".join(early).decode(errors="replace").lstrip()
    try:
        json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return False
    return True


def _json_lines(lines: Iterable[bytes]) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield decoded(line, number)


def decoded(line: bytes, number: int = 1) -> Row:
    """Return the row that a line of JSON holds."""
    try:
        return Row(number, from_json(line))
    except ValueError as error:
        text = line.decode(errors="replace").rstrip("\r\n")
        if "recursion limit" not in str(error):
            return Row(number, text, f"not JSON: {error}")
    try:  # pydantic's own reader ends at 100 messages of a thread
        return Row(number, json.loads(line))
    except (ValueError, RecursionError):
        return Row(number, text, "nested too deeply")


def _values(path: Path, lines: Iterable[bytes]) -> Iterator[Row]:
    """Yield the elements of an array, or values that follow each other.

    Raises:
        InputError: the text is not JSON.
    """
    reader = _Values(path, lines)
    in_array = reader.skip("[")
    while not reader.at_end(in_array):
        yield reader.value()
        reader.skip(",")
    if in_array:
        reader.end()


class _Values:
    """Reads JSON values from a text that is never in memory as a whole."""

    def __init__(self, path: Path, lines: Iterable[bytes]) -> None:
        self._path, self._lines = path, iter(lines)
        self._decoder = json.JSONDecoder()
        self._text, self._at, self._line = "", 0, 1

    def skip(self, mark: str) -> bool:
        """Go over white space and one mark, and return whether it was there."""
        self._to_next()
        found = self._text.startswith(mark, self._at)
        self._at += found
        return found

    def at_end(self, in_array: bool) -> bool:
        """Return whether nothing comes any more.

        Raises:
            InputError: the text ends inside an array.
        """
        self._to_next()
        ended = self._at >= len(self._text)
        if ended and in_array:
            raise self._broken("the array does not end")
        return ended or (in_array and self._text[self._at] == "]")

    def end(self) -> None:
        """Go over the end of an array.

        Raises:
            InputError: something comes after it.
        """
        self.skip("]")
        if not self.at_end(in_array=False):
            raise self._broken("something comes after the array")

    def value(self) -> Row:
        """Return the next value.

        Raises:
            InputError: it is not JSON.
        """
        line = self._line + self._text.count("\n", 0, self._at)
        while True:
            try:
                value, self._at = self._decoder.raw_decode(self._text, self._at)
            except RecursionError:
                raise self._broken("nested too deeply") from None
            except ValueError as error:
                if len(self._text) - self._at > LONGEST or not self._more():
                    raise self._broken(f"not JSON: {error}") from error
            else:
                return Row(line, value)

    def _to_next(self) -> None:
        while True:
            while self._at < len(self._text) and self._text[self._at].isspace():
                self._at += 1
            if self._at < len(self._text) or not self._more():
                return

    def _more(self) -> bool:
        """Read on and return whether there was something; what was read before is let go."""
        size = max(CHUNK, len(self._text) - self._at)
        pieces: list[bytes] = []
        while size > 0 and (piece := next(self._lines, None)) is not None:
            pieces.append(piece)
            size -= len(piece)
        self._line += self._text.count("\n", 0, self._at)
        try:
            self._text = self._text[self._at :] + b"".join(pieces).decode()
        except UnicodeDecodeError as error:
            raise self._broken("not UTF-8") from error
        self._at = 0
        return bool(pieces)

    def _broken(self, why: str) -> InputError:
        line = self._line + self._text.count("\n", 0, self._at)
        return InputError(Fault(f"{why}; this value of the file begins here", self._path, line))


def _csv(lines: Iterator[bytes]) -> Iterator[Row]:
    texts = (line.decode(errors="surrogateescape") for line in lines)
    head = next(texts, "")
    reader = csv.reader(chain([head], texts), delimiter=max(DELIMITERS, key=head.count))
    names = [name.strip() for name in next(reader, [])]
    csv.field_size_limit(LONGEST)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield Row(number, "", f"not CSV: {error}")
            continue
        if cells is None:
            return
        if cells:
            yield _csv_row(number, names, cells)


def _csv_row(number: int, names: list[str], cells: list[str]) -> Row:
    text = [cell.encode(errors="surrogateescape").decode(errors="replace") for cell in cells]
    if text != cells:
        return Row(number, text, "not UTF-8")
    if len(cells) != len(names):
        return Row(number, cells, f"has {len(cells)} cells, and the header {len(names)}")
    return Row(number, dict(zip(names, cells, strict=True)))
