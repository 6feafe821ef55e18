"""What evaluators say of a message, as data: verdicts, and failures to judge."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["EvaluatorFailure", "Severity", "Verdict", "model_in", "raters"]

Severity = Literal["hopeless", "fault", "note"]
"""How a fired heuristic counts.

`hopeless`: the reply is rejected and never sent to the critic. `fault`: it lowers the score by
the verdict's weight. `note`: it is recorded and changes nothing.
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one evaluator says of one message.

    A heuristic gives verdicts only for what it finds; silence means that it ran and found
    nothing. A critic gives one verdict for each item of its rubric.
    """

    name: str
    """The label this becomes: an OASST label name where one fits, ours otherwise."""
    value: float | None
    """0 to 1, 1 = more of what the name says. A flag that fired is 1. None is no rating: the
    question does not apply to the message."""
    reason: str
    """One sentence for a person; quotes the words that made the evaluator fire."""
    evaluator: str
    version: str
    """Changes whenever the same message could get another verdict."""
    kind: Literal["heuristic", "critic", "human", "scorer", "filter"] = "heuristic"
    """`filter`: why `evaluate.keep` dropped the message; it says nothing of its worth."""
    severity: Severity = "note"
    weight: float = 0.0
    """0 to 1: the share of the score a `fault` takes away."""
    user_fault: bool = False
    """True when the fault is the simulated user's and not the assistant's."""
    span: tuple[int, int] | None = None
    """Start and end of the matched characters, where there are any."""

    @property
    def shown(self) -> str:
        """The value as people read it, like `0.75`; `n/a` for no rating."""
        return "n/a" if self.value is None else f"{self.value:.2f}"


@dataclass(frozen=True, slots=True)
class EvaluatorFailure:
    """An evaluator that could not judge a message. Missing is never a default value."""

    evaluator: str
    version: str
    error: str
    """Name of the error's class."""
    message: str


def model_in(version: str) -> str:
    """Return the model that a critic's version names last.

    >>> model_in("931ed737/odds/quality/ollama/llama3.2@a80c4f17acd5")
    'ollama/llama3.2'
    """
    return version.split("/", 3)[-1].partition("@")[0]


def raters(verdicts: Sequence[Verdict]) -> list[str]:
    """Return who gave each of a message's verdicts; of several critics with their models."""
    critics = {verdict.version for verdict in verdicts if verdict.kind == "critic"}
    return [
        f"{verdict.evaluator} {model_in(verdict.version)}"
        if len(critics) > 1 and verdict.kind == "critic"
        else verdict.evaluator
        for verdict in verdicts
    ]
