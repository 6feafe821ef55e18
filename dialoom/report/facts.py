"""What the report counts of one message, read once from wherever it is written."""

from collections.abc import Iterator
from typing import NamedTuple

from dialoom.exporters.conversations import Speaker, speaker_of
from dialoom.exporters.scores import score_of
from dialoom.exporters.siblings import unfit
from dialoom.messages import Message, messages
from dialoom.tree import MessageNotes, TreeRecord

__all__ = ["Facts", "continued", "facts_of", "words"]

UNKNOWN = MessageNotes(speaker="")


class Facts(NamedTuple):
    """One message with what was found of it."""

    message: Message
    notes: MessageNotes
    """Empty for a message of a foreign file."""
    speaker: Speaker
    score: float | None
    """0 to 1."""
    dropped: str | None
    """Why it is unfit for training: the label that rejected it; None when it is kept."""
    words: int


def facts_of(record: TreeRecord) -> Iterator[Facts]:
    """Yield the facts of every message of a tree, parents before replies."""
    for message in messages(record.tree):
        notes = record.notes.get(message.message_id, UNKNOWN)
        score = score_of(record, message)
        yield Facts(
            message=message,
            notes=notes,
            speaker=speaker_of(message),
            score=None if score is None else score.value,
            dropped=_dropped(message, notes),
            words=words(message.text),
        )


def words(text: str) -> int:
    """Return the number of words: runs of characters between white space."""
    return len(text.split())


def continued(record: TreeRecord) -> tuple[Message, ...]:
    """Return the thread that goes on from the prompt: at each turn the reply with most below."""
    if record.tree.prompt is None:
        return ()
    below = _depths(record.tree.prompt)
    thread = [record.tree.prompt]
    while replies := thread[-1].replies:
        best = max(
            replies,
            key=lambda reply: (below[reply.message_id], reply.rank is not None, -(reply.rank or 0)),
        )
        thread.append(best)
    return tuple(thread)


def _depths(prompt: Message) -> dict[str, int]:
    """Return how many turns follow each message at most."""
    depths: dict[str, int] = {}
    order, pending = [], [prompt]
    while pending:
        message = pending.pop()
        order.append(message)
        pending.extend(message.replies or ())
    for message in reversed(order):
        below = (depths[reply.message_id] + 1 for reply in message.replies or ())
        depths[message.message_id] = max(below, default=0)
    return depths


def _dropped(message: Message, notes: MessageNotes) -> str | None:
    reason = unfit(message)
    if reason is None:
        return None
    hopeless = [verdict.name for verdict in notes.verdicts if verdict.severity == "hopeless"]
    return hopeless[0] if hopeless else reason.partition(" ")[2].removesuffix(" message")
