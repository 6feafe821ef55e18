"""The two stages of tagging: heuristics look at every message, the critic at what they leave.

Whatever fails is recorded on the message it failed on, and everything else goes on.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.critic import CriticJudge
from dialoom.evaluators.labels import labels_of
from dialoom.evaluators.ranks import POLARITY, Findings, Grade, grades, is_hopeless, ranks
from dialoom.events import Listener, Notice
from dialoom.messages import Label
from dialoom.verdicts import EvaluatorFailure, Verdict

__all__ = ["Assessment", "Stages", "Tally"]

Outcome = list[Verdict] | EvaluatorFailure


@dataclass(frozen=True, slots=True)
class Assessment:
    """All that is said of one message."""

    verdicts: tuple[Verdict, ...]
    failures: tuple[EvaluatorFailure, ...]
    grade: Grade
    rank: int | None

    @property
    def labels(self) -> dict[str, Label]:
        """The verdicts as labels, the score among them."""
        return labels_of(self.verdicts, score=self.grade.score)


@dataclass(slots=True)
class Tally:
    """What was done so far, for the summary."""

    judged: int = 0
    """Texts the critic judged."""
    failed: int = 0
    """Texts it was asked about and could not judge."""
    calls_saved: int = 0
    """Model calls not made, because a message was hopeless or repeated a sibling's text."""
    groups_without_critic: int = 0
    """Sibling groups graded by the heuristics alone, since a trusted critic failed on one."""
    heuristics_failed: int = 0
    """How often a heuristic raised an exception."""


class Stages:
    """Assesses sibling groups. Between groups it keeps nothing but the tally."""

    def __init__(
        self,
        heuristics: Sequence[Heuristic],
        critics: Sequence[CriticJudge],
        listener: Listener,
    ) -> None:
        """Take the evaluators, and who is told, once each, that a critic is doubted or fails."""
        self.heuristics, self.critics = tuple(heuristics), tuple(critics)
        self._polarity = dict(POLARITY)
        for critic in self.critics:
            self._polarity |= critic.polarity
        self._listener = listener
        self._noticed: set[str] = set()
        self.tally = Tally()

    async def assess(
        self, subjects: Sequence[Subject], seed: int, *, again: int = 0
    ) -> list[Assessment]:
        """Return what is said of each sibling; waits only where the critic is asked.

        Args:
            subjects: All candidates of one turn.
            seed: Of the critic's judgements, 0 to 2**31 - 1.
            again: How many of them were assessed before; what that saved is not counted twice.
        """
        findings = [self._screened(subject) for subject in subjects]
        role = subjects[0].role
        for critic in self.critics:
            if role in critic.roles:
                findings = await self._judged(critic, subjects, findings, seed, again)
        graded = grades(
            findings,
            screened=bool(self.heuristics),
            doubted=[one.version for one in self.critics if not one.trusted],
            polarity=self._polarity,
        )
        placed: Sequence[int | None] = [None] * len(subjects)
        if role == "assistant":  # Open-Assistant ranks no prompter's messages
            placed = ranks(graded, [subject.text for subject in subjects])
        return [
            Assessment(tuple(found.verdicts), tuple(found.failures), grade, rank)
            for found, grade, rank in zip(findings, graded, placed, strict=True)
        ]

    def _screened(self, subject: Subject) -> Findings:
        verdicts: list[Verdict] = []
        failures: list[EvaluatorFailure] = []
        for rule in self.heuristics:
            try:
                verdicts += list(rule.check(subject))
            except Exception as error:  # noqa: BLE001 - a plug-in's; the other rules go on
                kind = type(error).__name__
                failures.append(EvaluatorFailure(rule.name, rule.version, kind, str(error)))
                self.tally.heuristics_failed += 1
        return Findings(subject.role, verdicts, failures)

    async def _judged(
        self,
        critic: CriticJudge,
        subjects: Sequence[Subject],
        findings: Sequence[Findings],
        seed: int,
        again: int,
    ) -> list[Findings]:
        """Return the findings with the critic's verdicts on all that are fit."""
        fit = {
            subject.text: subject
            for subject, found in zip(subjects, findings, strict=True)
            if not is_hopeless(found)
        }
        self.tally.calls_saved += max(0, len(subjects) - again - len(fit)) * critic.calls
        outcomes = await _outcomes(critic, fit, seed)
        self._count(critic, list(outcomes.values()))
        if critic.compares and len(fit) > 1 and not any(map(_is_failure, outcomes.values())):
            compared = await _compared(critic, fit, seed)
        else:
            compared = {}
        return [
            found
            if is_hopeless(found)
            else _with(_with(found, outcomes[subject.text]), compared.get(subject.text, []))
            for subject, found in zip(subjects, findings, strict=True)
        ]

    def _count(self, critic: CriticJudge, outcomes: Sequence[Outcome]) -> None:
        failures = [outcome for outcome in outcomes if isinstance(outcome, EvaluatorFailure)]
        self.tally.failed += len(failures)
        self.tally.judged += len(outcomes) - len(failures)
        if failures:
            self.tally.groups_without_critic += critic.trusted
            self._notice_once(
                "failed",
                f"the critic could not judge every message ({failures[0].error}: "
                f"{failures[0].message}); siblings of one that it could not judge are scored by "
                "the heuristics alone",
            )
        if outcomes and critic.doubted:
            self._notice_once(
                "doubted",
                f"{critic.agent.client.name} is taken to judge at chance level: what it says is "
                "kept as labels, and scores rest on the heuristics alone; name a better critic, or "
                "set evaluate.critic.trust to always",
            )

    def _notice_once(self, kind: str, message: str) -> None:
        if kind not in self._noticed:
            self._noticed.add(kind)
            self._listener(Notice(message))


async def _outcomes(
    critic: CriticJudge, fit: Mapping[str, Subject], seed: int
) -> dict[str, Outcome]:
    if critic.in_turn:
        return {text: await critic.judge(subject, seed) for text, subject in fit.items()}
    async with asyncio.TaskGroup() as tasks:
        running = {
            text: tasks.create_task(critic.judge(subject, seed)) for text, subject in fit.items()
        }
    return {text: task.result() for text, task in running.items()}


async def _compared(
    critic: CriticJudge, fit: Mapping[str, Subject], seed: int
) -> dict[str, Outcome]:
    """Return what comes of comparing siblings with each other, by text."""
    found = await critic.compare(list(fit.values()), seed)
    if isinstance(found, EvaluatorFailure):
        return dict.fromkeys(fit, found)
    return dict(zip(fit, found, strict=True))


def _is_failure(outcome: Outcome) -> bool:
    return isinstance(outcome, EvaluatorFailure)


def _with(found: Findings, outcome: Outcome) -> Findings:
    if isinstance(outcome, EvaluatorFailure):
        return found._replace(failures=[*found.failures, outcome])
    return found._replace(verdicts=[*found.verdicts, *outcome])
