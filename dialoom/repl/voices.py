"""The agents of a session: what each would be asked next, and asking it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from dialoom.agents.clients.endpoint import Endpoint
from dialoom.agents.persona import PersonaAgent
from dialoom.build import ModelBook
from dialoom.chat import ChatRequest, Completion, Sampling
from dialoom.errors import ModelError
from dialoom.repl.settings import Settings
from dialoom.scenarios.cast import Cast, Player
from dialoom.scenarios.model import Scenario
from dialoom.tree import Node

__all__ = ["EVERYBODY", "Asked", "CallMemory", "Voices"]

EVERYBODY = "*"
"""In `Settings.models`: the key of a model for all members."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One reply with what was asked for it."""

    request: ChatRequest
    model: str
    seed: int
    completion: Completion
    cast: Cast
    """Everyone on stage as they were then."""


class CallMemory:
    """Answers of this session's models, so that no question is asked twice."""

    def __init__(self) -> None:
        self._answers: dict[str, list[Completion]] = {}

    def find(self, key: str) -> list[Completion] | None:
        """Return the answer to a call that was made before, or None."""
        return self._answers.get(key)

    async def put(
        self, key: str, model: str, request: ChatRequest, answer: Sequence[Completion]
    ) -> None:
        """Keep an answer."""
        self._answers[key] = list(answer)


class Voices:
    """Makes agents of a cast and asks their models."""

    def __init__(self, scenario: Scenario, book: ModelBook) -> None:
        self._scenario, self._book = scenario, book

    def endpoints(self, player: Player, settings: Settings) -> tuple[Endpoint, ...]:
        """Return the models of a member: the session's choice, or those it began with.

        Raises:
            InputError: the name is not a model's.
            ModelError: the model can't be used.
        """
        for key in (player.name, player.role, EVERYBODY):
            if key in settings.models:
                return (_reopened(self._book.endpoint(settings.models[key])),)
        return tuple(_reopened(endpoint) for endpoint in self._book.of_player(player))

    def endpoint(self, role: str, settings: Settings) -> Endpoint:
        """Return the model of the `critic` or the `selector`.

        Raises:
            InputError: the name is not a model's.
            ModelError: the model can't be used.
        """
        if role in settings.models:
            return _reopened(self._book.endpoint(settings.models[role]))
        return _reopened(self._book.of_role(role)[0])

    def sampling(self, player: Player, settings: Settings) -> Sampling:
        """Return a member's settings: the session's over the scenario's, then its own first."""
        found = Sampling()
        for given in (self._scenario.sampling, settings.sampling):
            for key in ("default", player.role, player.name):
                found = given[key].over(found) if key in given else found
        return found

    def agent(self, name: str, cast: Cast, settings: Settings) -> PersonaAgent:
        """Return the agent of a member as it is now.

        Raises:
            InputError: the name is not a model's.
            ModelError: the model can't be used.
        """
        player = cast[name]
        endpoints = self.endpoints(player, settings)
        return PersonaAgent(player, cast, endpoints, sampling=self.sampling(player, settings))

    async def prompt(
        self,
        here: Node | None,
        name: str,
        cast: Cast,
        settings: Settings,
        *,
        seed: int = 0,
        model: str | None = None,
    ) -> tuple[ChatRequest, Endpoint]:
        """Return what would be asked of a member's model for the message after `here`.

        Args:
            here: The last message said.
            name: Who speaks.
            cast: Everyone on stage.
            settings: Of the session.
            seed: Of the reply.
            model: Of several of the member's models, the one to ask; the first, if it has none
                of that name.

        Raises:
            InputError: the name is not a model's.
            ModelError: the model can't be used.
        """
        agent = self.agent(name, cast, settings)
        endpoints = self.endpoints(cast[name], settings)
        endpoint = next((one for one in endpoints if one.name == model), endpoints[0])
        await endpoint.prepare()  # only then it is known which form of prompt the model gets
        return agent.request(here, (seed,), endpoint), endpoint

    async def stream(
        self,
        here: Node | None,
        name: str,
        cast: Cast,
        settings: Settings,
        *,
        seed: int,
        model: str | None = None,
    ) -> AsyncIterator[str | Asked]:
        """Yield a reply piece by piece, and the whole of it last; the arguments are `prompt`'s.

        Raises:
            InputError: the name is not a model's.
            ModelError: the model gave no reply.
        """
        request, endpoint = await self.prompt(here, name, cast, settings, seed=seed, model=model)
        async for piece in endpoint.stream(request):
            if isinstance(piece, Completion):
                yield Asked(request, endpoint.name, seed, piece, cast)
            else:
                yield piece

    async def draw(
        self, here: Node | None, name: str, cast: Cast, settings: Settings, *, seeds: Sequence[int]
    ) -> list[Asked | ModelError]:
        """Return a reply for each seed, or the error in its place; several models take turns.

        Raises:
            InputError: the name is not a model's.
            ModelError: a model can't be used.
        """
        agent = self.agent(name, cast, settings)
        endpoints = {endpoint.name: endpoint for endpoint in self.endpoints(cast[name], settings)}
        for endpoint in endpoints.values():
            await endpoint.prepare()
        found: list[Asked | ModelError] = []
        for draw in await agent.sample(here, seeds):
            if draw.completion is None:
                found.append(draw.error or ModelError("no reply", model=draw.model))
            else:
                request = agent.request(here, (draw.seed,), endpoints[draw.model])
                found.append(Asked(request, draw.model, draw.seed, draw.completion, cast))
        return found

    async def prepare(self, cast: Cast, settings: Settings) -> None:
        """Get the models of all members ready, so that what is missing is said at once.

        Raises:
            InputError: a name is not a model's.
            ModelError: a model can't be used.
        """
        for player in cast.players:
            if player.name != settings.you:
                for endpoint in self.endpoints(player, settings):
                    await endpoint.prepare()


def _reopened(endpoint: Endpoint) -> Endpoint:
    """Return an endpoint that is asked, however it fared with what was asked before."""
    endpoint.reopen()
    return endpoint
