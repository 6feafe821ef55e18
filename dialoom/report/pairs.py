"""The preference pairs made from each tree: those the run wrote, else what defaults would make."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dialoom.errors import Fault, InputError
from dialoom.exporters.dpo import Dpo
from dialoom.tree import TreeRecord

__all__ = ["PairView", "TreePairs"]


class PairView(NamedTuple):
    """A preferred message and the one it is preferred over."""

    chosen: str
    """Its message_id."""
    rejected: str
    margin: float
    why: str


class TreePairs:
    """Pairs by tree."""

    def __init__(self, source: Path) -> None:
        """Read the pairs of a run.

        Raises:
            InputError: the run's dpo.jsonl is damaged.
        """
        file = source / Dpo.file_name
        self.written = source.is_dir() and file.exists()
        """False when the pairs are only what the exporter's defaults would make."""
        self._defaults = Dpo()
        self._read: Mapping[str, list[PairView]] = _read(file) if self.written else {}

    def of(self, record: TreeRecord) -> list[PairView]:
        """Return the pairs of a tree."""
        if self.written:
            return self._read.get(record.tree.message_tree_id, [])
        return [_view(row) for row in self._defaults.tree_rows(record)]


def _read(file: Path) -> Mapping[str, list[PairView]]:
    found: dict[str, list[PairView]] = defaultdict(list)
    with file.open("rb") as lines:
        for row in _rows(file, lines):
            found[row["meta"]["tree_id"]].append(_view(row))
    return found


def _rows(file: Path, lines: Iterable[bytes]) -> Iterable[dict[str, Any]]:
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            _view(row)
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(Fault("not a row of preference pairs", file, number)) from error
        yield row


def _view(row: Mapping[str, Any]) -> PairView:
    meta = row["meta"]
    return PairView(meta["chosen_id"], meta["rejected_id"], row["margin"], meta["why"])
