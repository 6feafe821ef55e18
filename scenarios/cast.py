"""The cast of one tree: personas with this tree's variables filled in."""

from functools import cached_property

from dialoom.messages import Role
from dialoom.personas.model import Persona
from dialoom.spec import Spec

__all__ = ["Cast", "Player"]


class Player(Spec):
    """A member of the cast, every template rendered."""

    name: str
    """Unique in the cast; what messages carry as their speaker."""
    role: Role
    persona: Persona
    """With the scenario's facts merged into its own."""
    goal: str = ""
    policy: str = ""
    system: str | None = None
    """A system prompt given word for word in the scenario."""

    @property
    def display_name(self) -> str:
        """What the others call it."""
        return self.persona.display_name


class Cast(Spec):
    """Everyone on the stage of one tree, in the scenario's order."""

    players: tuple[Player, ...]
    setting: str = ""
    language: str = "en"

    @cached_property
    def _by_name(self) -> dict[str, Player]:
        return {player.name: player for player in self.players}

    def __getitem__(self, name: str) -> Player:
        return self._by_name[name]

    @property
    def names(self) -> dict[str, str]:
        """Display names by speaker."""
        return {player.name: player.display_name for player in self.players}

    def others(self, name: str) -> tuple[Player, ...]:
        """Return everyone but the named player."""
        return tuple(player for player in self.players if player.name != name)
