"""Sibling groups: the replies to one message, exact counterfactuals of each other."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dialoom.exporters.conversations import Speaker, speaker_of
from dialoom.exporters.scores import QUALITY, score_of
from dialoom.messages import Message, Role, Thread
from dialoom.records import is_dropped
from dialoom.tree import TreeRecord

__all__ = ["SiblingGroup", "best_first", "sibling_groups", "unfit"]


@dataclass(frozen=True, slots=True)
class SiblingGroup:
    """All replies one speaker was drawn for one turn."""

    record: TreeRecord
    thread: Thread
    """From the prompt to the message they reply to."""
    speaker: Speaker
    replies: Thread
    """Best first."""


def sibling_groups(record: TreeRecord, role: Role = "assistant") -> Iterator[SiblingGroup]:
    """Yield the replies in one role by what they reply to, in the order of the file.

    What `evaluate.keep` dropped is no reply: it is neither preferred nor the worse of two.
    """
    pending: list[Thread] = [(record.tree.prompt,)] if record.tree.prompt else []
    while pending:
        thread = pending.pop()
        replies = thread[-1].replies or []
        pending.extend((*thread, reply) for reply in reversed(replies))
        by_speaker: dict[Speaker, list[Message]] = {}
        for reply in replies:
            if reply.role == role and not is_dropped(reply):
                by_speaker.setdefault(speaker_of(reply), []).append(reply)
        for speaker, group in by_speaker.items():
            yield SiblingGroup(record, thread, speaker, tuple(best_first(record, group)))


def best_first(record: TreeRecord, siblings: Iterable[Message]) -> list[Message]:
    """Return siblings best first.

    Where a run scored two of them at least, its scores decide, and of equals those that were
    continued come first. Elsewhere ranks decide, and `quality` labels where there is no rank:
    in files of human data the ranking is the preference, and the labels are a rougher one.
    """
    listed = list(siblings)
    if len(listed) < 2:
        return listed
    scores = [score_of(record, message) for message in listed]
    is_scored = sum(score is not None and score.basis != QUALITY for score in scores) > 1
    keys = []
    for place, (message, score) in enumerate(zip(listed, scores, strict=True)):
        worth = 1.0 if score is None else -score.value
        rank = math.inf if message.rank is None else message.rank
        is_leaf = not message.replies
        order = (worth, is_leaf, rank) if is_scored else (rank, worth, is_leaf)
        keys.append((*order, place))
    return [listed[key[-1]] for key in sorted(keys)]


def unfit(message: Message) -> str | None:
    """Return why a message must not be trained on or built upon, or None."""
    if message.deleted:
        return "a deleted message"
    if is_dropped(message):
        return "a message that `keep` dropped"
    if message.review_result is False:
        return "a rejected message"
    if not message.text.strip():
        return "an empty message"
    return None
