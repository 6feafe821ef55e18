"""One pass over a run, or over a foreign file of trees, that gathers all the page shows."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dialoom.build.sources import records_from
from dialoom.quality import Quality, read_quality
from dialoom.report.calibration import Agreement, Calibration
from dialoom.report.calls import CallRow, call_rows
from dialoom.report.coverage import Coverage
from dialoom.report.disclosed import Disclosed
from dialoom.report.examples import Example, Sampled
from dialoom.report.notices import Notice, notices_of
from dialoom.report.pairs import TreePairs
from dialoom.report.payload import Item, tree_item
from dialoom.report.tallies import Tallies
from dialoom.report.wins import WinMatrix
from dialoom.store import RunManifest, RunStore, Totals

__all__ = ["Gathered", "gather"]

EXAMPLES = 20


@dataclass
class Gathered:
    """Everything of one source."""

    source: Path
    manifest: RunManifest | None = None
    """None for a foreign file, like `totals`."""
    totals: Totals | None = None
    calls: list[CallRow] = field(default_factory=list)
    tallies: Tallies = field(default_factory=Tallies)
    coverage: Coverage = field(default_factory=Coverage)
    agreements: list[Agreement] = field(default_factory=list)
    wins: WinMatrix = field(default_factory=WinMatrix)
    kept: list[Example] = field(default_factory=list)
    dropped: list[Example] = field(default_factory=list)
    trees: list[Item] = field(default_factory=list)
    pairs: int = 0
    pairs_written: bool = False
    ledger_notices: list[str] = field(default_factory=list)
    """What a reader should know of who has told what."""
    quality: Quality | None = None
    """None where the source has no evidence of its own."""
    notices: list[Notice] = field(default_factory=list)

    @property
    def exports(self) -> dict[str, Any]:
        """The files the run wrote, as its summary has them."""
        found: dict[str, Any] = self.manifest.summary.get("exports", {}) if self.manifest else {}
        return found


def gather(source: Path) -> Gathered:
    """Return everything the page shows of a run's directory or an OASST file.

    Raises:
        InputError: the source is neither, or can't be read.
    """
    gathered = Gathered(source)
    if source.is_dir():
        with RunStore.read(source) as store:
            gathered.manifest, gathered.totals = store.manifest, store.trees.totals()
            gathered.calls = call_rows(store.journal, store.manifest.summary)
        gathered.quality = read_quality(source)
    kept, dropped = Sampled(EXAMPLES), Sampled(EXAMPLES)
    pairs, calibration, disclosed = TreePairs(source), Calibration(), Disclosed(source)
    for record in records_from(source):
        found = gathered.tallies.add(record)
        gathered.coverage.add(record, found)
        gathered.wins.add(record)
        calibration.add(found)
        kept.add(record, found, kept=True)
        dropped.add(record, found, kept=False)
        item = tree_item(record, found, pairs.of(record), disclosed.ledger(record))
        gathered.pairs += len(item["pairs"])
        gathered.trees.append(item)
    gathered.kept, gathered.dropped = kept.examples(), dropped.examples()
    gathered.agreements = calibration.agreements()
    gathered.pairs_written = pairs.written
    gathered.ledger_notices = disclosed.notices
    gathered.notices = notices_of(
        gathered.tallies, gathered.manifest, gathered.totals, gathered.quality
    )
    return gathered
