"""A session as a state machine: what is said, where you are in it, and what every change does.

It reads and prints nothing. It asks models, since that is what a session is for.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime

from dialoom.agents.clients.endpoint import Endpoint
from dialoom.build import ModelBook, heuristics_of
from dialoom.errors import InputError, ModelError
from dialoom.evaluators.base import Heuristic
from dialoom.evaluators.stops import stopper_for
from dialoom.repl.edits import edited
from dialoom.repl.judges import Judges, with_opinions
from dialoom.repl.scene import Scene
from dialoom.repl.settings import Settings
from dialoom.repl.talk import Talk, TalkCopy
from dialoom.repl.turns import Turns
from dialoom.repl.voices import Asked, Voices
from dialoom.scenarios.cast import Cast, Player
from dialoom.stage import derived_seed
from dialoom.tree import Node, TerminationReason, path_to

__all__ = ["Moment", "Session"]

Moment = tuple[Settings, Node | None, TalkCopy]
"""Everything that a command may change."""


class Session:
    """One conversation, in all its branches, with the people in it."""

    def __init__(
        self,
        scene: Scene,
        book: ModelBook,
        *,
        created: datetime,
        heuristics: Sequence[Heuristic] | None = None,
    ) -> None:
        """Begin a session.

        Args:
            scene: Who is on stage, and what was said before.
            book: The models.
            created: When the session began; every message is dated so.
            heuristics: None takes those of the scenario.

        Raises:
            InputError: the scenario's heuristics or turn policy can't be had.
        """
        scenario = scene.loaded.scenario
        self.scene, self.created = scene, created
        self.voices = Voices(scenario, book)
        rules = heuristics_of(scene.loaded) if heuristics is None else heuristics
        self.judges = Judges(rules, scenario.evaluate.critic)
        self.talk = Talk(f"{scene.loaded.sha256}/{scene.seed}/{scene.tree}", scene.roots)
        self.settings = Settings(you=scene.you)
        self.here = scene.here
        self.asked: dict[str, Asked] = {}
        """How each reply of this session was had, by message id."""
        self.systems: dict[str, str] = dict(scene.systems)
        """The system prompt each reply was drawn under, by message id."""
        self.turns = Turns(scene, self.voices)
        self._stoppers = [stopper_for(rule) for rule in scenario.stop]
        self._undo: list[Moment] = []
        self._cast: tuple[Settings, Cast] | None = None

    @property
    def cast(self) -> Cast:
        """Everyone on stage, as they are after all changes."""
        if self._cast is None or self._cast[0] is not self.settings:
            self._cast = (self.settings, self.cast_with(self.settings))
        return self._cast[1]

    @property
    def focus(self) -> Player:
        """The member under debug."""
        return self.cast[self.scene.focus]

    def cast_with(self, settings: Settings) -> Cast:
        """Return the cast that other settings would make.

        Raises:
            InputError: a change gives a persona what it can't have.
        """
        base = settings.base or self.scene.cast
        players = tuple(
            player.model_copy(update={"persona": settings.personas[player.name]})
            if player.name in settings.personas
            else player
            for player in base.players
        )
        base = Cast(players=players, setting=base.setting, language=base.language)
        return edited(base, settings.edits)

    async def turn(self, here: Node | None) -> str:
        """Return the name of the member that speaks after a message.

        Raises:
            ModelError: the turn policy asked a model, and it gave no answer.
        """
        return await self.turns.next(here, self.cast, self.settings)

    async def say(self, text: str, name: str | None = None) -> Node:
        """Add words of yours, judge them by the heuristics, and go there.

        Args:
            text: What is said.
            name: Who says it; None: you, or whoever's turn it is when you watch. When you had
                the last word, it is said instead of that, as a branch of its own.

        Raises:
            InputError: it is somebody else's turn.
            ModelError: a model had to say whose turn it is.
        """
        here = self.here
        if name is None and self.settings.you is not None:
            name = self.settings.you
            if here is not None and here.speaker == name and here.model is None:
                here = here.parent
        name = await self.turns.granted(here, self.cast, self.settings, to=name)
        node = self.talk.add(here, name, self.cast[name].role, text)
        await self.judge(node)
        self.here = node
        return node

    async def reply(
        self, name: str, here: Node | None, *, seed: int | None = None, model: str | None = None
    ) -> AsyncIterator[str | Node]:
        """Yield a member's next message as its model gives it, then go to it and yield it whole.

        Args:
            name: Who speaks.
            here: What it replies to; the words are added after it.
            seed: None takes the seed that a run would.
            model: Of several of the member's models, the one to ask; None: the first.

        Raises:
            InputError: the name of the model is wrong.
            ModelError: the model gave no reply; nothing is added.
        """
        seed = self.seeds(here, 1)[0] if seed is None else seed
        voices = self.voices.stream(here, name, self.cast, self.settings, seed=seed, model=model)
        async for piece in voices:
            if isinstance(piece, str):
                yield piece
                continue
            node = self.add(here, name, piece)
            await self.judge(node)
            self.here = node
            yield node

    async def candidates(
        self, name: str, here: Node | None, count: int
    ) -> tuple[list[Node], list[ModelError]]:
        """Add further candidates of one turn, and stay where you are.

        Returns:
            The new messages, and the errors that stand for those that could not be had.

        Raises:
            InputError: the name of a model is wrong.
            ModelError: a model can't be used.
        """
        seeds = self.seeds(here, count)
        drawn = await self.voices.draw(here, name, self.cast, self.settings, seeds=seeds)
        added = [self.add(here, name, one) for one in drawn if isinstance(one, Asked)]
        if added:
            await self.judge(added[-1], critic=await self._critic_ranks(added[-1]))
        return added, [one for one in drawn if isinstance(one, ModelError)]

    def seeds(self, here: Node | None, count: int) -> list[int]:
        """Return the seeds of the next candidates after a message: those that a run takes."""
        first, path = len(self.talk.replies(here)), _path(here)
        return [
            derived_seed(self.scene.seed, self.scene.tree, (*path, place), "draw0")
            for place in range(first, first + count)
        ]

    def last_reply(self, name: str | None = None) -> Node | None:
        """Return the last message up to here that a model wrote, of one member or of anybody."""
        for node in reversed(path_to(self.here)) if self.here is not None else ():
            if node.model is not None and name in (None, node.speaker):
                return node
        return None

    def add(self, here: Node | None, name: str, asked: Asked) -> Node:
        """Add a reply that a model gave, unjudged, and stay where you are."""
        completion = asked.completion
        node = self.talk.add(here, name, self.cast[name].role, completion.text)
        node.model, node.seed = asked.model, asked.seed
        node.finish_reason, node.thought = completion.finish_reason, completion.thought
        node.call_key = completion.call_key or None
        node.prompt_tokens = completion.usage.prompt_tokens
        node.completion_tokens = completion.usage.completion_tokens
        self.asked[node.message_id] = asked
        self.systems[node.message_id] = asked.request.messages[0]["content"]
        return node

    async def judge(self, node: Node, *, critic: bool = False) -> None:
        """Judge a message and its siblings by the heuristics, and by the critic where asked.

        Once the critic has judged one of them, it judges each that is added, so that they stay
        comparable.

        Raises:
            ModelError: the critic's model can't be used.
        """
        group = self.talk.siblings(node)
        asks = critic or any(v.kind == "critic" for one in group for v in one.verdicts)
        model = await self._critic() if asks else None
        seed = derived_seed(self.scene.seed, self.scene.tree, _path(node.parent), "tag0")
        systems = {name: self.system(name) for name in {one.speaker for one in group}}
        await self.judges.tag(group, self.cast, seed, critic=model, systems=systems)
        self.settle(node)

    def settle(self, node: Node) -> None:
        """Put your own labels and ranking of a message and its siblings on top, anew."""
        with_opinions(self.talk.siblings(node), _id(node.parent), self.settings)

    def system(self, name: str) -> str:
        """Return the system prompt of a member as it is now; empty where it has no model."""
        if name == self.settings.you:
            return ""
        agent = self.voices.agent(name, self.cast, self.settings)
        return agent.system(agent.clients[0])

    async def _critic(self) -> Endpoint:
        endpoint = self.voices.endpoint("critic", self.settings)
        await endpoint.prepare()
        return endpoint

    async def _critic_ranks(self, node: Node) -> bool:
        """Return whether the critic's opinion of candidates is worth its calls."""
        if self.scene.loaded.scenario.evaluate.critic is None:
            return False
        return self.judges.trusts(node.role, await self._critic())

    async def ending(self, *, ask_model: bool) -> tuple[TerminationReason, str] | None:
        """Return why the scenario would end the conversation here, or None when it goes on.

        Args:
            ask_model: Whether rules that ask a model do so; they are left out otherwise.

        Raises:
            ModelError: a rule's model gave no answer.
        """
        thread = path_to(self.here) if self.here is not None else []
        critic = await self._critic() if ask_model else None
        seed = derived_seed(self.scene.seed, self.scene.tree, _path(self.here), "ended")
        for rule in self._stoppers if thread else ():
            found = await rule.ending(thread, self.cast, critic=critic, seed=seed)
            if found is not None:
                return found
        return None

    def moment(self) -> Moment:
        """Return all that a command may change, as it is."""
        return self.settings, self.here, self.talk.copy()

    def keep(self, before: Moment) -> None:
        """Let `undo` go back to a moment, when something has changed since."""
        if before != self.moment():
            self._undo.append(before)

    def undo(self) -> None:
        """Make everything what it was before the last command that changed something.

        Raises:
            InputError: nothing is left to take back.
        """
        if not self._undo:
            raise InputError("there is nothing to undo")
        self.settings, self.here, talk = self._undo.pop()
        self.talk.restore(talk)

    def change(self, **settings: object) -> Settings:
        """Return the settings with some replaced; they are not in force yet."""
        return replace(self.settings, **settings)  # type: ignore[arg-type]


def _path(here: Node | None) -> tuple[int, ...]:
    return () if here is None else here.path


def _id(here: Node | None) -> str:
    return "" if here is None else here.message_id
