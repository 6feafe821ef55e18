"""A scenario and its models into the stages on which trees grow."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from dialoom.agents.clients.base import ModelClient
from dialoom.agents.persona import PersonaAgent
from dialoom.agents.turns import TURNS, TurnPolicy
from dialoom.build.models import ModelBook
from dialoom.build.openings import RunOpenings
from dialoom.chat import Sampling
from dialoom.errors import Fault, InputError
from dialoom.evaluators.answer import Answer
from dialoom.evaluators.base import HEURISTICS, Heuristic
from dialoom.evaluators.scorers import SCORERS, Scorer
from dialoom.evaluators.stops import Stopper, stopper_for
from dialoom.evaluators.tagger import Tagger
from dialoom.registry import Registry
from dialoom.scenarios.cast import Cast, Player, cast_for
from dialoom.scenarios.loaded import LoadedScenario
from dialoom.scenarios.variables import assignment, opener
from dialoom.spec import Choice
from dialoom.stage import Stage
from dialoom.tree import Node, TerminationReason

__all__ = ["StageFactory", "heuristics_of", "scorers_from", "scorers_of", "turn_policy_of"]

T = TypeVar("T")


def heuristics_of(loaded: LoadedScenario) -> list[Heuristic]:
    """Return the heuristics a scenario asks for: all registered ones when it names none.

    Raises:
        InputError: a name or an option is wrong; every such fault, with its line.
    """
    wanted = loaded.scenario.evaluate.heuristics
    if wanted is None:
        return [HEURISTICS.make(Choice(name, (), {})) for name in HEURISTICS.names()]
    found = _made(HEURISTICS, wanted, "heuristics", loaded)
    if any(member.check for member in loaded.scenario.cast):  # a check that nobody made is no use
        found += [] if any(isinstance(rule, Answer) for rule in found) else [Answer()]
    return found


def scorers_of(loaded: LoadedScenario) -> list[Scorer]:
    """Return the scorers a scenario asks for.

    Raises:
        InputError: a name or an option is wrong; every such fault, with its line.
    """
    wanted = loaded.scenario.evaluate.scorers
    found = _made(SCORERS, wanted, "scorers", loaded)
    return [_marked(one, Choice.parse(value)) for one, value in zip(found, wanted, strict=True)]


def scorers_from(choices: Iterable[Choice]) -> list[Scorer]:
    """Return the scorers that choices name.

    Raises:
        InputError: a name or an option is wrong.
    """
    return [_marked(SCORERS.make(choice), choice) for choice in choices]


def _marked(scorer: Scorer, choice: Choice) -> Scorer:
    """Put on a scorer what it was made with: numbers of one made otherwise are others."""
    scorer.made_with = json.dumps([choice.args, choice.options], sort_keys=True, default=repr)
    return scorer


def _made(
    registry: Registry[T], wanted: Iterable[Any], key: str, loaded: LoadedScenario
) -> list[T]:
    found, faults = [], []
    for place, value in enumerate(wanted):
        try:
            found.append(registry.make(Choice.parse(value)))
        except InputError as error:
            line = loaded.document.line(("evaluate", key, place))
            faults.append(Fault(str(error), loaded.file, line, f"evaluate.{key}[{place}]"))
    if faults:
        raise InputError(faults)
    return found


def turn_policy_of(loaded: LoadedScenario) -> TurnPolicy:
    """Return the turn policy a scenario names.

    Raises:
        InputError: its name or an option is wrong.
    """
    try:
        return TURNS.make(Choice.parse(loaded.scenario.turns.policy))
    except InputError as error:
        line = loaded.document.line(("turns", "policy"))
        raise InputError(Fault(str(error), loaded.file, line, "turns.policy")) from error


class StageFactory:
    """Makes the stage of each tree; what trees share is made once."""

    def __init__(self, loaded: LoadedScenario, book: ModelBook, *, tagger: Tagger, seed: int):
        self.loaded, self.book, self.tagger, self.seed = loaded, book, tagger, seed
        self._policy = turn_policy_of(loaded)
        self._last: tuple[str, _Company] | None = None
        self._stoppers = [stopper_for(rule) for rule in loaded.scenario.stop]
        self.openings: RunOpenings | None = None
        """Of the run's trees, where a repeated opening is to be drawn anew."""

    @property
    def asks_selector(self) -> bool:
        """Whether the turn policy asks a model."""
        return self._policy.asks

    def __call__(self, number: int) -> Stage:
        """Return the stage of the tree of this number.

        Raises:
            InputError: a template fails with this tree's variables.
        """
        try:
            return self._stage(number)
        except InputError:
            if self.openings is not None:
                self.openings.settle(number, None)
            raise

    def _stage(self, number: int) -> Stage:
        scenario = self.loaded.scenario
        beginnings = self.loaded.beginnings
        variables = self._variables(number)
        cast, agents, systems = self._company(variables)
        speaking = {player.role: player.name for player in cast.players}
        return Stage(
            number=number,
            cast=cast,
            speakers=agents,
            next_speaker=_Turns(self._policy, cast, self.book.of_role("selector")[0]),
            tag=_Tags(self.tagger, cast, systems),
            ended=_Endings(self._stoppers, cast, self.book.of_role("critic")[0]),
            branching=scenario.branch,
            max_turns=scenario.turns.max,
            seed=self.seed,
            fingerprint=self.loaded.fingerprint,
            origin=self._origin(number),
            openings=self.openings,
            opener=None if beginnings else opener(self.loaded, number, self.seed, variables),
            prefix=beginnings.prefix(number, speaking) if beginnings else None,
            variables=variables,
            systems=systems,
        )

    def _variables(self, number: int) -> dict[str, Any]:
        """Return a tree's variables; a tree of a file brings what the scenario has a name for."""
        values, beginnings = assignment(self.loaded, number, self.seed), self.loaded.beginnings
        brought = beginnings.variables(number) if beginnings else {}
        return {**values, **{name: brought[name] for name in values.keys() & brought.keys()}}

    def _origin(self, number: int) -> str:
        name, beginnings = f"dialoom/{self.loaded.scenario.name}", self.loaded.beginnings
        return name if beginnings is None else f"{name} on {beginnings.origin(number)}"

    def _company(self, variables: dict[str, Any]) -> "_Company":
        """Return who is on the stage; trees with the same variables share them."""
        key = repr(variables)  # by their values 1 and True would be the same
        if self._last is None or self._last[0] != key:
            cast = cast_for(self.loaded, variables)
            agents = self._agents(cast)
            systems = {name: agent.system(agent.clients[0]) for name, agent in agents.items()}
            self._last = key, _Company(cast, agents, systems)
        return self._last[1]

    def sampling_of(self, player: Player) -> Sampling:
        """Return the sampling a scenario gives a member: its own over its role's over default."""
        settings = Sampling()
        for key in ("default", player.role, player.name):
            given = self.loaded.scenario.sampling.get(key)
            settings = given.over(settings) if given is not None else settings
        return settings

    def _agents(self, cast: Cast) -> dict[str, PersonaAgent]:
        return {
            player.name: PersonaAgent(
                player, cast, self.book.of_player(player), sampling=self.sampling_of(player)
            )
            for player in cast.players
            if player.role in self.loaded.asked
        }


class _Company(NamedTuple):
    cast: Cast
    agents: dict[str, PersonaAgent]
    systems: dict[str, str]


class _Turns:
    def __init__(self, policy: TurnPolicy, cast: Cast, client: ModelClient) -> None:
        self._policy, self._cast, self._client = policy, cast, client

    async def __call__(self, here: Node | None, seed: int) -> str:
        return await self._policy.next(self._cast, here, client=self._client, seed=seed)


class _Tags:
    def __init__(self, tagger: Tagger, cast: Cast, systems: Mapping[str, str]) -> None:
        self._tagger, self._cast, self._systems = tagger, cast, systems

    async def __call__(self, siblings: Sequence[Node], seed: int) -> None:
        await self._tagger.tag(siblings, self._cast, seed, systems=self._systems)


class _Endings:
    def __init__(self, rules: Sequence[Stopper], cast: Cast, critic: ModelClient) -> None:
        self._rules, self._cast, self._critic = rules, cast, critic

    async def __call__(
        self, thread: Sequence[Node], seed: int
    ) -> tuple[TerminationReason, str] | None:
        for rule in self._rules:
            ending = await rule.ending(thread, self._cast, critic=self._critic, seed=seed)
            if ending is not None:
                return ending
        return None
