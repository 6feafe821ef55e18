"""What other rules would leave of a run or a file, without writing anything."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from dialoom.build.exports import exporters_of
from dialoom.build.places import scenario_of
from dialoom.build.sources import records_from
from dialoom.errors import InputError
from dialoom.evaluators.contamination import Contamination
from dialoom.evaluators.duplicates import DuplicateTexts
from dialoom.evaluators.keep import Filter
from dialoom.exporters.base import Exporter
from dialoom.exporters.dpo import Dpo
from dialoom.exporters.oasst import Oasst
from dialoom.exporters.sft import Sft
from dialoom.quality import FunnelStep
from dialoom.records import with_drops
from dialoom.scenarios.keep import KeepRule
from dialoom.scenarios.library import load_scenario
from dialoom.store import read_manifest
from dialoom.tree import TreeRecord
from dialoom.verdicts import Verdict

__all__ = ["Rows", "WhatIf", "what_if"]


class Rows(NamedTuple):
    """What one exporter makes of the trees."""

    before: int
    """As the trees are."""
    after: int
    """As they would be."""


class WhatIf(NamedTuple):
    """What rules would come to."""

    funnel: tuple[FunnelStep, ...]
    rows: dict[str, Rows]
    """By exporter."""
    warnings: tuple[str, ...]


def what_if(
    source: Path, rules: Sequence[KeepRule], contamination: Contamination | None = None
) -> WhatIf:
    """Return what these rules, in place of a run's own, would leave of a source.

    Args:
        source: A run's directory or an OASST file; its labels are taken as they are.
        rules: In their order.
        contamination: What messages must share no words with.

    Raises:
        InputError: the source can't be read.
    """
    duplicates = DuplicateTexts()
    filters = Filter(rules, contamination, duplicates=duplicates)
    for record in records_from(source, dropping=False):
        duplicates.add(record)
        filters.add(record)
    filtered = filters.filtered()
    before = _counts(records_from(source), _exporters(source))
    after = _counts(_filtered(source, filtered.drops), _exporters(source))
    rows = {name: Rows(count, after[name]) for name, count in before.items()}
    return WhatIf(filtered.funnel, rows, filtered.warnings)


def _filtered(source: Path, drops: Mapping[str, Verdict]) -> Iterator[TreeRecord]:
    for record in records_from(source, dropping=False):
        yield with_drops(record, drops)


def _counts(records: Iterable[TreeRecord], exporters: Sequence[Exporter]) -> dict[str, int]:
    counts = {exporter.name: 0 for exporter in exporters}
    for record in records:
        for exporter in exporters:
            counts[exporter.name] += sum(1 for _ in exporter.tree_rows(record))
    return counts


def _exporters(source: Path) -> list[Exporter]:
    """Return the exporters that a run's scenario asks for, or the usual two."""
    if source.is_dir():
        manifest = read_manifest(source)
        try:
            loaded = load_scenario(scenario_of(manifest, source))
        except InputError:
            pass  # the scenario is no longer there, or is another now
        else:
            if loaded.sha256 == manifest.scenario_sha256:
                found = exporters_of(loaded, seed=manifest.seed)
                return [exporter for exporter in found if exporter.name != Oasst.name]
    return [Sft(), Dpo()]
