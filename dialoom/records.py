"""A grown tree as it is kept: the OASST tree, and beside it what OASST has no field for."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from dialoom.messages import Label, Message, MessageTree, messages
from dialoom.tree import GrownTree, MessageNotes, Node, TreeRecord, nodes
from dialoom.verdicts import Verdict

__all__ = [
    "DROPPED",
    "is_authored",
    "is_dropped",
    "is_made_here",
    "message_of",
    "nested",
    "notes_of",
    "record_of",
    "with_drops",
]

DROPPED = "dropped"
"""The label of a message that `evaluate.keep` keeps out of every export."""


def record_of(
    grown: GrownTree, *, created: datetime, origin: str, languages: dict[str, str]
) -> TreeRecord:
    """Return the record of a grown tree.

    Args:
        grown: The tree.
        created: Becomes every message's `created_date`: the time of the run and not of the
            message, so that a resumed run writes the same bytes.
        origin: Becomes the tree's `origin`.
        languages: BCP 47 tag by speaker.
    """
    flat = list(nodes(grown.root))
    messages = [message_of(node, created, languages.get(node.speaker)) for node in flat]
    tree = MessageTree(
        message_tree_id=grown.root.message_id,
        tree_state="aborted_low_grade" if grown.root.rejected else "ready_for_export",
        prompt=nested(messages),
        origin=origin,
    )
    return TreeRecord(
        tree=tree,
        number=grown.number,
        notes={node.message_id: notes_of(node) for node in flat},
        systems=grown.systems,
        variables=grown.variables,
        failures=tuple(grown.failures),
        drafts=grown.drafts,
    )


def message_of(node: Node, created: datetime | None, language: str | None) -> Message:
    """Return the OASST message of a node, its replies left empty."""
    if node.message is not None:
        return _kept(node, node.message)
    return Message(
        message_id=node.message_id,
        parent_id=None if node.parent is None else node.parent.message_id,
        user_id=node.speaker,
        created_date=created,
        text=node.text,
        role=node.role,
        lang=language,
        review_count=max((label.count for label in node.labels.values()), default=0),
        review_result=not node.rejected,
        deleted=False,
        rank=node.rank,
        synthetic=node.model is not None,
        model_name=node.model,
        emojis={},
        replies=[],
        labels=dict(sorted(node.labels.items())),
    )


def _kept(node: Node, message: Message) -> Message:
    """Return a message of a file as it stands in a tree that was grown on it.

    Its speaker is the member of the cast that took its part, and it has a rank only among those
    it was judged with.
    """
    changes: dict[str, object] = {
        "parent_id": None if node.parent is None else node.parent.message_id,
        "user_id": node.speaker,
        "rank": node.rank,
        "labels": {**(message.labels or {}), **node.labels},
        "review_result": False if node.rejected else message.review_result,
        "replies": [],
    }
    return message.model_copy(update=changes)


def notes_of(node: Node) -> MessageNotes:
    """Return what OASST has no field for."""
    return MessageNotes(
        speaker=node.speaker,
        model=node.model,
        seed=node.seed,
        finish_reason=node.finish_reason,
        thought=node.thought,
        call_key=node.call_key,
        candidate=node.candidate,
        prompt_tokens=node.prompt_tokens,
        completion_tokens=node.completion_tokens,
        score=node.score,
        basis=node.basis,
        verdicts=tuple(node.verdicts),
        failures=tuple(node.failures),
        termination=node.termination,
        termination_detail=node.termination_detail,
    )


def is_authored(record: TreeRecord, message: Message) -> bool:
    """Return whether a message of a run was written by the scenario's author: an opener, say."""
    return is_made_here(record) and message.synthetic is False


def is_made_here(record: TreeRecord) -> bool:
    """Return whether a run grew the tree."""
    return (record.tree.origin or "").startswith("dialoom/")


def is_dropped(message: Message) -> bool:
    """Return whether `evaluate.keep` dropped a message. It stays in the tree, and in no row."""
    return DROPPED in (message.labels or {})


def with_drops(record: TreeRecord, drops: Mapping[str, Verdict]) -> TreeRecord:
    """Mark messages of a tree as dropped, in place, and return the tree with the reasons.

    Their `review_result` is false, they have the label `dropped`, and their notes say why. Ranks
    stay: a message that is left out compares with its siblings as before.

    Args:
        record: The tree.
        drops: Why a message is dropped, by message id; those of other trees are passed over.
    """
    notes = dict(record.notes)
    for message in messages(record.tree):
        verdict = drops.get(message.message_id)
        if verdict is None:
            continue
        message.review_result = False
        message.labels = {**(message.labels or {}), DROPPED: Label(value=1.0, count=1)}
        own = notes.get(message.message_id)
        if own is not None:
            notes[message.message_id] = replace(own, verdicts=(*own.verdicts, verdict))
        if message is record.tree.prompt:
            record.tree.tree_state = "aborted_low_grade"
    return replace(record, notes=notes)


def nested(messages: list[Message]) -> Message:
    """Put each message among its parent's replies, best rank first, and return the root.

    Args:
        messages: The root first, parents before replies; their replies are filled in place.
    """
    replies: dict[str, list[Message]] = {message.message_id: [] for message in messages}
    for message in messages[1:]:
        replies[message.parent_id or ""].append(message)
    for message in messages:
        message.replies = replies[message.message_id]
        message.replies.sort(key=lambda reply: (reply.rank is None, reply.rank or 0))
    return messages[0]
