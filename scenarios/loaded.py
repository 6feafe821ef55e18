"""A scenario read from its file, with everything its trees are made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dialoom.personas.library import PersonaFile
from dialoom.scenarios.model import Scenario
from dialoom.scenarios.variables import Variables
from dialoom.spec import Document

__all__ = ["LoadedScenario"]


@dataclass(frozen=True, slots=True)
class LoadedScenario:
    """A scenario that was checked, with the files it draws on."""

    scenario: Scenario
    document: Document
    file: Path
    """As the user wrote it, or in the shipped library."""
    sha256: str
    """Of all in the file that trees grow from, hexadecimal: not of what filters them at the end."""
    personas: Mapping[str, PersonaFile]
    """By member of the cast, in its order."""
    variables: Variables
    openers: tuple[str, ...]
    """First messages to draw from; empty when the model writes them."""
    digests: Mapping[str, str]
    """SHA-256 of every file read, by path: the scenario, personas, rows, openers."""
