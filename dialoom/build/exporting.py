"""`export`: finished trees, of a run or of any OASST file, into other formats."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from dialoom.build.exports import Exported, exported
from dialoom.build.sources import records_from
from dialoom.errors import Fault, InputError
from dialoom.exporters.base import EXPORTERS, Exporter, FileForm, JsonLines, export
from dialoom.exporters.parquet import Parquet
from dialoom.exporters.splits import Share, Splits, export_splits, split_trees
from dialoom.spec import Choice

__all__ = ["export_source", "options_of", "shares_of"]

_SPLIT = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*")


def export_source(
    source: Path,
    names: Sequence[str],
    out: Path,
    options: Mapping[str, Mapping[str, Any]],
    *,
    shares: Mapping[str, Share] | None = None,
    seed: int = 0,
    parquet: bool = False,
) -> dict[str, Exported]:
    """Write the trees of a source in each named format and return what was written.

    Args:
        source: A run's directory or an OASST file.
        names: Registered exporters.
        out: A directory; made when it is missing.
        options: Settings by exporter.
        shares: Splits by name; each gets a folder. None writes all trees into `out`.
        seed: Decides which trees go into which split.
        parquet: Write files of parquet in place of JSON lines.

    Returns:
        What was written by exporter; with splits by `split/exporter`.

    Raises:
        InputError: the source, a name, an option or a share is wrong; nothing is written then.
        MissingExtra: parquet is wanted, and pyarrow is not installed.
        ExportError: a file can't be written.
    """
    make = partial(_exporters, names, options)
    made = make()
    files = _form({exporter.file_name: exporter for exporter in made}, parquet=parquet)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(Fault((error.strerror or str(error)).lower(), out)) from error
    if shares:
        splits = split_trees(records_from(source), shares, seed=seed)
        return _export_split(source, out, make, splits, parquet=parquet)
    counts = export(out, made, records_from(source), form=files)
    return exported(made, counts, form=files)


def _exporters(names: Sequence[str], options: Mapping[str, Mapping[str, Any]]) -> list[Exporter]:
    return [EXPORTERS.make(Choice(name, (), options.get(name, {}))) for name in names]


def _form(of: Mapping[str, Exporter], *, parquet: bool) -> FileForm:
    return Parquet(of) if parquet else JsonLines()


def _export_split(
    source: Path,
    out: Path,
    make: Callable[[], list[Exporter]],
    splits: Splits,
    *,
    parquet: bool,
) -> dict[str, Exported]:
    """Write each split into a folder of its own, with exporters of its own."""
    by_split = {split: make() for split in splits.names}
    by_file = {f"{split}/{one.file_name}": one for split, own in by_split.items() for one in own}
    files = _form(by_file, parquet=parquet)
    counts = export_splits(out, by_split, records_from(source), splits, form=files)
    found: dict[str, Exported] = {}
    for split, own in by_split.items():
        written = exported(own, _within(split, counts), form=files)
        first = own[0].name  # the split's note is said once
        written[first] = replace(written[first], note=written[first].note or splits.note(split))
        for name, one in written.items():
            found[f"{split}/{name}"] = replace(one, file=f"{split}/{one.file}")
    return found


def _within(split: str, counts: Mapping[str, int]) -> dict[str, int]:
    return {
        file.removeprefix(f"{split}/"): count
        for file, count in counts.items()
        if file.startswith(f"{split}/")
    }


def shares_of(given: Sequence[str]) -> dict[str, Share]:
    """Return splits from texts like `train=rest`, `test=0.1` or `test=200`.

    Raises:
        InputError: a text has another form, or names a split twice.
    """
    found: dict[str, Share] = {}
    for text in given:
        name, _, value = text.partition("=")
        share = _share(value)
        if not _SPLIT.fullmatch(name) or share is None or name in found:
            raise InputError(
                f"--split takes NAME=SHARE, each name once: test=0.1, test=200 or train=rest; "
                f"not {text!r}"
            )
        found[name] = share
    return found


def _share(text: str) -> Share | None:
    if text == "rest":
        return "rest"
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        return None


def options_of(given: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return settings by exporter from texts like `dpo.min_margin=0.2`, values read as YAML.

    Raises:
        InputError: a text has another form, or names an exporter that is not asked for.
    """
    found: dict[str, dict[str, Any]] = {}
    for text in given:
        key, equals, value = text.partition("=")
        exporter, dot, option = key.partition(".")
        if not equals or not dot:
            raise InputError(
                f"--set takes FORMAT.OPTION=VALUE, like dpo.min_margin=0.2; not {text!r}"
            )
        if exporter not in names:
            raise InputError(f"--set {text}: the format {exporter!r} is not among --as")
        found.setdefault(exporter, {})[option] = _yaml(text, value)
    return found


def _yaml(text: str, value: str) -> Any:
    try:
        return yaml.safe_load(value)
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or "it can't be read"
        raise InputError(f"--set {text}: the value is no YAML: {problem}") from error
