"""Verdicts into scores, and scores into ranks: the one rule of `docs/tagging.md`.

A rank claims a preference. What is tied, near-identical or not comparable gets none.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import prod
from statistics import fmean
from typing import NamedTuple

from dialoom.agents.rubric import OASST_CRITERIA
from dialoom.evaluators.ballots import merged_preferences
from dialoom.evaluators.base import Subject
from dialoom.evaluators.near_identical import NearIdentical
from dialoom.messages import Role
from dialoom.verdicts import EvaluatorFailure, Verdict

__all__ = [
    "POLARITY",
    "PREFERENCE",
    "SEATS",
    "TIE",
    "Findings",
    "Grade",
    "comparable",
    "critic_quality",
    "grades",
    "heuristic_score",
    "is_hopeless",
    "ranks",
]

TIE = 1e-9
"""Scores that differ by less are equal."""
_SAME = NearIdentical()
PREFERENCE = "preference"
"""What a comparison with the siblings comes to: a merit like any other."""
SEATS = ("first_shown", "last_shown")
"""Comparisons that came out otherwise in the other order, by which reply won both times."""
POLARITY: Mapping[str, int] = {
    **{name: item.polarity for name, item in OASST_CRITERIA.items()},
    PREFERENCE: 1,
}
"""Of what critics say of any message; see `Criterion.polarity`."""


class Findings(NamedTuple):
    """All that evaluators say of one message."""

    role: Role
    verdicts: Sequence[Verdict]
    failures: Sequence[EvaluatorFailure] = ()


class Grade(NamedTuple):
    """What a message is worth, and on what grounds."""

    score: float | None
    """0 to 1; None when nothing judged the message."""
    basis: str
    """`heuristics`, `critic` or `heuristics+critic`; empty when nothing judged the message."""
    rejected: bool
    """True when a heuristic finds the message hopeless."""


def grades(
    siblings: Sequence[Findings],
    *,
    screened: bool = True,
    trusted: bool = True,
    doubted: Collection[str] = (),
    polarity: Mapping[str, int] = POLARITY,
) -> list[Grade]:
    """Return the grades of a sibling group, in its order.

    Siblings are graded alike: the critic counts for all that are fit or for none of them, and
    so does each heuristic.

    Args:
        siblings: What was found of each.
        screened: Whether any heuristic looked at them.
        trusted: Whether critics' verdicts decide scores.
        doubted: Versions of critics whose verdicts don't, all the same.
        polarity: By criterion; see `Criterion.polarity`.
    """
    if doubted:
        siblings = [_without(sibling, doubted) for sibling in siblings]
    broken = {failure.evaluator for sibling in siblings for failure in sibling.failures}
    by_critic = trusted and comparable(siblings)
    if by_critic:
        siblings = _with_merged_preferences(siblings)
    return [_grade(sibling, screened, by_critic, broken, polarity) for sibling in siblings]


def comparable(siblings: Iterable[Findings]) -> bool:
    """Return whether the same critics answered the same rubric for every sibling that is fit."""
    answered = {
        frozenset(
            (item.name, item.version)
            for item in sibling.verdicts
            if item.kind == "critic" and item.name not in SEATS
        )
        for sibling in siblings
        if not is_hopeless(sibling)
    }
    return len(answered) == 1 and answered != {frozenset()}


def is_hopeless(findings: Findings) -> bool:
    """Return whether a message is unfit for training. A user's fault dooms no assistant."""
    return any(verdict.severity == "hopeless" for verdict in _own(findings))


def heuristic_score(findings: Findings, *, without: Iterable[str] = ()) -> float:
    """Return the product of 1 - weight over all faults; 0 for what is hopeless.

    Args:
        findings: Of one message.
        without: Evaluators whose faults are left out.
    """
    if is_hopeless(findings):
        return 0.0
    left_out = set(without)
    return prod(
        1 - verdict.weight
        for verdict in _own(findings)
        if verdict.severity == "fault" and verdict.evaluator not in left_out
    )


