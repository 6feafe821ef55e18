"""Open-Assistant files of any kind read back: trees or flat messages, packed or not."""

import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from gzip import GzipFile
from pathlib import Path
from typing import Any, BinaryIO, cast

from pydantic import ValidationError
from pydantic_core import from_json

from dialoom.errors import Fault, InputError
from dialoom.messages import Message, MessageTree, parse_tree
from dialoom.tree import TreeRecord

__all__ = ["read_records"]


def read_records(path: Path) -> Iterator[TreeRecord]:
    """Yield the trees of an OASST file, whether it holds trees or messages.

    A file of messages names each message's tree and has the messages of one tree together,
    parents first, as Open-Assistant's own reader asks. Labels and emojis in columns, as in the
    parquet files of the Hub, are understood.

    Raises:
        InputError: the file can't be read, or a line is neither a tree nor a message that fits.
    """
    grower = _Grower(path)
    with _opened(path) as lines:
        for number, line in enumerate(_lines(path, lines), start=1):
            if not line.strip():
                continue
            if grower.tree is None and b'"prompt"' in line and not _is_message(line):
                yield TreeRecord(parse_tree(line, file=path, number=number), number=grower.count)
                grower.count += 1
            else:
                yield from grower.add(line, number)
    yield from grower.finish()


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            yield cast(BinaryIO, GzipFile(fileobj=raw)) if packed else raw
    except OSError as error:
        raise InputError(Fault((error.strerror or str(error)).lower(), path)) from error


def _lines(path: Path, file: BinaryIO) -> Iterator[bytes]:
    try:
        yield from file
    except (EOFError, zlib.error) as error:
        raise InputError(Fault(f"the packed file is damaged: {error}", path)) from error


def _is_message(line: bytes) -> bool:
    try:
        document = from_json(line)
    except ValueError:
        return False
    return isinstance(document, dict) and "message_id" in document


class _Grower:
    """Puts messages that come one by one together again, one tree at a time."""

    def __init__(self, path: Path) -> None:
        self.path, self.count = path, 0
        self.tree: MessageTree | None = None
        self.by_id: dict[str, Message] = {}

    def add(self, line: bytes, number: int) -> Iterator[TreeRecord]:
        """Take a message; yield the tree before it when the message begins another.

        Raises:
            InputError: it is no message, or its parent is not in the tree.
        """
        message = self._message(line, number)
        name, state = message.message_tree_id or message.message_id, message.tree_state
        own = message.model_copy(
            update={"replies": [], "message_tree_id": None, "tree_state": None}
        )
        if message.parent_id is None:
            yield from self.finish()
            self.tree = MessageTree(message_tree_id=name, tree_state=state, prompt=own)
            self.by_id = {own.message_id: own}
            return
        parent = self.by_id.get(message.parent_id)
        if self.tree is None or parent is None or parent.replies is None:
            where = f"the message {message.message_id!r} comes before its parent"
            raise InputError(
                Fault(f"{where}; messages of a tree stand together", self.path, number)
            )
        parent.replies.append(own)
        self.by_id[own.message_id] = own

    def finish(self) -> Iterator[TreeRecord]:
        """Yield the tree that is put together, if there is one."""
        if self.tree is not None:
            yield TreeRecord(self.tree, number=self.count)
            self.count += 1
            self.tree = None

    def _message(self, line: bytes, number: int) -> Message:
        try:
            document = from_json(line)
            if not isinstance(document, dict) or "message_id" not in document:
                raise ValueError
            return Message.model_validate(_from_columns(document))
        except ValidationError as error:
            raise InputError(
                Fault(
                    fault["msg"],
                    self.path,
                    number,
                    ".".join(str(part) for part in fault["loc"]),
                )
                for fault in error.errors()[:5]
            ) from error
        except ValueError as error:
            raise InputError(
                Fault("neither an OASST tree nor a message", self.path, number)
            ) from error


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
