"""Whose turn it is in a session, and who may speak out of turn."""

from dialoom.build import turn_policy_of
from dialoom.errors import InputError
from dialoom.repl.scene import Scene
from dialoom.repl.settings import Settings
from dialoom.repl.voices import Voices
from dialoom.scenarios.cast import Cast
from dialoom.stage import derived_seed
from dialoom.tree import Node

__all__ = ["Turns"]


class Turns:
    """The scenario's turn policy, with the session's models."""

    def __init__(self, scene: Scene, voices: Voices) -> None:
        """Take the scene.

        Raises:
            InputError: the scenario's turn policy can't be had.
        """
        self._scene, self._voices = scene, voices
        self._policy = turn_policy_of(scene.loaded)

    async def next(self, here: Node | None, cast: Cast, settings: Settings) -> str:
        """Return the name of the member that speaks after a message.

        Raises:
            ModelError: the policy asked a model, and it gave no answer.
        """
        selector = self._voices.endpoint("selector", settings)
        path = () if here is None else here.path
        seed = derived_seed(self._scene.seed, self._scene.tree, path, "turn")
        return await self._policy.next(cast, here, client=selector, seed=seed)

    async def granted(
        self, here: Node | None, cast: Cast, settings: Settings, *, to: str | None
    ) -> str:
        """Return who speaks after a message: `to`, who asks for the word, or whoever is next.

        Where a model decides on turns anybody may have the word; elsewhere anybody of the role
        whose turn it is.

        Raises:
            InputError: it is the turn of the other side.
            ModelError: a model had to say whose turn it is.
        """
        if to is not None and self._policy.asks:
            return to
        turn = cast[await self.next(here, cast, settings)]
        if to is None or cast[to].role == turn.role:
            return to or turn.name
        raise InputError(
            f"it is the turn of {turn.name}: /step lets {turn.display_name} speak, "
            f"/say puts words in the mouth of {turn.display_name}"
        )
