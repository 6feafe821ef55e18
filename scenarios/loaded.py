"""A scenario read from its file, with everything its trees are made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from dialoom.messages import Role
from dialoom.personas.library import PersonaFile
from dialoom.scenarios.model import Scenario
from dialoom.scenarios.variables import Variables
from dialoom.spec import Document
from dialoom.tree import Prefix

__all__ = ["Beginnings", "LoadedScenario"]


class Beginnings(Protocol):
    """Trees of a file that those of a run grow on."""

    @property
    def count(self) -> int:
        """How many trees there are."""

    @property
    def ends(self) -> int:
        """How many messages of all of them get replies."""

    @property
    def turns(self) -> int:
        """Messages that may be drawn after a reply; with 0 nobody but the assistant is asked."""

    @property
    def file(self) -> Path:
        """Where they are."""

    def made_by(self) -> dict[str, Any]:
        """Return what must agree for a run to be resumed."""

    def variables(self, number: int) -> dict[str, Any]:
        """Return the values of variables that a tree brings with it."""

    def origin(self, number: int) -> str:
        """Return where a tree is from."""

    def prefix(self, number: int, speakers: Mapping[Role, str]) -> Prefix:
        """Return what is there of a tree, given who takes the part of each role."""


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
    beginnings: Beginnings | None = None
    """What the trees grow on; None grows them from nothing."""

    @property
    def fingerprint(self) -> str:
        """What made the trees: those of different scenarios or files never share ids."""
        on = self.beginnings
        return self.sha256 if on is None else f"{self.sha256}/{sorted(on.made_by().items())}"

    @property
    def asked(self) -> frozenset[Role]:
        """The roles whose models are asked for messages."""
        alone = self.beginnings is not None and not self.beginnings.turns
        return frozenset(["assistant"] if alone else ["prompter", "assistant"])

    @property
    def asks_for_goals(self) -> bool:
        """Whether the critic's model is asked if the goal is reached."""
        rules = self.scenario.stop if "prompter" in self.asked else ()
        return any(rule.name == "goal_reached" and not rule.pattern for rule in rules)
