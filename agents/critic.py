"""The critic agent: judges one message over a rubric, in writing or by the odds of its answers.

In writing, an AutoGen `AssistantAgent` with structured output gives a reason and an answer for
each criterion. By odds, the model is asked one criterion at a time, and only the probabilities
of its next token are read.

The critic never learns which model wrote a message, what the heuristics say of it, or which of
its siblings it is.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Literal

from dialoom.agents.answers import Answer, AnswerForm, mean_of
from dialoom.agents.briefing import Case, question, system, task
from dialoom.agents.clients.base import ModelClient
from dialoom.agents.odds import odds
from dialoom.agents.rubric import Criterion, rubric_of
from dialoom.agents.writing import written
from dialoom.scenarios.model import OwnCriterion

__all__ = ["CriticAgent", "Method"]

Method = Literal["auto", "written", "odds"]
"""`auto` takes odds from compact models that report them, and writing from all others."""

SAMPLED_AT = 0.7
"""Temperature of judgements that are averaged: at 0 they would all be the same."""


class CriticAgent:
    """Judges messages with one model over one rubric. Keeps nothing between judgements."""

    def __init__(
        self,
        client: ModelClient,
        rubric: Iterable[str | OwnCriterion | Criterion],
        *,
        method: Method = "auto",
        samples: int = 1,
    ) -> None:
        """Make a critic.

        Args:
            client: The model that judges, prepared by the time it does.
            rubric: OASST label names, or criteria of one's own.
            method: How the model's opinion is had.
            samples: Written judgements of each message, whose mean counts; more than one are
                drawn at a temperature of `SAMPLED_AT`. Odds are read once: they are the mean of
                all samples already.

        Raises:
            InputError: the rubric is empty, or names a label that is unknown or there twice.
        """
        self.client = client
        self.rubric = rubric_of(rubric)
        self._asked_for, self._samples = method, samples
        self._form = AnswerForm(self.rubric)

    @property
    def method(self) -> Literal["written", "odds"]:
        """How the model's opinion is had."""
        if self._asked_for != "auto":
            return self._asked_for
        traits = self.client.traits
        return "odds" if traits.compact and traits.logprobs else "written"

    @property
    def calls(self) -> int:
        """Model calls of one judgement, when no answer has to be repaired."""
        return len(self.rubric) if self.method == "odds" else self._samples

    @property
    def in_turn(self) -> bool:
        """Whether siblings are better judged one after the other than together.

        A small model runs where dialoom runs, and its slots share no prefix: siblings asked
        together have their transcript computed once for each (some 30 % more prompt tokens).
        """
        return self.method == "odds" and self.client.traits.compact

    @property
    def version(self) -> str:
        """What changes whenever the same message could be judged otherwise."""
        nothing = Case((), "", "")
        prompts = (self._system, *self._prompts(nothing))
        digest = sha256("\0".join(prompts).encode()).hexdigest()[:8]
        rubric = "+".join(criterion.name for criterion in self.rubric)
        traits = self.client.traits
        model = f"{self.client.name}@{traits.revision}" if traits.revision else self.client.name
        method = self.method if self.calls_once else f"{self.method} x{self._samples}"
        return f"{digest}/{method}/{rubric}/{model}"

    async def judge(self, case: Case, seed: int) -> list[Answer]:
        """Return an answer to each criterion, in the rubric's order.

        Args:
            case: The message, and what was said before it.
            seed: Of this judgement, 0 to 2**31 - 1; the temperature is 0 but for samples.

        Raises:
            EvaluatorError: the model's answers can't be used, not even after a repair.
            ModelError: the model gave none.
        """
        if self.method == "odds":
            return [await self._odds(case, criterion, seed) for criterion in self.rubric]
        if self.calls_once:
            return await self._written(case, seed)
        seeds = [(seed + place) & 0x7FFFFFFF for place in range(self._samples)]
        drawn = [await self._written(case, one) for one in seeds]
        return [mean_of(answers) for answers in zip(*drawn, strict=True)]

    @property
    def calls_once(self) -> bool:
        """Whether one judgement is had by asking each question once."""
        return self._samples == 1 or self.method == "odds"

    @property
    def _compact(self) -> bool:
        return self.client.traits.compact

    @property
    def _system(self) -> str:
        return system(self.rubric, compact=self._compact)

    def _prompts(self, case: Case) -> list[str]:
        """Return the prompts of one judgement."""
        if self.method == "odds":
            return [question(case, item, compact=self._compact) for item in self.rubric]
        return [task(case, self.rubric, compact=self._compact)]

    async def _odds(self, case: Case, criterion: Criterion, seed: int) -> Answer:
        words = [*criterion.values, *([criterion.opt_out] if criterion.may_not_apply else [])]
        prompt = question(case, criterion, compact=self._compact)
        found = await odds(
            self.client, prompt, words, system=self._system, seed=seed, subject=criterion.name
        )
        rated = found.without(criterion.opt_out) if criterion.may_not_apply else found
        value = None if rated is None else rated.expected(criterion.values)
        return Answer(criterion, value, str(found))

    async def _written(self, case: Case, seed: int) -> list[Answer]:
        (prompt,) = self._prompts(case)
        filled = await written(
            self.client,
            self._form,
            prompt,
            system=self._system,
            seed=seed,
            temperature=0.0 if self.calls_once else SAMPLED_AT,
        )
        return self._form.answers(filled)
