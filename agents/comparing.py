"""The critic agent, comparing: which of several replies at one place is better.

It is shown replies in an order that others choose, so that they can ask again in another.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from dialoom.agents.answers import Form
from dialoom.agents.briefing import Case, comparer, comparison
from dialoom.agents.clients.base import ModelClient
from dialoom.agents.odds import odds
from dialoom.agents.rubric import Criterion
from dialoom.agents.writing import written

__all__ = ["ComparingAgent", "Order"]

Order = Sequence[Sequence[int]]
"""Places of replies as they were given, best first; those that tie stand together."""

EVEN = 0.5
CLEAR = 1e-6
"""How far from even the odds must be for a preference."""


class _Better(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: str
    better: Literal[1, 2, "tie"]


class _Ranking(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: str
    order: list[int]


class _PairForm(Form):
    """Which of two is better."""

    def __init__(self) -> None:
        super().__init__(_Better)

    def faults(self, document: dict[str, Any]) -> Iterator[str]:
        """Yield what is wrong with an answer that the schema allows."""
        if not document["reason"].strip():
            yield "reason: is empty"


class _ListForm(_PairForm):
    """The order of several."""

    def __init__(self, count: int) -> None:
        number = Annotated[int, Field(ge=1, le=count)]
        order = Annotated[list[number], Field(min_length=count, max_length=count)]
        Form.__init__(self, create_model("Ranking", __base__=_Ranking, order=(order, ...)))
        self._count = count

    def faults(self, document: dict[str, Any]) -> Iterator[str]:
        """Yield what is wrong with an answer that the schema allows."""
        yield from super().faults(document)
        if sorted(document["order"]) != list(range(1, self._count + 1)):
            yield f"order: names each number from 1 to {self._count} once"


class ComparingAgent:
    """Compares replies with one model. Keeps nothing between comparisons."""

    def __init__(
        self, client: ModelClient, rubric: Sequence[Criterion], *, by_odds: bool = False
    ) -> None:
        """Make an agent.

        Args:
            client: The model, prepared by the time it compares.
            rubric: What makes a reply better.
            by_odds: Read the probabilities of its next token instead of what it writes; then
                only two can be compared at a time.
        """
        self.client, self.rubric, self.by_odds = client, tuple(rubric), by_odds

    @property
    def version(self) -> str:
        """What changes whenever the same replies could be compared otherwise."""
        nothing = Case((), "", "")
        prompts = [comparer(compact=self._compact)]
        prompts += [
            comparison(nothing, [""] * count, self.rubric, compact=self._compact)
            for count in (2, 3)
        ]
        return sha256("\0".join(prompts).encode()).hexdigest()[:8]

    async def order(self, case: Case, texts: Sequence[str], seed: int) -> Order:
        """Return the places of the replies, best first.

        Args:
            case: What was said before, and who replies.
            texts: The replies in the order in which they are shown, at least two.
            seed: 0 to 2**31 - 1; the temperature is 0.

        Raises:
            EvaluatorError: the model's answer can't be used, not even after a repair.
            ModelError: the model gave none.
        """
        compact = self._compact
        prompt = comparison(case, texts, self.rubric, compact=compact)
        system = comparer(compact=compact)
        if self.by_odds:
            return await self._odds(system, prompt, seed)
        form = _PairForm() if len(texts) == 2 else _ListForm(len(texts))
        filled = await written(self.client, form, prompt, system=system, seed=seed)
        if isinstance(filled, _Ranking):
            return [[number - 1] for number in filled.order]
        assert isinstance(filled, _Better)
        return [[0, 1]] if filled.better == "tie" else _first(filled.better - 1)

    @property
    def _compact(self) -> bool:
        return self.by_odds and self.client.traits.compact

    async def _odds(self, system: str, prompt: str, seed: int) -> Order:
        found = await odds(
            self.client, prompt, ("1", "2"), system=system, seed=seed, subject="comparison"
        )
        lead = found.shares["1"] - EVEN
        return [[0, 1]] if abs(lead) < CLEAR else _first(0 if lead > 0 else 1)


def _first(place: int) -> Order:
    return [[place], [1 - place]]
