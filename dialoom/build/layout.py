"""One tree laid out with its real prompts and replies that are not there yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from dialoom.agents.briefing import Case as Judged
from dialoom.agents.briefing import comparer, comparison, question, system, task
from dialoom.agents.clients.base import ModelClient
from dialoom.agents.persona import PersonaAgent
from dialoom.agents.turns import Alternate
from dialoom.build.stages import StageFactory
from dialoom.chat import ChatMessage
from dialoom.evaluators.critic import CriticJudge
from dialoom.messages import Role
from dialoom.stage import Stage
from dialoom.tree import Node, path_to

__all__ = ["CASES", "Case", "Share", "laid_out"]

NOBODY = str(UUID(int=0))
ROOM = 400
"""Tokens of a reply where the sampling sets no limit."""
GOAL_TOKENS, SELECTOR_TOKENS = (20, 40, 120), (8, 12, 40)
"""Of an answer to the goal check and of the selector's: low, expected, and what they may use."""
FRAME = 320
"""Characters that the goal check and the selector put around the conversation."""


@dataclass(frozen=True, slots=True)
class Case:
    """How things are taken to go."""

    place: int
    """0 low, 1 expected, 2 high."""
    turns: float
    """Share of the turns between the shortest talk and the longest, 0 to 1."""
    reply: float
    """Share of the tokens that a reply may have."""
    characters: float
    """Of a token."""
    redraws: float
    """Share of the redraws that the scenario allows."""
    judged: float
    """Share of the candidates that the critic is asked about: equal texts are judged once."""
    reason: float
    """Tokens that the critic writes on each criterion."""
    latency: float
    """Seconds before the first token."""
    speed: float
    """Tokens a second in one request to a server."""
    own_speed: float
    """Tokens a second in one request to an engine on this machine; it reads prompts ten times
    as fast."""

    @property
    def typical(self) -> float:
        """Tokens of a reply."""
        return ROOM * self.reply


CASES = (
    Case(0, 0.0, 0.05, 4.8, 0.0, 0.0, 12, 0.2, 150.0, 60.0),
    Case(1, 0.9, 0.3, 4.2, 0.0, 1.0, 30, 0.6, 50.0, 10.0),
    Case(2, 1.0, 1.0, 3.0, 1.0, 2.0, 100, 2.0, 15.0, 2.0),
)
"""Low, expected and high. `judged` is 2 where every judgement has to be repaired once."""


@dataclass(slots=True)
class Share:
    """Calls and tokens."""

    calls: float = 0.0
    prompt: float = 0.0
    completion: float = 0.0

    def add(self, other: "Share") -> None:
        """Add another's."""
        self.calls += other.calls
        self.prompt += other.prompt
        self.completion += other.completion


Shares = dict[tuple[str, str], Share]
"""By model and purpose."""


async def laid_out(
    factory: StageFactory, number: int, case: Case, judges: Sequence[CriticJudge]
) -> Shares:
    """Return what one tree takes in one case.

    Raises:
        InputError: a template fails with this tree's variables.
    """
    return await _Layout(factory, factory(number), case, judges).shares()


