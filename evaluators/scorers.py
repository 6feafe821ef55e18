"""The scorer seam: a model of its own kind that gives messages a number, like a reward model.

What it gives becomes a label, for `evaluate.keep` and for people; scores and ranks rest on the
heuristics and the critic as before.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from dialoom.chat import ChatMessage
from dialoom.errors import MissingCall, RunConflict
from dialoom.evaluators.base import Said, Subject
from dialoom.evaluators.stages import Assessment
from dialoom.messages import Role
from dialoom.registry import Registry
from dialoom.verdicts import EvaluatorFailure, Verdict

__all__ = ["SCORERS", "Scorer", "Scores", "conversation", "numbers", "scored"]


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
    apart: bool = False
    """Whether a candidate's number has nothing to do with its siblings, so that it holds when
    more of them are drawn."""
    made_with: str = ""
    """What it was made with, as text, where it came from a scenario or a command."""

    @abstractmethod
    async def score(self, subjects: Sequence[Subject]) -> Sequence[float]:
        """Return a number from 0 to 1 for each candidate of a turn, in their order.

        What it raises is recorded on the messages, and everything else goes on.
        """


SCORERS: Registry[Scorer] = Registry("scorer")


class Scores:
    """How numbers are had: from the scorer, each time."""

    async def of(self, scorer: Scorer, subjects: Sequence[Subject]) -> list[float]:
        """Return the number of each candidate of a turn.

        Raises:
            Exception: whatever the scorer raises.
        """
        return numbers(await scorer.score(subjects), len(subjects))


async def scored(
    scorers: Sequence[Scorer],
    subjects: Sequence[Subject],
    found: Sequence[Assessment],
    scores: Scores | None = None,
) -> list[Assessment]:
    """Return assessments of a turn with what scorers say beside them.

    Args:
        scorers: Who is asked.
        subjects: The candidates.
        found: What is said of each already.
        scores: How the numbers are had; None asks the scorers.

    Raises:
        MissingCall: a replay needs a number that is not kept; RunConflict when one can't be.
    """
    assessments = list(found)
    for scorer in scorers:
        if subjects[0].role in scorer.roles:
            said = await _said(scorer, subjects, scores or Scores())
            assessments = [_with(one, item) for one, item in zip(assessments, said, strict=True)]
    return assessments


async def _said(
    scorer: Scorer, subjects: Sequence[Subject], scores: Scores
) -> Sequence[Verdict | EvaluatorFailure]:
    try:
        values = await scores.of(scorer, subjects)
    except (MissingCall, RunConflict):
        raise
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


def numbers(given: Iterable[float], count: int) -> list[float]:
    """Return what a scorer gave.

    Raises:
        ValueError: it is not so many numbers from 0 to 1.
    """
    values = [float(value) for value in given]
    if len(values) != count or not all(0 <= value <= 1 for value in values):
        raise ValueError(f"{values} is not a number from 0 to 1 for each of {count}")
    return values


def conversation(subject: Subject) -> list[ChatMessage]:
    """Return the conversation as the speaker's model would see it, the message last."""
    said = [*subject.thread, Said(subject.speaker, subject.role, subject.text)]
    chat: list[ChatMessage] = []
    for one in said:
        own = one.role == subject.role
        if chat and (chat[-1]["role"] == "assistant") == own and one is not said[-1]:
            chat[-1]["content"] += f"\n\n{one.text}"
        else:
            chat.append({"role": "assistant" if own else "user", "content": one.text})
    return chat


def _with(found: Assessment, said: Verdict | EvaluatorFailure) -> Assessment:
    if isinstance(said, Verdict):
        return replace(found, verdicts=(*found.verdicts, said))
    return replace(found, failures=(*found.failures, said))
