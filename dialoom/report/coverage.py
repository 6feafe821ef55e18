"""Which values of which variables were tried, and what became of each speaker's messages."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from dialoom.report.facts import Facts
from dialoom.tree import TreeRecord

__all__ = ["Cell", "Coverage", "VariableTable"]

MOST_VALUES = 12
"""A variable with more values than this is named without a table, as is one that never has the
same value twice."""


class Cell(NamedTuple):
    """The messages of one speaker where a variable had one value."""

    kept: int
    messages: int


class VariableTable(NamedTuple):
    """A variable's values, each with the trees that had it and a cell for each speaker."""

    name: str
    values: int
    rows: list[tuple[str, int, list[Cell]]]
    """Value, trees, cells; empty when there are too many values for a table."""


class Coverage:
    """Variables x speakers, filled tree by tree."""

    def __init__(self) -> None:
        self.speakers: list[str] = []
        self._trees: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._cells: dict[tuple[str, str, str], Cell] = defaultdict(lambda: Cell(0, 0))

    def add(self, record: TreeRecord, found: Iterable[Facts]) -> None:
        """Take a tree into account."""
        counts: dict[str, Cell] = defaultdict(lambda: Cell(0, 0))
        for facts in found:
            kept, messages = counts[facts.speaker.name]
            counts[facts.speaker.name] = Cell(kept + (facts.dropped is None), messages + 1)
        self.speakers += [name for name in counts if name not in self.speakers]
        for name, value in record.variables.items():
            self._trees[name][str(value)] += 1
            for speaker, cell in counts.items():
                before = self._cells[name, str(value), speaker]
                sums = (before.kept + cell.kept, before.messages + cell.messages)
                self._cells[name, str(value), speaker] = Cell(*sums)

    def tables(self) -> list[VariableTable]:
        """Return a table for each variable, its values in the order of how often they came."""
        return [self._table(name, trees) for name, trees in self._trees.items()]

    def _table(self, name: str, trees: dict[str, int]) -> VariableTable:
        is_unique = len(trees) > 3 and max(trees.values()) == 1
        if len(trees) > MOST_VALUES or is_unique:
            return VariableTable(name, len(trees), [])
        order = sorted(trees.items(), key=lambda item: (-item[1], item[0]))
        rows = [
            (value, count, [self._cells[name, value, speaker] for speaker in self.speakers])
            for value, count in order
        ]
        return VariableTable(name, len(trees), rows)
