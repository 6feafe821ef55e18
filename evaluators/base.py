"""The heuristic seam: one rule that looks at one message and says what it finds."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from dialoom.messages import Role
from dialoom.personas.model import Persona
from dialoom.registry import Registry
from dialoom.scenarios.check import Check
from dialoom.verdicts import Severity, Verdict

__all__ = ["HEURISTICS", "Heuristic", "Said", "Subject"]


class Said(NamedTuple):
    """An earlier message of the thread."""

    speaker: str
    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Subject:
    """The message under evaluation, with everything a rule may look at.

    What a tree from elsewhere does not tell is left at its default; rules that need it are
    silent then.
    """

    text: str
    speaker: str
    role: Role
    thread: tuple[Said, ...] = ()
    """What was said before, from the prompt on."""
    siblings: tuple[str, ...] = ()
    """Texts of all candidates of this turn in order, this message's own at `candidate`."""
    candidate: int = 0
    language: str = "en"
    """BCP 47 tag of the language the speaker should use."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Display names of everyone on the stage, by speaker."""
    persona: Persona | None = None
    """Who is speaking."""
    personas: Mapping[str, Persona] = field(default_factory=dict)
    """Everyone on the stage by speaker, the one who speaks among them."""
    goal: str = ""
    """What the speaker wants from the conversation."""
    policy: str = ""
    """Rules that the speaker keeps to."""
    setting: str = ""
    """What everyone knows of the situation."""
    system: str = ""
    """The system prompt the speaker was given."""
    finish_reason: str = "stop"
    thought: str | None = None
    check: Check | None = None
    """What a right answer to the message before is, where somebody knows."""
    synthetic: bool = True
    """False for text a person wrote."""


class Heuristic(ABC):
    """A rule. Options are keyword arguments of `__init__`, each with a default.

    Rules are pure: the same subject gives the same verdicts, and nothing is kept between calls.
    """

    name: ClassVar[str]
    """The registered name."""
    label: ClassVar[str]
    """The label its verdicts become: OASST's where one fits."""
    version: ClassVar[str]
    severity: ClassVar[Severity]
    weight: ClassVar[float] = 0.0
    """Of a `fault`: the share of the score it takes away, 0 to 1."""

    @abstractmethod
    def check(self, subject: Subject) -> Iterator[Verdict]:
        """Yield a verdict for each finding; nothing when all is well."""

    def verdict(
        self,
        subject: Subject,
        reason: str,
        *,
        span: tuple[int, int] | None = None,
        value: float = 1.0,
        severity: Severity | None = None,
        weight: float | None = None,
    ) -> Verdict:
        """Return a verdict of this rule; what is not given comes from the class."""
        return Verdict(
            name=self.label,
            value=value,
            reason=reason,
            evaluator=self.name,
            version=self.version,
            severity=severity or self.severity,
            weight=self.weight if weight is None else weight,
            user_fault=subject.role == "prompter",
            span=span,
        )


HEURISTICS: Registry[Heuristic] = Registry("heuristic")
