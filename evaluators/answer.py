"""The `answer` rule: replies to a question with a right answer are marked, and put to the vote."""

from collections.abc import Iterator
from typing import ClassVar

from dialoom.evaluators.answers import is_right, majority, said_answer, vote_of
from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.options import share
from dialoom.evaluators.text import quoted
from dialoom.scenarios.check import Check
from dialoom.verdicts import Severity, Verdict

__all__ = ["MAJORITY", "Answer"]

MAJORITY = "majority"
"""The label of a candidate whose answer more candidates of its turn give than any other."""


class Answer(Heuristic):
    """Marks a reply to a member with a `check`: the label `correct` is 1 when right, 0 when wrong.

    The candidates of a turn vote, each with the answer it gives: `majority` is 1 for those of the
    answer that most give, 0 for the others. Two at least must agree; of a tie nothing is said.
    Where no right answer is known, a candidate against the majority is a fault.

    A reply that gives no answer is left alone. Without a `check` the rule is silent.

    Blind spots: an answer that is not said to be one, right answers of wrong reasoning, a majority
    that is wrong.

    Args:
        wrong: Share of the score that a wrong answer costs, above 0 to 1.
        minority: Share of it that one against the majority costs where nobody knows the right one.
    """

    name = "answer"
    label: ClassVar[str] = "correct"
    version = "1"
    severity: ClassVar[Severity] = "fault"

    def __init__(self, wrong: float = 0.8, minority: float = 0.3) -> None:
        self.wrong, self.minority = share("wrong", wrong), share("minority", minority)

    def check(self, subject: Subject) -> Iterator[Verdict]:
        """Yield whether the answer is right, and whether most candidates give it."""
        check = subject.check
        if check is None or subject.role != "assistant":
            return
        if check.at != "all" and len(subject.thread) not in check.at:
            return
        own = said_answer(subject.text, check)
        if own is None:
            return
        if check.answer is not None:
            yield self._marked(subject, own, check)
        yield from self._voted(subject, own, check)

    def _marked(self, subject: Subject, own: str, check: Check) -> Verdict:
        answer = quoted(str(check.answer), limit=60)
        if is_right(own, check):
            reason = f"the answer {quoted(own, limit=60)} is right ({answer})"
            return self.verdict(subject, reason, severity="note")
        reason = f"the answer {quoted(own, limit=60)} is wrong; right is {answer}"
        return self.verdict(subject, reason, value=0.0, weight=self.wrong)

    def _voted(self, subject: Subject, own: str, check: Check) -> Iterator[Verdict]:
        votes = []
        for text in subject.siblings:
            said = said_answer(text, check)
            votes.append(None if said is None else vote_of(said, check))
        wanted, vote = majority(votes), vote_of(own, check)
        if wanted is None or vote is None:
            return
        agrees, counted = vote == wanted, sum(one is not None for one in votes)
        side = "with" if agrees else "against"
        reason = f"{votes.count(vote)} of {counted} answers say so, {side} the majority"
        is_fault = check.answer is None and not agrees
        yield Verdict(
            MAJORITY,
            float(agrees),
            f"{quoted(own, limit=60)}: {reason}",
            self.name,
            self.version,
            severity="fault" if is_fault else "note",
            weight=self.minority if is_fault else 0.0,
        )
