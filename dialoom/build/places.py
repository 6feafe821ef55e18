"""Where runs lie, and where what they were made of lies."""

from pathlib import Path

from dialoom.store import RunManifest

__all__ = ["runs_in", "scenario_of"]


def runs_in(folder: Path) -> list[Path]:
    """Return the directories of runs in a folder, the newest first."""
    found = [manifest.parent for manifest in folder.glob("*/manifest.json")]
    return sorted(found, key=lambda run: (run / "manifest.json").stat().st_mtime, reverse=True)


def scenario_of(manifest: RunManifest, run: Path) -> Path:
    """Return where a run's scenario is: as it was named when the run was begun, or above the run.

    Args:
        manifest: The run's.
        run: Its directory.
    """
    file = manifest.scenario_file
    folders = (Path(), *run.absolute().parents)
    return next((one / file for one in folders if (one / file).is_file()), Path(file))
