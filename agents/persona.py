"""The persona agent: an AutoGen chat agent whose replies are a function of thread and seed."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.messages import BaseChatMessage, TextMessage
from autogen_core import CancellationToken

from dialoom.agents.clients.base import ModelClient
from dialoom.agents.forms import COMPACT, FULL, PromptForm
from dialoom.agents.view import history
from dialoom.chat import ChatRequest, Completion, Sampling
from dialoom.errors import ModelError
from dialoom.messages import Role
from dialoom.scenarios.cast import Cast, Player
from dialoom.tree import Node

__all__ = ["Draw", "PersonaAgent"]


@dataclass(frozen=True, slots=True)
class Draw:
    """One candidate: a completion of a model, or the error it gave instead."""

    model: str
    seed: int
    completion: Completion | None = None
    error: ModelError | None = None


class _Part(NamedTuple):
    """A player in one form."""

    system: str
    reminder: str
    sampling: Sampling


class _Share(NamedTuple):
    client: ModelClient
    places: range


class PersonaAgent(BaseChatAgent):
    """Plays one member of a cast.

    The engine calls `sample`, a pure function of the path. In an AutoGen team the agent works
    like any other; only there does it remember where the conversation stands.
    """

    def __init__(
        self,
        player: Player,
        cast: Cast,
        clients: Sequence[ModelClient],
        *,
        sampling: Sampling | None = None,
        seed: int = 0,
        here: Node | None = None,
        form: PromptForm | None = None,
    ) -> None:
        """Make an agent.

        Args:
            player: Who it is.
            cast: Everyone on the stage.
            clients: One or more models; several take turns at the candidates.
            sampling: Replaces the defaults of the prompt form, setting by setting.
            seed: Of the replies in an AutoGen team, 0 to 2**31 - 1.
            here: Where the conversation stands when a team takes over.
            form: How the player is put to the models; None takes what suits each of them.
        """
        super().__init__(player.name, player.persona.description)
        self.player, self.cast = player, cast
        self.clients = tuple(clients)
        self.sampling = sampling or Sampling()
        self.seed = seed
        self._here = here
        self.form = form
        self._parts: dict[str, _Part] = {}

    def system(self, client: ModelClient) -> str:
        """Return the system prompt this agent sends to a model."""
        return self._part(client).system

    def request(self, here: Node | None, seeds: Sequence[int], client: ModelClient) -> ChatRequest:
        """Return what is asked of a model for the message after `here`."""
        part = self._part(client)
        seen = history(here, self.name, self.cast.names)
        if part.reminder:
            last = f"{seen[-1]['content']}\n\n{part.reminder}"
            seen = (*seen[:-1], {"role": "user", "content": last})
        return ChatRequest(
            messages=({"role": "system", "content": part.system}, *seen),
            sampling=part.sampling,
            seeds=tuple(seeds),
            purpose=self.player.role,
        )

    async def sample(
        self,
        here: Node | None,
        seeds: Sequence[int],
        *,
        cancellation_token: CancellationToken | None = None,
    ) -> list[Draw]:
        """Return a candidate for each seed; models of several take turns, the first begins.

        A model that fails gives draws with its error; those of the other models stand.
        """
        shares = self._shares(len(seeds))
        if len(shares) == 1:
            return await self._ask(shares[0].client, seeds, here, cancellation_token)
        draws: dict[int, Draw] = {}

        async def ask(share: _Share) -> None:
            own = [seeds[place] for place in share.places]
            drawn = await self._ask(share.client, own, here, cancellation_token)
            draws.update(zip(share.places, drawn, strict=True))

        async with asyncio.TaskGroup() as group:
            for share in shares:
                group.create_task(ask(share))
        return [draws[place] for place in range(len(seeds))]

    def _shares(self, count: int) -> list["_Share"]:
        """Return which places each request fills: together where the endpoint takes siblings."""
        shares = []
        for start, client in enumerate(self.clients):
            places = range(start, count, len(self.clients))
            if client.traits.siblings_together and places:
                shares.append(_Share(client, places))
            else:
                shares += [_Share(client, range(place, place + 1)) for place in places]
        return shares

    async def _ask(
        self,
        client: ModelClient,
        seeds: Sequence[int],
        here: Node | None,
        cancellation_token: CancellationToken | None,
    ) -> list[Draw]:
        request = self.request(here, seeds, client)
        try:
            completions = await client.complete(request, cancellation_token=cancellation_token)
        except ModelError as error:
            return [Draw(client.name, seed, error=error) for seed in seeds]
        return [
            Draw(client.name, seed, completion)
            for seed, completion in zip(seeds, completions, strict=True)
        ]

    def _part(self, client: ModelClient) -> "_Part":
        """Return this player's part in the form that suits a model; made once a form."""
        form = self.form or (COMPACT if client.traits.compact else FULL)
        if form.name not in self._parts:
            stop = form.stop(self.player, self.cast)
            base = form.sampling.model_copy(update={"stop": stop})
            system = self.player.system
            self._parts[form.name] = _Part(
                system=form.sheet(self.player, self.cast) if system is None else system,
                reminder=form.reminder(self.player, self.cast) if form.reminder else "",
                sampling=self.sampling.over(base),
            )
        return self._parts[form.name]

    @property
    def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
        """Text only."""
        return (TextMessage,)

    def at(self, here: Node | None, *, seed: int | None = None) -> "PersonaAgent":
        """Return a fork of this agent for a team, standing at `here`."""
        return PersonaAgent(
            self.player,
            self.cast,
            self.clients,
            sampling=self.sampling,
            seed=self.seed if seed is None else seed,
            here=here,
            form=self.form,
        )

    async def on_messages(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> Response:
        """Return the reply to the messages since the last call.

        Raises:
            ModelError: the model gave none.
        """
        for message in messages:
            self._hear(message.source, message.to_text())
        (draw,) = await self.sample(self._here, [self.seed], cancellation_token=cancellation_token)
        if draw.completion is None:
            raise draw.error or ModelError("no reply", model=draw.model)
        self._hear(self.name, draw.completion.text)
        return Response(chat_message=TextMessage(content=draw.completion.text, source=self.name))

    async def on_reset(self, cancellation_token: CancellationToken) -> None:
        """Forget the conversation of the team."""
        self._here = None

    async def save_state(self) -> Mapping[str, object]:
        """Return the conversation so far, for AutoGen's own save and load."""
        said = []
        node = self._here
        while node is not None:
            said.append([node.speaker, node.text])
            node = node.parent
        return {"said": said[::-1]}

    async def load_state(self, state: Mapping[str, object]) -> None:
        """Take up a conversation that `save_state` returned."""
        self._here = None
        said = state["said"]
        if isinstance(said, list):
            for speaker, text in said:
                self._hear(speaker, text)

    def _hear(self, speaker: str, text: str) -> None:
        known = speaker in self.cast.names
        role: Role = self.cast[speaker].role if known else "prompter"
        self._here = Node("", self._here, speaker, role, text)
