"""`export --as hub`: a folder that `load_dataset` reads and `dialoom push` uploads."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic_core import to_json

from dialoom.build.sources import records_from
from dialoom.errors import ExportError, Fault, InputError
from dialoom.exporters.base import (
    Exporter,
    FileForm,
    FileLine,
    JsonLines,
    write_files,
    write_lines,
)
from dialoom.exporters.parquet import Parquet
from dialoom.exporters.splits import Share, split_trees
from dialoom.hub.card import card_of
from dialoom.hub.configs import CONFIGS, DataFile, HubOptions, config_file, exporters_for, file_of
from dialoom.hub.croissant import croissant_of
from dialoom.hub.data import HubData
from dialoom.hub.facts import TreeFacts, source_facts
from dialoom.tree import TreeRecord

__all__ = ["export_hub"]

ROW_FILES = (".jsonl", ".jsonl.gz", ".parquet")


def export_hub(
    source: Path,
    out: Path,
    *,
    options: HubOptions | None = None,
    shares: Mapping[str, Share] | None = None,
    seed: int = 0,
    parquet: bool = False,
    command: str = "",
    now: datetime | None = None,
) -> HubData:
    """Write a source's trees as a data set with configs, a card and a Croissant description.

    Args:
        source: A run's directory or an OASST file.
        out: The data set's folder; what an earlier export wrote there is replaced.
        options: Licence, name and options of the configs.
        shares: Splits of whole trees; all are `train` when None.
        seed: Decides which trees go into which split.
        parquet: Write parquet in place of JSON lines, and no trees: `messages` has them flat.
        command: How the export was asked for, for the card.
        now: Dates the card; the clock when None.

    Raises:
        InputError: the source, an option or a share is wrong, or there is no row to write.
        ExportError: a file can't be written.
    """
    options = options or HubOptions()
    if parquet:
        # all files of a data set are of one kind, and trees nest without end
        options = replace(options, configs={**options.configs, "trees": None})
    exporters_for(options)  # so that a wrong option is said before anything is read
    splits = split_trees(records_from(source), shares, seed=seed) if shares else None
    by_split = {name: exporters_for(options) for name in (splits.names if splits else ("train",))}
    writing = _Writing(by_split, splits.by_tree if splits else {})
    form = _form(writing, parquet=parquet)
    _check(out)
    facts = source_facts(source)
    counts = write_files(out, writing.lines(records_from(source)), form=form)
    files = [
        file_of(out, config, split, path=form.file(name), rows=counts[name])
        for config in CONFIGS
        for split in by_split
        if (name := config_file(config, split)) in counts
    ]
    if not files:
        raise InputError(Fault("no tree gives a row for any config", source))
    _remove_stale(out, files)
    found = HubData(
        folder=out,
        files=files,
        dropped=writing.dropped(),
        figures=writing.figures(),
        lengths=writing.lengths(),
        source=facts,
        trees=writing.facts,
        options=options,
    )
    _describe(found, command=command, when=now or datetime.now(UTC))
    return found


def _describe(data: HubData, *, command: str, when: datetime) -> None:
    described = to_json(croissant_of(data, when), indent=2)
    write_lines(data.folder / "croissant.json", [described])
    card = card_of(data, command=command, when=when)
    write_lines(data.folder / "README.md", [card.encode()])


class _Writing:
    """One pass over the trees for all configs and splits."""

    def __init__(
        self, exporters: Mapping[str, Mapping[str, Exporter]], of_split: Mapping[str, str]
    ) -> None:
        self.exporters, self.of_split = exporters, of_split
        self.facts = TreeFacts()
        self._lengths: dict[str, array[int]] = {}

    def lines(self, records: Iterator[TreeRecord]) -> Iterator[FileLine]:
        first = next(iter(self.exporters))
        for record in records:
            self.facts.add(record)
            split = self.of_split.get(record.tree.message_tree_id, first)
            for config, exporter in self.exporters[split].items():
                lengths = self._lengths.setdefault(config, array("I"))
                for _, line in exporter.tree_lines(record):
                    lengths.append(len(line))
                    yield FileLine(config_file(config, split), line)

    def all(self) -> Iterator[tuple[str, str, Exporter]]:
        """Yield config, split and exporter."""
        for split, made in self.exporters.items():
            for config, exporter in made.items():
                yield config, split, exporter

    def dropped(self) -> dict[str, Counter[str]]:
        found: dict[str, Counter[str]] = {}
        for config, _, exporter in self.all():
            found.setdefault(config, Counter()).update(exporter.dropped)
        return found

    def figures(self) -> dict[str, dict[str, float]]:
        return {f"{config}/{split}": exporter.figures() for config, split, exporter in self.all()}

    def lengths(self) -> dict[str, tuple[int, int]]:
        found = {}
        for config, lengths in self._lengths.items():
            if ordered := sorted(lengths):
                last = -(-len(ordered) * 95 // 100) - 1
                found[config] = (ordered[len(ordered) // 2], ordered[last])
        return found


def _form(writing: _Writing, *, parquet: bool) -> FileForm:
    if not parquet:
        return JsonLines()
    return Parquet({config_file(config, split): made for config, split, made in writing.all()})


def _check(out: Path) -> None:
    """Check that a folder is new, empty or holds an earlier export.

    Raises:
        InputError: it holds other things, or can't be read.
    """
    if not out.exists():
        return
    known = {*CONFIGS, "README.md", "croissant.json"} if _is_ours(out) else set()
    try:
        others = sorted(p.name for p in out.iterdir() if p.name not in known and p.name[0] != ".")
    except OSError as error:
        raise InputError(Fault((error.strerror or str(error)).lower(), out)) from error
    if others:
        message = f"a data set needs a folder of its own, and this one holds {others[0]!r}"
        raise InputError(Fault(message, out))


def _remove_stale(out: Path, files: Iterable[DataFile]) -> None:
    """Remove the rows of an earlier export that this one has not replaced.

    Raises:
        ExportError: one can't be removed.
    """
    fresh = {out / file.path for file in files}
    try:
        for folder in filter(Path.is_dir, (out / config for config in CONFIGS)):
            for path in folder.iterdir():
                if path not in fresh and path.name.endswith(ROW_FILES):
                    path.unlink()
            if not any(folder.iterdir()):
                folder.rmdir()
    except OSError as error:
        raise ExportError(f"{out}: {(error.strerror or str(error)).lower()}") from error


def _is_ours(out: Path) -> bool:
    try:
        return b"made by dialoom" in (out / "croissant.json").read_bytes()
    except OSError:
        return False
