"""Where runs lie."""

from pathlib import Path

__all__ = ["runs_in"]


def runs_in(folder: Path) -> list[Path]:
    """Return the directories of runs in a folder, the newest first."""
    found = [manifest.parent for manifest in folder.glob("*/manifest.json")]
    return sorted(found, key=lambda run: (run / "manifest.json").stat().st_mtime, reverse=True)
