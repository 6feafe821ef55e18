"""The critic as an evaluator: a judgement of the critic agent as verdicts, or as a failure."""

from dialoom.agents.briefing import Case
from dialoom.agents.clients.base import ModelClient
from dialoom.agents.critic import CriticAgent, Method
from dialoom.errors import EvaluatorError, ModelError
from dialoom.evaluators.base import Subject
from dialoom.scenarios.model import Critic
from dialoom.verdicts import EvaluatorFailure, Verdict

__all__ = ["CriticJudge"]


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
        settings = settings or Critic()
        self.agent = CriticAgent(client, settings.rubric, method=method)
        self.roles = frozenset(settings.roles)
        """Whose messages are judged."""
        self._trust = settings.trust

    @property
    def trusted(self) -> bool:
        """Whether its verdicts decide scores; `auto` asks whether the model is known to judge."""
        return self._trust == "always" or (self._trust == "auto" and not self.doubted)

    @property
    def doubted(self) -> bool:
        """Whether trust is left to the model, and the model is known to judge at chance level."""
        return self._trust == "auto" and not self.agent.client.traits.judges

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
        """
        version = self.agent.version
        try:
            answers = await self.agent.judge(case_of(subject), seed)
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


def case_of(subject: Subject) -> Case:
    """Return what the critic may see of a subject."""
    names = subject.names
    return Case(
        thread=tuple((names.get(said.speaker, said.speaker), said.text) for said in subject.thread),
        speaker=names.get(subject.speaker, subject.speaker),
        text=subject.text,
    )
