"""The critic as an evaluator: a judgement of the critic agent as verdicts, or as a failure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from dialoom.agents.briefing import Case
from dialoom.agents.clients.base import ModelClient
from dialoom.agents.comparing import ComparingAgent
from dialoom.agents.critic import CriticAgent, Method
from dialoom.agents.rubric import rubric_of
from dialoom.errors import UNUSABLE, EvaluatorError, ModelError
from dialoom.evaluators.base import Subject
from dialoom.evaluators.comparing import Comparisons, compared
from dialoom.evaluators.ranks import POLARITY, PREFERENCE, SEATS, critic_quality
from dialoom.scenarios.model import Critic
from dialoom.verdicts import EvaluatorFailure, Verdict

__all__ = ["REPEATED", "CriticJudge", "case_of", "polarity_of"]


REPEATED = 4
"""Of the replies it is tested on, one in so many is judged again with another seed."""


class CriticJudge:
    """Judges messages that passed the heuristics. Keeps nothing between judgements."""

    name = "critic"

    def __init__(
        self, client: ModelClient, settings: Critic | None = None, *, method: Method = "auto"
    ) -> None:
        """Make a judge.

        Args:
            client: The model that judges.
            settings: Rubric, roles and trust; None takes the defaults of a scenario.
            method: How the model's opinion is had; see `CriticAgent`.

        Raises:
            InputError: the rubric names a label that is unknown or there twice.
        """
        self.settings = settings or Critic()
        self.agent = CriticAgent(
            client, self.settings.rubric, method=method, samples=self.settings.samples
        )
        self.roles = frozenset(self.settings.roles)
        """Whose messages are judged."""
        self._decided: bool | None = None

    @property
    def trusted(self) -> bool:
        """Whether its verdicts decide scores: by its canaries once they are judged."""
        if self._decided is not None:
            return self._decided
        trust = self.settings.trust
        return trust == "always" or (trust == "auto" and self.expected)

    @property
    def expected(self) -> bool:
        """Whether its model is taken to judge above chance level, before anything is measured."""
        return self.agent.client.traits.judges

    @property
    def doubted(self) -> bool:
        """Whether trust is left to the model alone, and the model is taken to judge badly."""
        return self.settings.trust == "auto" and not self.settings.canaries and not self.expected

    def decide(self, trusted: bool) -> None:
        """Say whether its verdicts decide scores from here on."""
        self._decided = trusted

    @property
    def polarity(self) -> Mapping[str, int]:
        """By criterion; see `Criterion.polarity`."""
        return polarity_of(self.settings)

    def score(self, verdicts: Iterable[Verdict]) -> float | None:
        """Return what its verdicts on one message make of it, 0 to 1."""
        return critic_quality(verdicts, polarity=self.polarity)

    @property
    def version(self) -> str:
        """What changes whenever the same message could be judged otherwise."""
        if self.settings.compare == "pointwise":
            return self.agent.version
        digest, method, rest = self.agent.version.split("/", 2)
        return f"{digest}.{self._comparer.version}/{method} {self.settings.compare}/{rest}"

    @property
    def compares(self) -> bool:
        """Whether it compares siblings with each other beside judging each."""
        return self.settings.compare != "pointwise"

    def shown(self, count: int) -> int:
        """Return how many of so many siblings it is shown at a time."""
        all_at_once = self.settings.compare == "listwise" and self.agent.method == "written"
        return count if all_at_once else 2

    def comparisons(self, count: int) -> int:
        """Return how often it is asked to compare so many siblings, at least two."""
        return 2 if self.shown(count) == count else count * (count - 1)

    @property
    def _comparer(self) -> ComparingAgent:
        by_odds = self.agent.method == "odds"
        return ComparingAgent(self.agent.client, self.agent.rubric, by_odds=by_odds)

    async def compare(
        self, subjects: Sequence[Subject], seed: int
    ) -> list[list[Verdict]] | EvaluatorFailure:
        """Return what comparing siblings tells of each, or why nothing does.

        Args:
            subjects: At one place, at least two, with different texts.
            seed: Of the comparisons, 0 to 2**31 - 1.

        Raises:
            ModelError: the model can't be used at all, which is no failure of this judgement.
        """
        how = self.settings.compare
        assert how != "pointwise"
        texts = [subject.text for subject in subjects]
        case = case_of(subjects[0])
        try:
            found = await compared(self._comparer, case, texts, seed, how=how, in_turn=self.in_turn)
        except UNUSABLE:
            raise
        except (EvaluatorError, ModelError) as error:
            return EvaluatorFailure(self.name, self.version, type(error).__name__, str(error))
        return [list(self._compared(found, place)) for place in range(len(texts))]

    def _compared(self, found: Comparisons, place: int) -> Iterator[Verdict]:
        yield self._verdict(PREFERENCE, found.preferences[place], found.reason(place))
        for pair, seat in found.seats.items():
            if place in pair:
                other = pair[1 - pair.index(place)] + 1
                won = "first" if seat == SEATS[0] else "last"
                reason = f"against number {other} the one shown {won} won in both orders"
                yield self._verdict(seat, None, reason)

    def _verdict(self, name: str, value: float | None, reason: str) -> Verdict:
        return Verdict(name, value, reason, self.name, self.version, kind="critic")

    @property
    def varies(self) -> bool:
        """Whether another seed can bring another judgement: odds are read, not drawn."""
        return self.agent.method == "written"

    @property
    def tests(self) -> int:
        """Judgements that its test takes: one a canary, and a few originals over again."""
        canaries = self.settings.canaries
        if self.compares:
            return 2 * canaries
        return canaries + (-(-canaries // REPEATED) if self.varies else 0)

    @property
    def calls(self) -> int:
        """Model calls of one judgement, when no answer has to be repaired."""
        return self.agent.calls

    @property
    def in_turn(self) -> bool:
        """Whether siblings are better judged one after the other than together."""
        return self.agent.in_turn

    async def judge(self, subject: Subject, seed: int) -> list[Verdict] | EvaluatorFailure:
        """Return a verdict for each item of the rubric, or why there is none.

        Args:
            subject: Of it, only names, texts and their order are shown to the model.
            seed: Of this judgement, 0 to 2**31 - 1.

        Raises:
            ModelError: the model can't be used at all, which is no failure of this judgement.
        """
        version = self.version
        try:
            answers = await self.agent.judge(case_of(subject), seed)
        except UNUSABLE:
            raise
        except (EvaluatorError, ModelError) as error:
            return EvaluatorFailure(self.name, version, type(error).__name__, str(error))
        return [
            Verdict(
                name=answer.criterion.name,
                value=answer.value,
                reason=answer.reason,
                evaluator=self.name,
                version=version,
                kind="critic",
            )
            for answer in answers
        ]


def polarity_of(settings: Critic | None) -> Mapping[str, int]:
    """Return the polarity of every criterion that a critic may be asked for."""
    own = rubric_of(settings.rubric) if settings else ()
    return {**POLARITY, **{item.name: item.polarity for item in own}}


def case_of(subject: Subject) -> Case:
    """Return what the critic may see of a subject."""
    names = subject.names
    return Case(
        thread=tuple((names.get(said.speaker, said.speaker), said.text) for said in subject.thread),
        speaker=names.get(subject.speaker, subject.speaker),
        text=subject.text,
    )
