"""Looking at a run from another process, which it does not notice."""

from dataclasses import dataclass
from pathlib import Path

from dialoom.build.progress import read_progress
from dialoom.build.summary import RunSummary, summary_from
from dialoom.errors import RunConflict
from dialoom.events import RunProgressed
from dialoom.store import RunManifest, RunStore, Totals, at_work, read_manifest

__all__ = ["Watched", "kept_so_far", "latest_run", "look"]


@dataclass(frozen=True, slots=True)
class Watched:
    """A run as it is at one moment."""

    manifest: RunManifest
    at_work: bool
    """Whether a process holds the run's lock."""
    progress: RunProgressed | None
    """What that process told last, or, of one that died, told when it lived."""

    @property
    def summary(self) -> RunSummary | None:
        """The figures of a run that has ended; None when they are of another version, too."""
        return summary_from(self.manifest.summary) if self.manifest.summary else None


def look(directory: Path) -> Watched:
    """Return how a run is.

    Raises:
        RunConflict: no run is there.
    """
    is_at_work = at_work(directory)  # first: a run that ends afterwards has left its figures
    return Watched(read_manifest(directory), is_at_work, read_progress(directory))


def kept_so_far(directory: Path) -> Totals:
    """Return what the run's database holds.

    Raises:
        RunConflict: it is damaged or missing.
    """
    with RunStore.read(directory) as store:
        return store.trees.totals()


def latest_run(runs: Path) -> Path:
    """Return the directory of the run that was begun last.

    Raises:
        RunConflict: there is none.
    """
    found = sorted(runs.glob("*/manifest.json"), key=lambda file: file.stat().st_ctime_ns)
    begun = [(read_manifest(file.parent).created, file.parent) for file in found]
    if not begun:
        raise RunConflict(f"{runs}: no run is here; name the directory of one")
    return max(begun)[1]
