"""The scorer seam: a model of its own kind that gives messages a number, like a reward model.

What it gives becomes a label, for `evaluate.keep` and for people; scores and ranks rest on the
heuristics and the critic as before.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from dialoom.evaluators.base import Subject
from dialoom.evaluators.stages import Assessment
from dialoom.messages import Role
from dialoom.registry import Registry
from dialoom.verdicts import EvaluatorFailure, Verdict

__all__ = ["SCORERS", "Scorer", "scored"]


class Scorer(ABC):
    """A model that scores messages. Options are keyword arguments of `__init__`."""

    name: ClassVar[str]
    """The registered name."""
    label: str
    """The label that its numbers become."""
    version: str
    """Changes whenever the same message could get another number; names the model."""
    roles: tuple[Role, ...] = ("assistant",)
    """Whose messages are scored."""

    @abstractmethod
    async def score(self, subjects: Sequence[Subject]) -> Sequence[float]:
        """Return a number from 0 to 1 for each candidate of a turn, in their order.

        What it raises is recorded on the messages, and everything else goes on.
        """


SCORERS: Registry[Scorer] = Registry("scorer")


async def scored(
    scorers: Sequence[Scorer], subjects: Sequence[Subject], found: Sequence[Assessment]
) -> list[Assessment]:
    """Return assessments of a turn with what scorers say beside them."""
    assessments = list(found)
    for scorer in scorers:
        if subjects[0].role in scorer.roles:
            said = await _said(scorer, subjects)
            assessments = [_with(one, item) for one, item in zip(assessments, said, strict=True)]
    return assessments


async def _said(
    scorer: Scorer, subjects: Sequence[Subject]
) -> Sequence[Verdict | EvaluatorFailure]:
    try:
        values = [float(value) for value in await scorer.score(subjects)]
        if len(values) != len(subjects) or not all(0 <= value <= 1 for value in values):
            raise ValueError(f"{values} is not a number from 0 to 1 for each of {len(subjects)}")
    except Exception as error:  # noqa: BLE001 - a plug-in's or a server's; the others go on
        kind = type(error).__name__
        return [EvaluatorFailure(scorer.name, scorer.version, kind, str(error))] * len(subjects)
    return [
        Verdict(
            scorer.label,
            round(value, 6),
            f"{scorer.version} gives {value:.3f}",
            scorer.name,
            scorer.version,
            kind="scorer",
        )
        for value in values
    ]


def _with(found: Assessment, said: Verdict | EvaluatorFailure) -> Assessment:
    if isinstance(said, Verdict):
        return replace(found, verdicts=(*found.verdicts, said))
    return replace(found, failures=(*found.failures, said))
