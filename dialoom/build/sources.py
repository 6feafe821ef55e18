"""Where finished trees come from: a run's directory, or any OASST file."""

from collections.abc import Iterator
from pathlib import Path

from dialoom.errors import Fault, InputError
from dialoom.imports.oasst import read_records
from dialoom.messages import messages
from dialoom.store import RunStore
from dialoom.tree import TreeRecord

__all__ = ["record_with", "records_from"]


def records_from(source: Path, *, dropping: bool = True) -> Iterator[TreeRecord]:
    """Yield the trees of a run or of an OASST file of trees or messages, one in memory at a time.

    Args:
        source: A run's directory or a file.
        dropping: False gives a run's messages as they were before `evaluate.keep` saw them.

    Raises:
        InputError: the source is neither, or can't be read.
    """
    if source.is_dir():
        with RunStore.read(source) as store:
            yield from store.trees.records(dropping=dropping)
    elif source.exists():
        yield from read_records(source)
    else:
        raise InputError(Fault("no such run directory or trees file", source))


def record_with(source: Path, message_id: str) -> tuple[TreeRecord, str] | None:
    """Return the tree that holds a message and the message's whole id, or None.

    Args:
        source: A run's directory or an OASST file.
        message_id: The id, or how it begins.

    Raises:
        InputError: the source can't be read, or several messages have ids that begin so.
    """
    if not source.is_dir():
        return _record_in(source, message_id)
    with RunStore.read(source) as store:
        if store.trees.tree_of(message_id) is None:
            found = store.trees.beginning(message_id) if message_id else []
            _check_one(source, found)
            message_id = found[0] if found else ""
        number = store.trees.tree_of(message_id)
        return None if number is None else (store.trees.record(number), message_id)


def _record_in(file: Path, message_id: str) -> tuple[TreeRecord, str] | None:
    held: list[tuple[TreeRecord, str]] = []
    for record in records_from(file):
        for message in messages(record.tree):
            if message.message_id == message_id:
                return record, message_id
            if message_id and message.message_id.startswith(message_id):
                held.append((record, message.message_id))
                if len(held) > 2:
                    held.pop()
    _check_one(file, [found for _, found in held])
    return held[0] if held else None


def _check_one(source: Path, found: list[str]) -> None:
    if len(found) > 1:
        raise InputError(f"several messages of {source} have ids beginning so: {', '.join(found)}")
