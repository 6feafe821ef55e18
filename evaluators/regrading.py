"""Grades a finished tree again from the verdicts it holds, when other critics are to count.

Pure, and the same rule that graded it while it grew: nobody is asked, and texts, verdicts and
whether a message is fit stay as they are.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from dialoom.evaluators.labels import labels_of, with_ours
from dialoom.evaluators.ranks import POLARITY, Findings, Grade, grades, ranks
from dialoom.messages import Message
from dialoom.tree import MessageNotes, TreeRecord

__all__ = ["regraded"]

OURS = ("", "heuristics", "critic", "heuristics+critic")
"""What scores that follow from verdicts rest on; a person's ranking stays as it is."""


def regraded(
    record: TreeRecord,
    *,
    screened: bool,
    doubted: Collection[str],
    polarity: Mapping[str, int] = POLARITY,
) -> TreeRecord | None:
    """Return the tree with scores, ranks and labels made anew, or None where nothing changes.

    Args:
        record: A tree that dialoom grew; its messages are changed in place.
        screened: Whether any heuristic looked at it.
        doubted: Versions of the critics whose verdicts don't count.
        polarity: By criterion; see `Criterion.polarity`.
    """
    changed: dict[str, MessageNotes] = {}
    for group in _groups(record):
        findings = [_findings(message, record.notes[message.message_id]) for message in group]
        graded = grades(findings, screened=screened, doubted=doubted, polarity=polarity)
        changed |= _written(record, group, graded)
    if not changed:
        return None
    return replace(record, notes={**record.notes, **changed})


def _groups(record: TreeRecord) -> Iterator[list[Message]]:
    """Yield the sibling groups that follow from verdicts, each in the order it was drawn."""
    pending = [[record.tree.prompt]] if record.tree.prompt else []
    while pending:
        group = pending.pop()
        pending.extend(message.replies for message in group if message.replies)
        notes = [record.notes.get(message.message_id) for message in group]
        if all(one is not None and one.basis in OURS for one in notes):
            judged = [message for message in group if _is_judged(record.notes[message.message_id])]
            yield sorted(judged, key=lambda message: record.notes[message.message_id].candidate)


def _is_judged(notes: MessageNotes) -> bool:
    """Return False for a message of a file, which stands in the tree as it was."""
    return notes.score is not None or bool(notes.verdicts or notes.failures)


def _findings(message: Message, notes: MessageNotes) -> Findings:
    return Findings(message.role, notes.verdicts, notes.failures)


def _written(
    record: TreeRecord, group: Sequence[Message], graded: Sequence[Grade]
) -> dict[str, MessageNotes]:
    """Write grades into the messages of a group and return the notes that change."""
    placed: Sequence[int | None] = [None] * len(group)
    if group and group[0].role == "assistant" and group[0].parent_id is not None:
        placed = ranks(graded, [message.text for message in group])
    found = {}
    for message, grade, rank in zip(group, graded, placed, strict=True):
        notes = record.notes[message.message_id]
        if (notes.score, notes.basis, message.rank) == (grade.score, grade.basis, rank):
            continue
        message.rank = rank
        before = labels_of(notes.verdicts, score=notes.score)
        theirs = {
            name: label
            for name, label in (message.labels or {}).items()
            if label != before.get(name)
        }
        ours = dict(sorted(labels_of(notes.verdicts, score=grade.score).items()))
        message.labels = with_ours(theirs, ours)
        found[message.message_id] = replace(notes, score=grade.score, basis=grade.basis)
    return found
