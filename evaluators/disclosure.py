"""The `disclosure` rule: what a persona tells of its facts, and whether it was asked first."""

from collections.abc import Iterator
from typing import ClassVar

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.facts import facts_of
from dialoom.evaluators.ledger import telling
from dialoom.evaluators.text import quoted
from dialoom.verdicts import Severity, Verdict

__all__ = ["Disclosure"]

_HOW = {
    "said": "tells {name}",
    "told": "tells {name}, which it was asked for",
    "leaked": "tells {name} before anybody asked for it",
}


class Disclosure(Heuristic):
    """Says which facts of its sheet a persona tells, the first time that it does.

    A fact that is hidden until asked and told before anybody asked is a fault. Everything else is
    a note whose label has the value 0. A fact in an authored opening is a note: its author wrote
    it. `dialoom.evaluators.ledger` has the same for a whole thread.

    Blind to facts told in other words than the sheet's. A question that may well be about the
    fact counts as asking, so some leaks pass.
    """

    name = "disclosure"
    label: ClassVar[str] = "early_disclosure"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight: ClassVar[float] = 0.3

    def check(self, subject: Subject) -> Iterator[Verdict]:
        """Yield one verdict for each fact, in the order of the sheet."""
        if subject.persona is None:
            return
        for fact in facts_of(subject.speaker, subject.persona):
            told = telling(fact, subject.text, subject.thread)
            if told is None:
                continue
            standing, span = told
            leaked = standing == "leaked" and subject.synthetic
            what = _HOW[standing].format(name=fact.name)
            yield self.verdict(
                subject,
                f"{what}: {quoted(subject.text[slice(*span)], limit=50)}",
                span=span,
                severity="fault" if leaked else "note",
                value=1.0 if leaked else 0.0,
                weight=self.weight if leaked else 0.0,
            )