class _Layout:
    def __init__(
        self, factory: StageFactory, stage: Stage, case: Case, judges: Sequence[CriticJudge]
    ) -> None:
        self.factory, self.stage, self.case, self.judges = factory, stage, case, judges
        self.found: Shares = {}
        self.threads = 1.0

    async def shares(self) -> Shares:
        """Walk along one thread from each beginning; what branches beside it is only counted."""
        prefix = self.stage.prefix
        for end in (None,) if prefix is None else prefix.ends:
            self.threads = 1.0
            await self._walk(end)
        return self.found

    async def _walk(self, here: Node | None) -> None:
        first = 0 if here is None else here.depth + 1
        for depth in range(first, first + self._turns()):
            speaker = await self._speaker(here)
            role = self.stage.cast[speaker].role
            if here is None and self.stage.opener is not None:
                here = self._node(here, speaker, role, self.stage.opener)
                continue
            width = self._width(role, here, depth)
            text = self._drawn(speaker, here, width)
            for judge in self.judges:
                if role in judge.roles:
                    self._judged(judge, here, speaker, text, width)
            self.threads *= self._followed(width) if here is not None else 1
            here = self._node(here, speaker, role, text)
            self._goal(here)

    def _turns(self) -> int:
        prefix = self.stage.prefix
        if prefix is not None:
            return 1 + round(prefix.turns * self.case.turns)
        most = self.stage.max_turns
        least = min(2, most) if self.factory.loaded.scenario.stop else most
        return round(least + (most - least) * self.case.turns)

    async def _speaker(self, here: Node | None) -> str:
        cast, client = self.stage.cast, self.factory.book.of_role("selector")[0]
        if not self.factory.asks_selector:
            return await self.stage.next_speaker(here, 0)
        if here is not None and len(cast.players) > 2:
            people = sum(len(player.persona.description) for player in cast.players)
            said = sum(len(node.text) for node in path_to(here)[-6:])
            self._asked(client.name, "selector", said + people + FRAME, SELECTOR_TOKENS)
        return await Alternate().next(cast, here, client=client, seed=0)

    def _width(self, role: Role, here: Node | None, depth: int) -> int:
        rule = self.stage.branching.of(role)
        is_end = here is not None and here.message is not None
        return rule.width if is_end or rule.at == "all" or depth in rule.at else 1

    def _drawn(self, speaker: str, here: Node | None, width: int) -> str:
        """Count the candidates of a turn and return a text as long as one of them."""
        agent = self.stage.speakers[speaker]
        assert isinstance(agent, PersonaAgent)
        times = self.threads * (1 + self.stage.branching.redraw * self.case.redraws)
        tokens = 0.0
        for start, client in enumerate(agent.clients):
            count = len(range(start, width, len(agent.clients)))
            if not count:
                continue
            request = agent.request(here, [0] * count, client)
            calls = self._calls(client, count)
            tokens = (request.sampling.max_tokens or ROOM) * self.case.reply
            self._add(
                *(client.name, agent.player.role),
                Share(
                    times * calls,
                    times * calls * self._tokens(request.messages),
                    times * count * tokens,
                ),
            )
        return "x" * round(tokens * self.case.characters)

    def _calls(self, client: ModelClient, count: int) -> int:
        """Return the requests for some siblings; whether a server takes `n` shows when asked."""
        if self.case.place == 0:
            return 1
        is_sure = self.case.place == 1 or not client.name.startswith("openai/")
        return 1 if client.traits.siblings_together and is_sure else count

    def _judged(
        self, judge: CriticJudge, here: Node | None, speaker: str, text: str, width: int
    ) -> None:
        names = self.stage.cast.names
        said = tuple((names[node.speaker], node.text) for node in path_to(here)) if here else ()
        case = Judged(said, names[speaker], text)
        agent, compact = judge.agent, judge.agent.client.traits.compact
        written = agent.method == "written"
        prompts = (
            [task(case, agent.rubric, compact=compact)]
            if written
            else [question(case, item, compact=compact) for item in agent.rubric]
        )
        fixed = len(system(agent.rubric, compact=compact))
        size = sum((fixed + len(prompt)) / self.case.characters for prompt in prompts)
        repeated = min(self.case.judged, 1.0 if not written else 2.0)
        times = self.threads * max(1.0, width * repeated) * agent.calls / len(prompts)
        answer = len(agent.rubric) * (self.case.reason if written else 1)
        share = Share(times * len(prompts), times * size, times * answer)
        self._add(agent.client.name, "critic", share)
        if width > 1 and judge.compares:
            self._compared(judge, case, width, repeated)

    def _compared(self, judge: CriticJudge, case: Judged, width: int, repeated: float) -> None:
        """Count what comparing the candidates of a turn takes."""
        agent, compact = judge.agent, judge.agent.client.traits.compact
        texts = [case.text] * judge.shown(width)
        size = len(comparer(compact=compact))
        size += len(comparison(case, texts, agent.rubric, compact=compact))
        times = self.threads * judge.comparisons(width) * repeated
        answer = self.case.reason if agent.method == "written" else 1
        share = Share(times, times * size / self.case.characters, times * answer)
        self._add(agent.client.name, "critic", share)

    def _goal(self, here: Node) -> None:
        if here.role == "assistant" and self.factory.loaded.asks_for_goals:
            said = sum(len(node.text) for node in path_to(here))
            goals = sum(len(player.goal) for player in self.stage.cast.players)
            critic = self.factory.book.of_role("critic")[0]
            self._asked(critic.name, "goal", said + goals + FRAME, GOAL_TOKENS)

    def _asked(
        self, model: str, purpose: str, characters: int, tokens: tuple[int, int, int]
    ) -> None:
        size = characters / self.case.characters
        answer = tokens[self.case.place]
        share = Share(self.threads, self.threads * size, self.threads * answer)
        self._add(model, purpose, share)

    def _add(self, model: str, purpose: str, share: Share) -> None:
        self.found.setdefault((model, purpose), Share()).add(share)

    def _followed(self, width: int) -> int:
        follow = self.stage.branching.follow
        return {"all": width, "best_and_random": min(2, width)}.get(follow, 1)

    def _tokens(self, messages: tuple[ChatMessage, ...]) -> float:
        """Return how many tokens a prompt has; each message brings some 4 of its own."""
        return sum(len(message["content"]) / self.case.characters + 4 for message in messages)

    def _node(self, here: Node | None, speaker: str, role: Role, text: str) -> Node:
        return Node(NOBODY, here, speaker, role, text)
