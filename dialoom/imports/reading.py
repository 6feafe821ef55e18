"""How the rows of a file are to be read, found out from the first of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dialoom.errors import InputError
from dialoom.imports.fields import FORMATS
from dialoom.imports.mapping import ColumnMap, column_map, value_at
from dialoom.imports.rows import Row
from dialoom.imports.scores import ScoreRange, number_in, range_of
from dialoom.imports.talks import rating_of
from dialoom.imports.turns import BadRow
from dialoom.spec import suggestion

__all__ = ["Reading", "reading_of"]

ALIASES: Mapping[str, str | None] = {
    **dict.fromkeys(("sft", "llamafactory", "parquet")),
    **dict.fromkeys(("chatml", "openai", "swift", "torchtune", "xtuner"), "messages"),
    **dict.fromkeys(
        ("dpo", "reward", "openai_preference", "swift_preference", "torchtune_preference"),
        "preference",
    ),
    "oasst_messages": "oasst",
}
"""Other names of formats, those of dialoom's own exporters among them; None goes by the rows."""
RATED = ("score", "score_chosen", "score_rejected")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file is taken for."""

    kind: str
    """JSON lines, CSV and so on."""
    format: str
    map: ColumnMap | None = None
    """None for files of Open-Assistant, which have columns of their own."""
    nested: Literal["trees", "messages"] = "trees"
    """What lines of an Open-Assistant file are."""
    scores: ScoreRange | None = None
    """What scores lie between; None where there are none, or no known scale fits."""
    unread: tuple[str, ...] = ()
    """Columns that nothing is taken from."""


def reading_of(
    kind: str,
    sample: Sequence[Row],
    columns: Mapping[str, str],
    wanted: str | None = None,
    scores: ScoreRange | None = None,
) -> Reading:
    """Return how rows like these are read.

    Args:
        kind: What holds the rows.
        sample: The first of them.
        columns: By field, as the user has named them.
        wanted: A format's name; None goes by the rows.
        scores: What scores lie between; None goes by the rows.

    Raises:
        InputError: the format is unknown, a column is not there, or nothing looks like a
            conversation.
    """
    name = _format(wanted)
    documents = _documents(sample)
    if name in (None, "oasst") and not columns:
        oasst = _oasst(kind, documents)
        if oasst is not None:
            return oasst
    if name == "oasst":
        raise InputError("the rows are neither Open-Assistant's trees nor its messages")
    found = column_map(documents, columns, name)
    taken = {column.partition(".")[0] for column in found.columns.values()}
    unread = tuple(dict.fromkeys(name for row in documents for name in row if name not in taken))
    return Reading(
        kind,
        found.format,
        found,
        scores=scores or range_of(_ratings(documents, found)),
        unread=unread,
    )


def _format(wanted: str | None) -> str | None:
    """Return a format by one of its names; None goes by the rows."""
    name = ALIASES.get(wanted, wanted) if wanted else None
    if name is not None and name not in FORMATS:
        known = sorted({*FORMATS, *ALIASES})
        hint = suggestion(name, known) or f"; there are {', '.join(known)}"
        raise InputError(f"no format is named {wanted!r}{hint}")
    return name


def _documents(sample: Sequence[Row]) -> list[Mapping[str, Any]]:
    """Return the rows that can be read; a row that is a text has one column, `text`."""
    documents = [
        {"text": row.value} if isinstance(row.value, str) else row.value
        for row in sample
        if not row.fault and isinstance(row.value, str | Mapping)
    ]
    if not documents:
        faults = [row.fault or "no mapping of columns" for row in sample]
        raise InputError(f"the first row is {faults[0]}" if faults else "there are no rows")
    return documents


def _oasst(kind: str, documents: Sequence[Mapping[str, Any]]) -> Reading | None:
    for row in documents:
        if "message_id" in row and "role" in row:
            return Reading(kind, "Open-Assistant messages", nested="messages")
        if "message_tree_id" in row and isinstance(row.get("prompt"), Mapping):
            return Reading(kind, "Open-Assistant trees", nested="trees")
    return None


def _ratings(documents: Sequence[Mapping[str, Any]], found: ColumnMap) -> Iterator[float]:
    for row in documents:
        given = [(found.value(row, field), field) for field in RATED]
        listed = value_at(row, found.columns.get("completions", ""))
        for value, field in given:
            try:
                if value is not None:
                    yield number_in(value, field)
            except BadRow:
                continue
        for one in listed if isinstance(listed, list) else ():
            try:
                rating = rating_of(one)
            except BadRow:
                continue
            if rating is not None:
                yield rating
