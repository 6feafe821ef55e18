"""Where a row or a message comes from: its tree, siblings, verdicts, and the calls that made it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dialoom.build.origins import Player, players_of
from dialoom.build.prices import Prices
from dialoom.build.sources import record_with
from dialoom.build.spoken import marks_of
from dialoom.errors import InputError
from dialoom.exporters.written import (
    WrittenRow,
    find_rows,
    message_ids,
    row_files,
    written_rows,
)
from dialoom.messages import Message, Thread, messages
from dialoom.store import RunManifest, RunStore
from dialoom.tree import TreeRecord

__all__ = ["Trace", "trace_of"]

SHORTEST, ROW_ID = 4, 16
"""Characters of an id, at least; and of a row's id."""
_PLACE = re.compile(r"(.+\.(?:jsonl|jsonl\.gz|parquet)):([1-9]\d{0,11})")


@dataclass(frozen=True, slots=True)
class Trace:
    """All that is known of a row or a message."""

    source: Path
    record: TreeRecord
    thread: Thread
    """From the prompt to the last of the messages in question."""
    marks: Mapping[str, str]
    """The messages in question, by id, each with what the row makes of it: `trained`, `chosen`,
    `rejected`, `wanted`, `unwanted`, `rank 0` …; `asked for` where there is no row."""
    rows: Sequence[WrittenRow] = ()
    """The row, once for each file that holds it."""
    manifest: RunManifest | None = None
    """None for a file of trees."""
    players: Sequence[Player] = ()
    calls: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """What was asked, and what it took, by message id: as `RunJournal.request`, with `usd`. A
    message without one was written by an author, or its call was not kept."""

    @property
    def subjects(self) -> list[Message]:
        """The messages in question, in the order of the tree."""
        return [m for m in messages(self.record.tree) if m.message_id in self.marks]

    def siblings(self, message: Message) -> list[Message]:
        """Return the replies to the same message, this one among them, in the tree's order."""
        if message.parent_id is None:
            return [message]
        parent = next(m for m in self.thread if m.message_id == message.parent_id)
        return list(parent.replies or ())


def trace_of(
    wanted: str, sources: Sequence[Path], *, rows: Iterable[Path] = (), prices: Prices
) -> Trace:
    """Return the trace of a row or of a message.

    Args:
        wanted: The id of either, or how it begins; or where a row stands, as `rows.jsonl:3`.
        sources: Where to look, in this order: directories of runs, or OASST files.
        rows: Further files or directories of exported rows; those of a run are always looked at.
        prices: What the models cost.

    Raises:
        InputError: there is no such id, several begin so, or the row's messages are elsewhere.
    """
    if place := _PLACE.fullmatch(wanted):
        return _of_place(Path(place[1]), int(place[2]), sources, prices)
    if len(wanted) < SHORTEST:
        raise InputError(f"{wanted!r} is too short for an id; give {SHORTEST} characters or more")
    runs = [place for place in sources if place.is_dir()]
    found = _rows(wanted, runs, rows) if len(wanted) <= ROW_ID else []
    marks = message_ids(found[0].row) if found else {wanted: "asked for"}
    if not marks:
        first = found[0]
        raise InputError(f"{first.file}:{first.number}: the row doesn't say where it comes from")
    for source in sources:
        held = record_with(source, next(iter(marks)))
        if held is not None:
            record, message_id = held
            about = marks if found else {message_id: "asked for"}
            return _traced(source, record, about, found, prices)
    places = ", ".join(map(str, sources)) or "no run"
    if found:
        first = found[0]
        raise InputError(
            f"{first.file}:{first.number} is of the tree {first.row['meta'].get('tree_id')!r}, "
            f"which is not in {places}; name its run with --in"
        )
    raise InputError(
        f"there is no row and no message {wanted!r} in {places}; name another run with --in, or "
        "the folder of exported rows with --rows"
    )


def _of_place(file: Path, number: int, sources: Sequence[Path], prices: Prices) -> Trace:
    """Return the trace of a row that is named by its file and line.

    Raises:
        InputError: there is no such line, or no run holds what it says.
    """
    found = next((row for row in written_rows(file) if row.number == number), None)
    if found is None:
        raise InputError(f"{file} has no row {number}")
    marks = message_ids(found.row)
    for source in sources:
        if marks:
            held = record_with(source, next(iter(marks)))
            said = held and (held[0], marks)
        else:
            said = marks_of(found.row, source) if source.is_dir() else None
        if said is not None:
            return _traced(source, *said, [found], prices)
    places = ", ".join(map(str, sources)) or "no run"
    raise InputError(
        f"{file}:{number}: no message in {places} says this; name another run with --in"
    )


def _rows(wanted: str, runs: Iterable[Path], others: Iterable[Path]) -> list[WrittenRow]:
    """Return the row of an id from every file that holds it.

    Raises:
        InputError: rows of several ids begin so, or a file can't be read.
    """
    files = dict.fromkeys(file for place in (*others, *runs) for file in row_files(place))
    found = list(find_rows(files, wanted))
    ids = sorted({row.row["id"] for row in found})
    if len(ids) > 1:
        raise InputError(f"{len(ids)} rows have ids beginning so: {', '.join(ids[:5])}")
    return found


def _traced(
    source: Path,
    record: TreeRecord,
    marks: Mapping[str, str],
    rows: Sequence[WrittenRow],
    prices: Prices,
) -> Trace:
    by_id = {message.message_id: message for message in messages(record.tree)}
    missing = [message_id for message_id in marks if message_id not in by_id]
    if missing:
        raise InputError(f"{source}: the tree has no message {missing[0]!r}, which the row names")
    thread = _thread(by_id, list(marks)[-1])
    if not source.is_dir():
        return Trace(source, record, thread, marks, rows, players=players_of(record, None))
    with RunStore.read(source) as store:
        asked = {message.message_id for message in _family(by_id, marks)}
        calls = {
            message_id: _with_cost(request, prices)
            for message_id, notes in record.notes.items()
            if message_id in asked and notes.call_key
            if (request := store.journal.request(notes.call_key)) is not None
        }
        manifest = store.manifest
    players = players_of(record, manifest)
    return Trace(source, record, thread, marks, rows, manifest, players, calls)


def _family(by_id: Mapping[str, Message], marks: Iterable[str]) -> Iterable[Message]:
    """Yield the messages in question and their siblings."""
    for message_id in marks:
        parent = by_id.get(by_id[message_id].parent_id or "")
        yield from (parent.replies or ()) if parent is not None else (by_id[message_id],)


def _thread(by_id: Mapping[str, Message], message_id: str) -> Thread:
    thread = []
    step: Message | None = by_id[message_id]
    while step is not None:
        thread.append(step)
        step = by_id.get(step.parent_id or "")
    return tuple(reversed(thread))


def _with_cost(request: dict[str, Any], prices: Prices) -> dict[str, Any]:
    usage, price = request["usage"], prices.of(request["model"])
    usd = None
    if price is not None:
        usd = price.usd(
            prompt=usage["prompt_tokens"],
            completion=usage["completion_tokens"],
            cached=usage["cached_tokens"],
        )
    return {**request, "usage": {**usage, "usd": usd}}
