"""Where each reply of a sibling group stands, on what grounds, and what speaks against it."""

from typing import NamedTuple

from dialoom.agents.rubric import OASST_CRITERIA
from dialoom.exporters.scores import score_of
from dialoom.exporters.siblings import SiblingGroup
from dialoom.messages import Message
from dialoom.tree import TreeRecord
from dialoom.verdicts import Verdict

__all__ = ["RANK", "Standing", "faults_of", "is_user_fault", "reason", "standings"]

RANK = "rank"
"""The basis of a score that was made of ranks alone."""

_GROUNDS = {
    "heuristics": "the heuristics",
    "critic": "the critic",
    "heuristics+critic": "the heuristics and the critic",
    "score label": "the file's `score` label",
    "quality label": "the file's `quality` label",
}


class Standing(NamedTuple):
    """A reply that can be compared with its siblings."""

    message: Message
    score: float
    """0 to 1; made of the rank, 1 for the first and 0 for the last, where nobody scored."""
    basis: str
    """As `Score.basis`, or `rank`."""


def standings(group: SiblingGroup) -> list[Standing]:
    """Return the comparable replies of a group, best first.

    Scores are used where two replies at least have one, or an only reply has; ranks elsewhere.
    """
    scored = [(reply, score_of(group.record, reply)) for reply in group.replies]
    found = [Standing(reply, score.value, score.basis) for reply, score in scored if score]
    if len(found) >= min(2, len(group.replies)):
        return found
    ranked = [(reply, reply.rank) for reply in group.replies if reply.rank is not None]
    last = max((rank for _, rank in ranked), default=0)
    return [Standing(reply, 1 - rank / last, RANK) for reply, rank in ranked] if last else []


def faults_of(record: TreeRecord, message: Message) -> list[Verdict]:
    """Return the heuristics' verdicts that took from a message's score."""
    notes = record.notes.get(message.message_id)
    return [
        verdict
        for verdict in (notes.verdicts if notes else ())
        if verdict.kind == "heuristic" and verdict.severity != "note"
    ]


def is_user_fault(record: TreeRecord, message: Message) -> bool:
    """Return whether a message has faults and all of them are the simulated user's."""
    faults = faults_of(record, message)
    return bool(faults) and all(fault.user_fault for fault in faults)


def reason(record: TreeRecord, chosen: Standing, rejected: Standing, *, policy: str) -> str:
    """Return in words why one reply is preferred: the policy, the scores, their grounds."""
    if chosen.basis == RANK:
        return (
            f"{policy}: the chosen reply has rank {chosen.message.rank} and the rejected one rank "
            f"{rejected.message.rank} (0 is best); nobody scored them, so the scores and the "
            "margin are made of the ranks."
        )
    ours, theirs = (_GROUNDS.get(side.basis, side.basis) for side in (chosen, rejected))
    grounds = f"score rests on {ours}"
    if ours != theirs:
        grounds = f"first score rests on {ours}, the second on {theirs}"
    text = (
        f"{policy}: the reply scored {chosen.score:.2f} is chosen over the one scored "
        f"{rejected.score:.2f}; the {grounds}."
    )
    if "critic" not in chosen.basis and _is_judged(record, chosen.message, rejected.message):
        text += (
            " They were judged, but the critic's verdicts do not count: it is not trusted, or it "
            "could not judge every sibling; quality.json says which."
        )
    against = [
        f"{fault.evaluator}: {fault.reason}" for fault in faults_of(record, rejected.message)
    ]
    if "critic" in chosen.basis and "critic" in rejected.basis:
        against += _rubric(record, chosen.message, rejected.message)
    return text + (f" Against the rejected: {' | '.join(against)}" if against else "")


def _is_judged(record: TreeRecord, *replies: Message) -> bool:
    """Return whether a critic has given its verdict on each of them."""
    found = (record.notes.get(reply.message_id) for reply in replies)
    return all(
        notes is not None and any(verdict.kind == "critic" for verdict in notes.verdicts)
        for notes in found
    )


def _rubric(record: TreeRecord, chosen: Message, rejected: Message) -> list[str]:
    """Return the critic's items on which the rejected reply is the worse."""
    ours, theirs = (record.notes.get(message.message_id) for message in (chosen, rejected))
    if ours is None or theirs is None:
        return []
    values = {
        verdict.name: verdict.value
        for verdict in ours.verdicts
        if verdict.kind == "critic" and verdict.value is not None
    }
    found = []
    for verdict in theirs.verdicts:
        if verdict.kind != "critic" or verdict.value is None:
            continue
        item, value = OASST_CRITERIA.get(verdict.name), values.get(verdict.name, verdict.value)
        polarity = item.polarity if item else 1
        if (value - verdict.value) * polarity > 0:
            found.append(
                f"{verdict.evaluator}: {verdict.name} {verdict.value:.2f}, the chosen {value:.2f} "
                f"({verdict.reason})"
            )
    return found