def critic_quality(
    verdicts: Iterable[Verdict], *, polarity: Mapping[str, int] = POLARITY
) -> float | None:
    """Return the mean of the merits times 1 - value for each harm; None without either.

    Several verdicts on one criterion count as their mean; one without value is left out.
    """
    values: dict[str, list[float]] = {}
    for verdict in verdicts:
        if verdict.kind == "critic" and verdict.value is not None:
            values.setdefault(verdict.name, []).append(verdict.value)
    means = {name: fmean(given) for name, given in values.items() if polarity.get(name, 0)}
    if not means:
        return None
    merits = [mean for name, mean in means.items() if polarity[name] > 0]
    harms = [mean for name, mean in means.items() if polarity[name] < 0]
    return (fmean(merits) if merits else 1.0) * prod(1 - harm for harm in harms)


def ranks(graded: Sequence[Grade], texts: Sequence[str]) -> list[int | None]:
    """Return each sibling's rank, 0 for the best; None where a rank would claim too much.

    A sibling has no rank when it is rejected, when its score is that of a better-placed one or
    its text nearly so, and when fewer than two siblings would have one.
    """
    fit = [place for place, grade in enumerate(graded) if not grade.rejected]
    scores = {place: score for place in fit if (score := graded[place].score) is not None}
    order = sorted(scores, key=lambda place: (-scores[place], place))
    placed = [
        place
        for position, place in enumerate(order)
        if not any(
            scores[better] - scores[place] < TIE or _repeats(texts[better], texts[place])
            for better in order[:position]
        )
    ]
    found: list[int | None] = [None] * len(graded)
    if len(placed) > 1:
        for rank, place in enumerate(placed):
            found[place] = rank
    return found


def _grade(
    sibling: Findings,
    screened: bool,
    by_critic: bool,
    broken: set[str],
    polarity: Mapping[str, int],
) -> Grade:
    parts: dict[str, float] = {}
    if screened:
        parts["heuristics"] = heuristic_score(sibling, without=broken)
    quality = critic_quality(sibling.verdicts, polarity=polarity)
    if by_critic and quality is not None:
        parts["critic"] = quality
    return Grade(prod(parts.values()) if parts else None, "+".join(parts), is_hopeless(sibling))


def _with_merged_preferences(siblings: Sequence[Findings]) -> list[Findings]:
    """Return the findings with one preference in place of each critic's, where several compared."""
    ballots: dict[str, dict[int, float]] = {}
    for place, sibling in enumerate(siblings):
        for verdict in sibling.verdicts:
            if (
                verdict.kind == "critic"
                and verdict.name == PREFERENCE
                and verdict.value is not None
            ):
                ballots.setdefault(verdict.version, {})[place] = verdict.value
    if len(ballots) < 2:
        return list(siblings)
    merged = merged_preferences(list(ballots.values()))
    return [
        sibling._replace(verdicts=[_merged(one, merged.get(place)) for one in sibling.verdicts])
        for place, sibling in enumerate(siblings)
    ]


def _merged(verdict: Verdict, value: float | None) -> Verdict:
    is_own = verdict.kind == "critic" and verdict.name == PREFERENCE
    return replace(verdict, value=value) if is_own else verdict


def _without(findings: Findings, critics: Collection[str]) -> Findings:
    """Return the findings less the verdicts of some critics."""
    kept = [one for one in findings.verdicts if one.kind != "critic" or one.version not in critics]
    return findings._replace(verdicts=kept)


def _own(findings: Findings) -> Iterator[Verdict]:
    """Yield the verdicts that are about the one who gives the message."""
    for verdict in findings.verdicts:
        if not (verdict.user_fault and findings.role == "assistant"):
            yield verdict


def _repeats(better: str, text: str) -> bool:
    pair = Subject(text, speaker="", role="assistant", siblings=(better, text), candidate=1)
    return next(_SAME.check(pair), None) is not None
