"""Splits of a data set by whole trees, so that nothing a model trains on is in its test set."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import Literal

from dialoom.errors import InputError
from dialoom.exporters.base import Exporter, FileForm, FileLine, write_files
from dialoom.near import clusters
from dialoom.tree import TreeRecord

__all__ = ["NEAR", "Share", "Splits", "export_splits", "split_trees"]

Share = float | int | Literal["rest"]
"""A part of all trees (a float up to 1), a number of trees (an int), or what is left."""

NEAR = 0.85
"""rapidfuzz `ratio`, 0 to 1, from which two openings count as the same."""


@dataclass(frozen=True, slots=True)
class Splits:
    """Which split each tree is in."""

    by_tree: Mapping[str, str]
    """The split's name by message_tree_id."""
    names: tuple[str, ...]
    clusters: int
    """How many groups of trees with nearly the same opening there are."""
    wanted: Mapping[str, float] = field(default_factory=dict)
    """How many trees were asked for, by split."""

    def note(self, name: str) -> str:
        """Return why a split is not as large as it was asked to be; empty when it is."""
        size, wanted = self.sizes()[name], self.wanted.get(name)
        if wanted is None or abs(size - wanted) < 1:
            return ""
        return (
            f"{size:,} trees where {wanted:,.0f} were asked for: those with nearly the same "
            "opening stay together"
        )

    def sizes(self) -> dict[str, int]:
        """Return the number of trees in each split."""
        found = list(self.by_tree.values())
        return {name: found.count(name) for name in self.names}


def split_trees(
    records: Iterable[TreeRecord],
    shares: Mapping[str, Share],
    *,
    seed: int = 0,
    near: float | None = NEAR,
) -> Splits:
    """Return a split of trees in which none, and no two of nearly the same opening, are parted.

    The same trees, shares and seed give the same split, whatever the order of the trees.

    Args:
        records: The trees; only the id and the opening of each are kept.
        shares: The splits wanted, like `{"train": "rest", "test": 0.1}`.
        seed: Decides which trees go where.
        near: See `NEAR`; None parts trees with the same opening.

    Raises:
        InputError: the shares don't fit the trees, or a split would be empty.
    """
    openings = {
        record.tree.message_tree_id: record.tree.prompt.text if record.tree.prompt else ""
        for record in records
    }
    ids = sorted(openings)
    numbers = range(len(ids)) if near is None else clusters((openings[i] for i in ids), near=near)
    together = [
        [tree_id for _, tree_id in group]
        for _, group in groupby(sorted(zip(numbers, ids, strict=True)), key=lambda pair: pair[0])
    ]
    wanted = _wanted(shares, len(ids))
    by_tree: dict[str, str] = {}
    missing = dict(wanted)
    for group in sorted(together, key=lambda group: _drawn(seed, group[0])):
        fits = [name for name, left in missing.items() if left >= len(group) - 0.5]
        split = max(fits or missing, key=lambda name: missing[name] / max(wanted[name], 1))
        missing[split] -= len(group)
        by_tree.update(dict.fromkeys(group, split))
    _check_none_is_empty(wanted, by_tree, len(together))
    return Splits(by_tree, tuple(shares), len(together), wanted)


def export_splits(
    folder: Path,
    exporters: Mapping[str, Sequence[Exporter]],
    records: Iterable[TreeRecord],
    splits: Splits,
    *,
    form: FileForm | None = None,
) -> dict[str, int]:
    """Write each split's files into a folder of its name, in one pass over the trees.

    Args:
        folder: Where the splits' folders go.
        exporters: By split; no exporter serves two.
        records: The trees that were split.
        splits: Their split.
        form: Of the files; JSON lines when None.

    Returns:
        The number of lines by file, as `train/sft.jsonl`.

    Raises:
        RowRejected: a row breaks its format; no file is changed then.
        ExportError: a file can't be written.
    """
    names = [f"{split}/{one.file_name}" for split in splits.names for one in exporters[split]]
    return write_files(folder, _lines(exporters, records, splits), names, form=form)


def _lines(
    exporters: Mapping[str, Sequence[Exporter]], records: Iterable[TreeRecord], splits: Splits
) -> Iterator[FileLine]:
    for record in records:
        split = splits.by_tree[record.tree.message_tree_id]
        for exporter in exporters[split]:
            for file, line in exporter.tree_lines(record):
                yield FileLine(f"{split}/{file}", line)
    for split in splits.names:
        for exporter in exporters[split]:
            for file, line in exporter.closing():
                yield FileLine(f"{split}/{file}", line)


def _wanted(shares: Mapping[str, Share], trees: int) -> dict[str, float]:
    """Return how many trees each split should have.

    Raises:
        InputError: a share is out of its range, or they ask for more or fewer trees than there are.
    """
    for name, share in shares.items():
        is_part = isinstance(share, float) and 0 < share <= 1
        is_count = isinstance(share, int) and not isinstance(share, bool) and share > 0
        if not (is_part or is_count or share == "rest"):
            raise InputError(
                f"split {name!r} is {share!r}; it is a part of all trees like 0.1, a number of "
                "trees like 200, or 'rest'"
            )
    rests = [name for name, share in shares.items() if share == "rest"]
    sizes = {
        name: share * trees if isinstance(share, float) else float(share)
        for name, share in shares.items()
        if share != "rest"
    }
    left = trees - sum(sizes.values())
    if len(rests) > 1:
        raise InputError(f"only one split can be 'rest', not {' and '.join(rests)}")
    if left < -0.5 or (not rests and left > 0.5):
        raise InputError(
            f"the splits ask for {sum(sizes.values()):g} of {trees} trees; they must add up, or "
            "one of them be 'rest'"
        )
    return {name: sizes.get(name, left) for name in shares}


def _drawn(seed: int, tree_id: str) -> bytes:
    return blake2b(f"{seed}:{tree_id}".encode(), digest_size=8).digest()


def _check_none_is_empty(
    wanted: Mapping[str, float], by_tree: Mapping[str, str], together: int
) -> None:
    empty = [name for name in wanted if name not in by_tree.values()]
    if empty:
        raise InputError(
            f"split {empty[0]!r} would be empty: the {len(by_tree)} trees have {together} "
            "different openings; ask for larger shares, or part trees with the same opening"
        )
