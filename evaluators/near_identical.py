"""The `near_identical` rule: a candidate that says what an earlier candidate said."""

from collections.abc import Iterator
from typing import ClassVar

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.options import share
from dialoom.evaluators.text import likeness, normalised, quoted
from dialoom.verdicts import Severity, Verdict

__all__ = ["NearIdentical", "contradict"]

_DENIALS = frozenset(
    (
        *("no", "not", "never", "none", "neither", "without", "unable", "cannot", "cant", "wont"),
        *("dont", "doesnt", "didnt", "isnt", "arent", "wasnt", "werent", "couldnt", "wouldnt"),
        *("shouldnt", "havent", "hasnt", "hadnt"),
    )
)
"""Words that turn the sense of a sentence round, normalised."""


class NearIdentical(Heuristic):
    """A candidate equal or almost equal to an earlier one of the same turn; the later one fires.

    Case, marks and spaces don't count. Texts that differ in a number or in a denial ("5 days",
    "I can't") say different things however alike they look.

    It is a note: a repeat is no worse than what it repeats, so it must not lower a rank and
    make a preference out of nothing. Exporters drop such pairs by their text.

    Blind spots: the same said in other words; a single other word that changes the sense; code
    that differs in its operators alone.

    Args:
        similarity: How alike two texts must be, 0 to 1 (rapidfuzz ratio, normalised text).
    """

    name = "near_identical"
    label: ClassVar[str] = "near_identical"
    version = "1"
    severity: ClassVar[Severity] = "note"

    def __init__(self, similarity: float = 0.92) -> None:
        self.similarity = share("similarity", similarity)

    def check(self, subject: Subject) -> Iterator[Verdict]:
        """Yield one verdict for the first earlier candidate that says the same."""
        if not subject.candidate:
            return
        own = normalised(subject.text)
        if not own:
            return
        for number, sibling in enumerate(subject.siblings[: subject.candidate]):
            alike = self._alike(own, normalised(sibling))
            if alike:
                how = "equals" if alike == 1 else f"is {alike:.0%} like"
                reason = f"the reply {how} candidate {number}: {quoted(sibling)}"
                yield self.verdict(subject, reason, value=round(alike, 2))
                return

    def _alike(self, own: str, other: str) -> float:
        """Return how alike two normalised texts are, 0 when not enough."""
        alike = likeness(own, other, least=self.similarity)
        return 0.0 if 0 < alike < 1 and contradict(own, other) else alike


def contradict(own: str, other: str) -> bool:
    """Return whether two normalised texts differ in a number or a denial."""
    apart = set(own.split()) ^ set(other.split())
    return any(word in _DENIALS or any(map(str.isdigit, word)) for word in apart)
