"""Where finished trees come from: a run's directory, or any OASST file."""

from collections.abc import Iterator
from pathlib import Path

from dialoom.errors import Fault, InputError
from dialoom.imports.oasst import read_records
from dialoom.store import RunStore
from dialoom.tree import TreeRecord

__all__ = ["records_from"]


def records_from(source: Path) -> Iterator[TreeRecord]:
    """Yield the trees of a run or of an OASST file of trees or messages, one in memory at a time.

    Raises:
        InputError: the source is neither, or can't be read.
    """
    if source.is_dir():
        with RunStore.read(source) as store:
            yield from store.trees.records()
    elif source.exists():
        yield from read_records(source)
    else:
        raise InputError(Fault("no such run directory or trees file", source))
