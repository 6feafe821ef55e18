"""A grown tree as it is kept: the OASST tree, and beside it what OASST has no field for."""

from datetime import datetime

from dialoom.messages import Message, MessageTree
from dialoom.tree import GrownTree, MessageNotes, Node, TreeRecord, nodes

__all__ = ["is_authored", "message_of", "nested", "notes_of", "record_of"]


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
    )


def message_of(node: Node, created: datetime | None, language: str | None) -> Message:
    """Return the OASST message of a node, its replies left empty."""
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
    made_here = (record.tree.origin or "").startswith("dialoom/")
    return made_here and message.synthetic is False


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
