"""Rows into trees, one after the other; what can't be read comes out with its reason."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from dialoom.errors import RowRejected
from dialoom.exporters.oasst import check_ids
from dialoom.imports.merging import Waiting
from dialoom.imports.oasst import Misplaced, TreeGrower
from dialoom.imports.reading import Reading
from dialoom.imports.rows import Row
from dialoom.imports.talks import TalkReader
from dialoom.imports.turns import BadRow
from dialoom.messages import MessageTree, tree_line

__all__ = ["Grown", "Outcome", "Rejected", "TalkRows", "TreeRows"]

Placed = tuple[str, Row]
"""A row with the name of its file."""


class Grown(NamedTuple):
    """A tree."""

    tree: MessageTree
    line: bytes


class Rejected(NamedTuple):
    """A row that can't be read."""

    reason: str
    line: bytes
    """JSON of file, line, reason and the row itself."""


Outcome = Grown | Rejected


def rejected(placed: Placed, reason: str, value: Any = None) -> Rejected:
    """Return that a row can't be read, with all that is needed to mend it."""
    file, row = placed
    kept = {
        "file": file,
        "line": row.number,
        "reason": reason,
        "row": row.value if value is None else value,
    }
    return Rejected(reason, json.dumps(kept, default=str).encode())


class TalkRows:
    """Reads rows of any format that has columns."""

    def __init__(self, reading: Reading, waiting: Waiting) -> None:
        assert reading.map is not None
        self._map, self._waiting = reading.map, waiting
        self._reader = TalkReader(reading.map, reading.scores)

    def outcomes(self, rows: Iterable[Placed]) -> Iterator[Outcome]:
        """Yield what can't be read as it comes, then the trees."""
        for placed in rows:
            file, row = placed
            if row.fault:
                yield rejected(placed, row.fault)
                continue
            try:
                self._waiting.add(self._reader.talk(row.value), file, row.number)
            except BadRow as error:
                yield rejected(placed, str(error))
            except PydanticSerializationError:
                yield rejected(placed, "holds half a character (a lone surrogate)")
            else:
                if "tools" in self._map.columns and self._map.value(row.value, "tools"):
                    self._waiting.counts["definitions of tools left out"] += 1
        for tree in self._waiting.trees():
            yield from _grown(tree, ("", Row(0, None)))


class TreeRows:
    """Reads Open-Assistant's trees or messages, every field as it is."""

    def __init__(self, nested: Literal["trees", "messages"]) -> None:
        self._nested = nested

    def outcomes(self, rows: Iterable[Placed]) -> Iterator[Outcome]:
        """Yield trees and what can't be read, in the order of the file."""
        grower, begun = TreeGrower(), ("", Row(0, None))
        for placed in rows:
            row = placed[1]
            if row.fault:
                yield rejected(placed, row.fault)
                continue
            before = grower.tree
            try:
                tree = self._tree(row.value, grower)
            except ValidationError as error:
                yield rejected(placed, _fault(error))
            except Misplaced:
                yield rejected(placed, "its parent is not among the messages before it")
            except (ValueError, TypeError, KeyError, RecursionError):
                yield rejected(placed, f"not one of Open-Assistant's {self._nested}")
            else:
                if tree is not None:
                    yield from _grown(tree, placed if self._nested == "trees" else begun)
                if grower.tree is not before:
                    begun = placed
        if grower.tree is not None:
            yield from _grown(grower.tree, begun)

    def _tree(self, value: Any, grower: TreeGrower) -> MessageTree | None:
        if self._nested == "trees":
            return MessageTree.model_validate(value)
        return grower.add(value)


def _grown(tree: MessageTree, placed: Placed) -> Iterator[Outcome]:
    """Yield a tree whose ids fit and that can be written; else why not."""
    try:
        if tree.prompt is None:
            raise BadRow("the tree has no prompt")
        check_ids(tree)
        yield Grown(tree, tree_line(tree).encode())
    except RowRejected as error:
        yield rejected(placed, str(error))
    except BadRow as error:
        yield rejected(placed, str(error))
    except (PydanticSerializationError, RecursionError):
        yield rejected(placed, "a thread has too many messages to be nested")


def _fault(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if isinstance(part, str))
    return f"{place}: {first['msg']}" if place else str(first["msg"])
