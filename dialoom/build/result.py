"""A run that has ended: its directory, its figures, and what is in its trees."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dialoom.build.summary import RunSummary
from dialoom.exporters.base import EXPORTERS, Row
from dialoom.messages import MessageTree
from dialoom.spec import Choice
from dialoom.store import RunStore
from dialoom.tree import TreeRecord

__all__ = ["Run"]


@dataclass(frozen=True, slots=True)
class Run:
    """A run on disk with its figures."""

    directory: Path
    summary: RunSummary

    def records(self) -> Iterator[TreeRecord]:
        """Yield the trees with all that is known of them, one in memory at a time."""
        with RunStore.read(self.directory) as store:
            yield from store.trees.records()

    def trees(self) -> Iterator[MessageTree]:
        """Yield the OASST message trees."""
        return (record.tree for record in self.records())

    def rows(self, exporter: str, **options: object) -> Iterator[Row]:
        """Yield the rows of a format, made from the trees with these options.

        Args:
            exporter: A registered name, like `sft` or `dpo`.
            options: Of the exporter; what is not given has the exporter's own default.

        Raises:
            InputError: the name or an option is wrong.
        """
        return EXPORTERS.make(Choice(exporter, (), options)).rows(self.records())
