"""Where runs lie, and where what they were made of lies."""

from pathlib import Path

from dialoom.store import RunManifest

__all__ = ["kept_path", "runs_in", "scenario_of"]


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
    return kept_path(manifest.scenario_file, run)


def kept_path(name: str, run: Path) -> Path:
    """Return a path that a run was begun with: as it was named then, or from above the run.

    Args:
        name: As the manifest has it.
        run: The run's directory.
    """
    folders = (Path(), *run.absolute().parents)
    return next((one / name for one in folders if (one / name).exists()), Path(name))
