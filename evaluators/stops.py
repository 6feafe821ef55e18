"""Stop rules: whether a thread is over, decided from outside; the text is never touched."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

from rapidfuzz import fuzz

from dialoom.agents.clients.base import ModelClient
from dialoom.agents.goal import goal_reached
from dialoom.evaluators.refusal import refuses
from dialoom.scenarios.cast import Cast
from dialoom.scenarios.model import StopRule
from dialoom.tree import Node, TerminationReason

__all__ = ["Ending", "Stopper", "stopper_for"]


class Ending(NamedTuple):
    """That a thread is over, and what shows it."""

    reason: TerminationReason
    detail: str


class Stopper(ABC):
    """One rule; sees the thread and the cast, and asks a model where it says so."""

    @abstractmethod
    async def ending(
        self, thread: Sequence[Node], cast: Cast, *, critic: ModelClient | None, seed: int
    ) -> Ending | None:
        """Return why the thread is over, or None when it goes on.

        Raises:
            ModelError: a model had to be asked and gave no answer.
        """


FAREWELL = re.compile(
    r"\b(?:good ?bye|bye(?: for now|-bye| bye)?|farewell|see you (?:soon|later|then|around)|"
    r"take care(?: of yourself)?|have a (?:good|great|nice|lovely|wonderful) "
    r"(?:day|evening|night|weekend|one|rest of)|talk to you (?:soon|later)|"
    r"auf wiedersehen|tschüss|hasta luego|adiós|au revoir|bonne journée|arrivederci)\b",
    re.IGNORECASE,
)


class Farewell(Stopper):
    """Two messages in a row, of different speakers, take leave."""

    async def ending(
        self, thread: Sequence[Node], cast: Cast, *, critic: ModelClient | None, seed: int
    ) -> Ending | None:
        if len(thread) < 2 or thread[-1].speaker == thread[-2].speaker:
            return None
        matches = [_leave(node.text) for node in thread[-2:]]
        if None in matches:
            return None
        words = " / ".join(match.group() for match in matches if match)
        return Ending(TerminationReason.FAREWELL, f"both take leave: {words}")


def _leave(text: str) -> re.Match[str] | None:
    """Return the leave-taking at the end of a text: in its last 120 characters, no question."""
    return None if text.rstrip().endswith("?") else FAREWELL.search(text, max(0, len(text) - 120))


class Loop(Stopper):
    """A speaker says nearly the same again and again."""

    def __init__(self, similarity: float, times: int) -> None:
        self.similarity, self.times = similarity, times

    async def ending(
        self, thread: Sequence[Node], cast: Cast, *, critic: ModelClient | None, seed: int
    ) -> Ending | None:
        last = thread[-1]
        alike = 0
        for node in reversed(thread[:-1]):
            if node.speaker != last.speaker:
                continue
            ratio = fuzz.ratio(node.text, last.text, score_cutoff=self.similarity * 100)
            if not ratio:
                break
            alike += 1
        if alike < self.times:
            return None
        return Ending(
            TerminationReason.LOOP, f"{last.speaker} says nearly the same {alike + 1} times"
        )


class Refused(Stopper):
    """The assistants decline in so many of their messages in a row."""

    def __init__(self, times: int) -> None:
        self.times = times

    async def ending(
        self, thread: Sequence[Node], cast: Cast, *, critic: ModelClient | None, seed: int
    ) -> Ending | None:
        replies = [node for node in thread if node.role == "assistant"][-self.times :]
        if thread[-1].role != "assistant" or len(replies) < self.times:
            return None
        if not all(refuses(node.text) for node in replies):
            return None
        return Ending(TerminationReason.REFUSED, f"{self.times} refusals in a row")


class GoalByPattern(Stopper):
    """The words of a prompter match a pattern that shows the goal met."""

    def __init__(self, pattern: str) -> None:
        self.pattern = re.compile(pattern, re.IGNORECASE)

    async def ending(
        self, thread: Sequence[Node], cast: Cast, *, critic: ModelClient | None, seed: int
    ) -> Ending | None:
        last = thread[-1]
        match = self.pattern.search(last.text) if last.role == "prompter" else None
        if match is None or len(thread) < 2:
            return None
        return Ending(TerminationReason.GOAL_REACHED, f"{last.speaker} says {match.group()!r}")


class GoalByModel(Stopper):
    """The critic's model is asked, after each message of an assistant."""

    async def ending(
        self, thread: Sequence[Node], cast: Cast, *, critic: ModelClient | None, seed: int
    ) -> Ending | None:
        if critic is None or thread[-1].role != "assistant":
            return None
        why = await goal_reached(thread, cast, critic, seed=seed)
        return None if why is None else Ending(TerminationReason.GOAL_REACHED, why)


def stopper_for(rule: StopRule) -> Stopper:
    """Return the rule that a scenario names."""
    if rule.name == "goal_reached":
        return GoalByModel() if rule.pattern is None else GoalByPattern(rule.pattern)
    if rule.name == "loop":
        return Loop(rule.similarity, rule.times)
    return Refused(rule.times) if rule.name == "refused" else Farewell()
