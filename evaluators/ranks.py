"""Verdicts into scores, and scores into ranks: the one rule of `docs/tagging.md`.

A rank claims a preference. What is tied, near-identical or not comparable gets none.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import permutations
from math import prod
from statistics import fmean
from typing import NamedTuple

from dialoom.agents.rubric import OASST_CRITERIA
from dialoom.evaluators.base import Subject
from dialoom.evaluators.near_identical import NearIdentical
from dialoom.messages import Role
from dialoom.verdicts import EvaluatorFailure, Verdict

__all__ = [
    "POLARITY",
    "TIE",
    "Findings",
    "Grade",
    "comparable",
    "critic_quality",
    "grades",
    "heuristic_score",
    "is_hopeless",
    "ranked_pairs",
    "ranks",
]

TIE = 1e-9
"""Scores that differ by less are equal."""
_SAME = NearIdentical()
POLARITY: Mapping[str, int] = {name: item.polarity for name, item in OASST_CRITERIA.items()}
"""Of OASST's labels; see `Criterion.polarity`."""


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
    return [_grade(sibling, screened, by_critic, broken, polarity) for sibling in siblings]


def comparable(siblings: Iterable[Findings]) -> bool:
    """Return whether the same critics answered the same rubric for every sibling that is fit."""
    answered = {
        frozenset((item.name, item.version) for item in sibling.verdicts if item.kind == "critic")
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


def ranked_pairs(ballots: Sequence[Sequence[str]]) -> list[str]:
    """Return the order that Tideman's ranked pairs make of several rankings, best first.

    As Open-Assistant merges its rankings (`backend/oasst_backend/utils/ranking.py`): only what
    every ballot ranks takes part, and of two that tie the one that sorts first is preferred.
    Fewer than two in common make no order.

    >>> ranked_pairs(["abc", "bca", "cab"])
    ['a', 'b', 'c']
    """
    if not ballots:
        return []
    shared = sorted(set(ballots[0]).intersection(*ballots[1:]))
    if len(shared) < 2:
        return []
    beats: dict[str, set[str]] = {name: set() for name in shared}
    for winner, loser in _contests(ballots, shared):
        if winner not in _below(loser, beats):
            beats[winner].add(loser)
    return sorted(shared, key=lambda name: -len(_below(name, beats)))


def _contests(ballots: Sequence[Sequence[str]], shared: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the pairs that no majority is against, the clearest first."""
    places = [{name: place for place, name in enumerate(ballot)} for ballot in ballots]
    nets = {
        (one, other): sum(1 if place[one] < place[other] else -1 for place in places)
        for one, other in permutations(shared, 2)
    }
    yield from (pair for pair in sorted(nets, key=lambda pair: -nets[pair]) if nets[pair] >= 0)


def _below(name: str, beats: Mapping[str, set[str]]) -> set[str]:
    """Return all that `name` beats, itself or through others."""
    found: set[str] = set()
    pending = [name]
    while pending:
        fresh = beats[pending.pop()] - found
        found |= fresh
        pending.extend(fresh)
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
