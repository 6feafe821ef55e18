"""Conditions that stop agents who talk on by themselves, like `quality<0.4`."""

import operator
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from dialoom.errors import InputError
from dialoom.messages import OASST_LABELS
from dialoom.spec import suggestion
from dialoom.tree import Node

__all__ = ["Break", "parse_break"]

FORM = re.compile(r"(\w+)\s*(<=|>=|<|>|=|~)\s*(.+)", re.DOTALL)
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}
EXAMPLES = "heuristic=role_flip, quality<0.4, words>120, text~refund, speaker=NAME"


class Break(NamedTuple):
    """One condition on a message that was just said."""

    subject: str
    """`heuristic`, `speaker`, `text`, `words`, `score`, or a label's name."""
    comparison: str
    value: str

    def __str__(self) -> str:
        return f"{self.subject}{self.comparison}{self.value}"

    @property
    def asks_critic(self) -> bool:
        """Whether the critic has to be asked for what this looks at."""
        return self.subject in OASST_LABELS

    def why(self, node: Node) -> str | None:
        """Return what in a message meets the condition, or None when it doesn't."""
        if self.subject == "heuristic":
            fired = (v for v in node.verdicts if v.evaluator == self.value)
            return next((verdict.reason for verdict in fired), None)
        if self.subject == "speaker":
            return f"{node.speaker} has spoken" if node.speaker == self.value else None
        if self.subject == "text":
            found = re.search(self.value, node.text)
            return None if found is None else f"it says {found.group()!r}"
        value = self._measured(node)
        if value is None or not COMPARISONS[self.comparison](value, float(self.value)):
            return None
        return f"{self.subject} is {value:g}"

    def _measured(self, node: Node) -> float | None:
        if self.subject == "words":
            return len(node.text.split())
        if self.subject == "score":
            return node.score
        label = node.labels.get(self.subject)
        return None if label is None else label.value


def parse_break(text: str, *, heuristics: Iterable[str], speakers: Iterable[str]) -> Break:
    """Return the condition that a text like `quality<0.4` spells.

    Args:
        text: What the user wrote.
        heuristics: Names of the heuristics that look at this session's messages.
        speakers: Names of the members on stage.

    Raises:
        InputError: it has another form, or names what there isn't.
    """
    found = FORM.fullmatch(text.strip())
    if found is None:
        raise InputError(f"{text!r} is not a condition; write one like {EXAMPLES}")
    subject, comparison, value = (part.strip() for part in found.groups())
    if subject in ("heuristic", "speaker"):
        _check_name(subject, comparison, value, heuristics if subject == "heuristic" else speakers)
    elif subject == "text":
        _check_pattern(comparison, value)
    else:
        _check_measure(subject, comparison, value)
    return Break(subject, comparison, value)


def _check_name(subject: str, comparison: str, value: str, known: Iterable[str]) -> None:
    names = list(known)
    if comparison != "=":
        raise InputError(f"{subject} takes `=`, like {subject}={names[0]}")
    if value not in names:
        raise InputError(f"no {subject} here is named {value!r}{suggestion(value, names)}")


def _check_pattern(comparison: str, value: str) -> None:
    if comparison != "~":
        raise InputError("text takes `~` and a regular expression, like text~refund")
    try:
        re.compile(value)
    except re.error as error:
        raise InputError(f"{value!r} is not a regular expression: {error}") from error


def _check_measure(subject: str, comparison: str, value: str) -> None:
    known = ("heuristic", "score", "speaker", "text", "words", *OASST_LABELS)
    if subject not in known:
        raise InputError(f"nothing is measured as {subject!r}{suggestion(subject, known)}")
    if comparison not in COMPARISONS:
        raise InputError(f"{subject} is a number: compare it with <, <=, >, >= or =")
    try:
        float(value)
    except ValueError:
        raise InputError(f"{subject} is compared with a number, not with {value!r}") from None
