"""What `list` prints: each file's name and first words, also of files that have faults."""

from pathlib import Path
from typing import Any, NamedTuple

from dialoom.errors import InputError
from dialoom.personas.library import persona_names, persona_path
from dialoom.scenarios.library import scenario_names, scenario_path
from dialoom.spec import load_document

__all__ = ["Listed", "personas", "scenarios"]


class Listed(NamedTuple):
    """A file that can be named."""

    name: str
    description: str
    """What the file says of itself, or why it can't be read."""
    file: str


def personas() -> list[Listed]:
    """Return the personas that a scenario in this folder can name."""
    return [_listed(name, persona_path(name)) for name in persona_names()]


def scenarios() -> list[Listed]:
    """Return the scenarios that `simulate` takes by name."""
    return [_listed(name, scenario_path(name)) for name in scenario_names()]


def _listed(name: str, file: Path) -> Listed:
    try:
        data: Any = load_document(file).data
    except InputError as error:
        return Listed(name, f"(can't be read: {error.faults[0].message})", str(file))
    said = data.get("description", "") if isinstance(data, dict) else ""
    return Listed(name, str(said).strip() or "(no description)", str(file))
