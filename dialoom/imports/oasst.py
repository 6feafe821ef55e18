"""Open-Assistant files of any kind read back: trees or flat messages, packed or not."""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from gzip import BadGzipFile, GzipFile
from pathlib import Path
from typing import Any, BinaryIO, cast

from pydantic import ValidationError
from pydantic_core import from_json

from dialoom.errors import Fault, InputError
from dialoom.imports.prompts import systems_of
from dialoom.messages import Message, MessageTree, parse_tree
from dialoom.tree import TreeRecord

__all__ = ["Misplaced", "TreeGrower", "lines_of", "opened", "read_records"]


class Misplaced(ValueError):
    """A message whose parent is not in the tree that is being put together."""


def read_records(path: Path) -> Iterator[TreeRecord]:
    """Yield the trees of an OASST file, whether it holds trees or messages.

    A file of messages names each message's tree and has the messages of one tree together,
    parents first, as Open-Assistant's own reader asks. Labels and emojis in columns, as in the
    parquet files of the Hub, are understood. System prompts that `dialoom import` has kept are
    the record's `systems`.

    Raises:
        InputError: the file can't be read, or a line is neither a tree nor a message that fits.
    """
    for number, tree in enumerate(_trees(path)):
        yield TreeRecord(tree, number=number, systems=systems_of(tree))


def _trees(path: Path) -> Iterator[MessageTree]:
    grower = TreeGrower()
    with opened(path) as lines:
        for number, line in enumerate(lines_of(path, lines), start=1):
            if not line.strip():
                continue
            if grower.tree is None and b'"prompt"' in line and not _is_message(line):
                yield parse_tree(line, file=path, number=number)
            elif (finished := _grown(grower, line, path, number)) is not None:
                yield finished
    if grower.tree is not None:
        yield grower.tree


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file to be read, unpacked where it is packed with gzip.

    Raises:
        InputError: it can't be read.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            yield cast(BinaryIO, GzipFile(fileobj=raw)) if packed else raw
    except OSError as error:
        raise InputError(Fault((error.strerror or str(error)).lower(), path)) from error


def lines_of(path: Path, file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of an opened file.

    Raises:
        InputError: it is packed and damaged.
    """
    try:
        yield from file
    except (EOFError, zlib.error, BadGzipFile) as error:
        raise InputError(Fault(f"the packed file is damaged: {error}", path)) from error


def _is_message(line: bytes) -> bool:
    try:
        document = from_json(line)
    except ValueError:
        return False
    return isinstance(document, dict) and "message_id" in document


def _grown(grower: "TreeGrower", line: bytes, path: Path, number: int) -> MessageTree | None:
    """Give a line to the grower.

    Raises:
        InputError: the line is no message, or its parent is not in the tree.
    """
    try:
        document = from_json(line)
        if not isinstance(document, dict) or "message_id" not in document:
            raise ValueError
        return grower.add(document)
    except ValidationError as error:
        raise InputError(
            Fault(fault["msg"], path, number, ".".join(str(part) for part in fault["loc"]))
            for fault in error.errors()[:5]
        ) from error
    except Misplaced as error:
        raise InputError(Fault(str(error), path, number)) from error
    except ValueError as error:
        fault = (
            "neither an OASST tree nor a message; `dialoom import` brings other formats into trees"
        )
        raise InputError(Fault(fault, path, number)) from error


class TreeGrower:
    """Puts messages that come one by one together again, one tree at a time."""

    def __init__(self) -> None:
        self.tree: MessageTree | None = None
        """The tree that is being put together."""
        self._by_id: dict[str, Message] = {}

    def add(self, document: Mapping[str, Any]) -> MessageTree | None:
        """Take a message; return the tree before it when the message begins another.

        Raises:
            ValidationError: it is no message.
            Misplaced: its parent is not in the tree.
        """
        message = Message.model_validate(_from_columns(dict(document)))
        name, state = message.message_tree_id or message.message_id, message.tree_state
        own = message.model_copy(
            update={"replies": [], "message_tree_id": None, "tree_state": None}
        )
        if message.parent_id is None:
            finished = self.tree
            self.tree = MessageTree(message_tree_id=name, tree_state=state, prompt=own)
            self._by_id = {own.message_id: own}
            return finished
        parent = self._by_id.get(message.parent_id)
        if self.tree is None or parent is None or parent.replies is None:
            raise Misplaced(
                f"the message {message.message_id!r} comes before its parent; "
                "messages of a tree stand together"
            )
        parent.replies.append(own)
        self._by_id[own.message_id] = own
        return None


def _from_columns(document: dict[str, Any]) -> dict[str, Any]:
    """Return a message with labels and emojis by name, as the files of the releases have them."""
    labels, emojis = document.get("labels"), document.get("emojis")
    if isinstance(labels, dict) and isinstance(labels.get("name"), list):
        document["labels"] = {
            name: {"value": value, "count": count}
            for name, value, count in _columns(labels, "name", "value", "count")
        }
    if isinstance(emojis, dict) and isinstance(emojis.get("name"), list):
        document["emojis"] = dict(_columns(emojis, "name", "count"))
    return document


def _columns(table: dict[str, Any], *names: str) -> Iterable[tuple[Any, ...]]:
    return zip(*(table[name] for name in names), strict=True)
