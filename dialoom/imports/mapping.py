"""Which column of a file is what: guessed from names and types, or said by the user."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dialoom.errors import InputError
from dialoom.imports.fields import ABOUT, FIELDS, FORMATS, KINDS, Field
from dialoom.spec import suggestion

__all__ = ["ColumnMap", "column_map", "given_columns", "value_at"]

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """How rows are read."""

    format: str
    columns: Mapping[str, str]
    """By field; a dot leads into a mapping."""

    def value(self, row: Document, field: str) -> Any:
        """Return what a row has for a field; None when it has nothing."""
        column = self.columns.get(field)
        return None if column is None else value_at(row, column)


def value_at(row: Any, column: str) -> Any:
    """Return what stands in a column; a dot in its name leads into a mapping."""
    if isinstance(row, Mapping) and column in row:
        return row[column]
    head, dot, rest = column.partition(".")
    return value_at(row[head], rest) if dot and isinstance(row, Mapping) and head in row else None


def given_columns(texts: Sequence[str]) -> dict[str, str]:
    """Return columns by field from texts like `prompt=question`; an empty column is none.

    Raises:
        InputError: a text has another form, or names no field.
    """
    found: dict[str, str] = {}
    for text in texts:
        field, equals, column = text.partition("=")
        if not equals:
            raise InputError(f"--map takes FIELD=COLUMN, like prompt=question; not {text!r}")
        if field not in FIELDS:
            hint = suggestion(field, list(FIELDS)) or f"; there are {', '.join(FIELDS)}"
            raise InputError(f"--map {text}: no field is named {field!r}{hint}")
        found[field] = column
    return found


def column_map(
    rows: Sequence[Document], given: Mapping[str, str], wanted: str | None = None
) -> ColumnMap:
    """Return which column is what in rows like these.

    Args:
        rows: Some of the file's.
        given: Columns by field that the user has named; they go before every guess.
        wanted: A format of `FORMATS`; None takes what the columns look like.

    Raises:
        InputError: a named column is not there, or nothing looks like a conversation.
    """
    known = list(dict.fromkeys(name for row in rows for name in row))
    _check_given(rows, given, known)
    fields = {*FORMATS[wanted], *ABOUT} if wanted else set(FIELDS)
    found = {name: column for name, column in given.items() if column}
    for name, field in FIELDS.items():
        if name in fields and name not in given:
            column = next((one for one in field.columns.split() if _fits(rows, one, field)), None)
            if column is not None and column not in found.values():
                found[name] = column
    if not found.keys() & {"messages", "prompt", "chosen"}:
        found = {**_by_type(rows, known, set(found.values())), **found}
    kind = next((kind for kind, needs in KINDS if found.keys() >= needs), None)
    if kind is None:
        raise InputError(
            f"no column looks like a conversation; there are {', '.join(known) or 'none'}. "
            "Say which is what, as in --map prompt=question --map response=answer"
        )
    return ColumnMap(wanted or _format(kind, rows, found), _needed(kind, found))


def _check_given(rows: Sequence[Document], given: Mapping[str, str], known: Sequence[str]) -> None:
    for field, column in given.items():
        if column and all(value_at(row, column) is None for row in rows):
            hint = suggestion(column, known) or f"; there are {', '.join(known) or 'none'}"
            raise InputError(f"--map {field}={column}: no column is named {column!r}{hint}")


def _fits(rows: Sequence[Document], column: str, field: Field) -> bool:
    """Return whether half at least of what stands in a column is what a field holds."""
    values = [value for row in rows if (value := value_at(row, column)) not in (None, "", [])]
    return bool(values) and sum(map(field.fits, values)) * 2 >= len(values)


def _by_type(rows: Sequence[Document], known: Sequence[str], taken: set[str]) -> dict[str, str]:
    """Return fields of columns whose names say nothing, by what is in them."""
    free = [name for name in known if name not in taken]
    talks = [name for name in free if _fits(rows, name, FIELDS["messages"])]
    if talks:
        return {"messages": talks[0]}
    texts = [name for name in free if _fits(rows, name, FIELDS["prompt"])]
    if len(texts) == 1:
        return {"prompt": texts[0]}
    return {"prompt": texts[0], "response": texts[1]} if len(texts) == 2 else {}


def _needed(kind: str, found: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that rows of a kind are made from, in the order of `FIELDS`."""
    needed = {*FORMATS[kind], *ABOUT}
    if "model_chosen" in found and kind == "preference":
        needed -= {"model"}
    if kind == "preference" and "chosen" not in found:
        needed -= {"prompt"}
    return {name: found[name] for name in FIELDS if name in needed and name in found}


def _format(kind: str, rows: Sequence[Document], found: Mapping[str, str]) -> str:
    """Return the name of the format that rows of a kind are known by."""
    if kind == "columns":
        return "alpaca" if found["prompt"] == "instruction" else kind
    column = found.get("messages" if kind == "messages" else "completions", "")
    listed = next((value for row in rows if (value := value_at(row, column))), None)
    first = listed[0] if isinstance(listed, list) else None
    if isinstance(first, Mapping) and kind == "messages" and "from" in first:
        return "sharegpt"
    if isinstance(first, Mapping) and kind == "ranked" and "annotations" in first:
        return "ultrafeedback"
    return kind
