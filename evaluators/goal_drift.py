"""The `goal_drift` rule: a user's turns stop having anything to do with goal and thread."""

from collections.abc import Iterator
from functools import lru_cache
from typing import ClassVar

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.options import share, whole
from dialoom.evaluators.text import quoted
from dialoom.evaluators.vocabulary import content
from dialoom.personas.model import Persona
from dialoom.verdicts import Severity, Verdict

__all__ = ["GoalDrift"]


class GoalDrift(Heuristic):
    """A prompter whose last messages share next to no word with goal, sheet, scene or thread.

    What it may speak of is what its goal, its sheet and the setting name, what others have said,
    and its own first message. Each of its last `turns` messages must have some words of
    substance, and of all of them together at most `max_share` may be among those.

    Blind to drift that the other side goes along with, to short messages, and to synonyms.

    Args:
        turns: How many messages in a row must be off the goal.
        min_words: Words of substance that each must have at least.
        max_share: Share of their words that may still be about the goal, above 0 and at most 1.
    """

    name = "goal_drift"
    label: ClassVar[str] = "goal_drift"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight: ClassVar[float] = 0.4

    def __init__(self, turns: int = 2, min_words: int = 5, max_share: float = 0.1) -> None:
        self.turns = whole("turns", turns)
        self.min_words = whole("min_words", min_words)
        self.max_share = share("max_share", max_share)

    def check(self, subject: Subject) -> Iterator[Verdict]:
        """Yield one verdict when this message goes on with a drift."""
        if subject.role != "prompter" or not subject.goal or subject.persona is None:
            return
        own = [said.text for said in subject.thread if said.speaker == subject.speaker]
        if len(own) < self.turns:
            return
        language = subject.language
        last = [*own[1:], subject.text][-self.turns :]
        spoken = [content(text, language) for text in last]
        if len(last) < self.turns or min(map(len, spoken)) < self.min_words:
            return
        known = _of_sheet(subject.persona, subject.goal, subject.setting)
        others = (said.text for said in subject.thread if said.speaker != subject.speaker)
        known = known.union(
            content(own[0], language), *(content(text, language) for text in others)
        )
        said = frozenset[str]().union(*spoken)
        if len(said & known) <= self.max_share * len(said):
            yield self.verdict(
                subject,
                f"{self.turns} messages in a row have nothing to do with its goal: "
                f"{quoted(subject.text, limit=60)}",
            )


@lru_cache(256)
def _known(texts: tuple[str, ...], language: str) -> frozenset[str]:
    return frozenset[str]().union(*(content(text, language) for text in texts))


def _of_sheet(persona: Persona, goal: str, setting: str) -> frozenset[str]:
    facts = (f"{name.replace('_', ' ')} {value}" for name, value in persona.knows.items())
    texts = (goal, setting, persona.description, persona.background, *facts)
    return _known((*texts, *persona.doesnt_know, *persona.example_lines), persona.language)
