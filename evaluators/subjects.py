"""Messages of finished trees, ours or Open-Assistant's, as rules see them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from dialoom.evaluators.base import Said, Subject
from dialoom.messages import Message, MessageTree
from dialoom.scenarios.cast import Cast
from dialoom.tree import MessageNotes

__all__ = ["MessageSubject", "on_stage", "speaker_of", "subject_of", "subjects"]

_CAST_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


class MessageSubject(NamedTuple):
    """A message with the subject made of it."""

    message: Message
    subject: Subject


def speaker_of(message: Message, cast: Cast | None = None) -> str:
    """Return who speaks: the cast member that dialoom writes as author, otherwise the role.

    Open-Assistant's authors are UUIDs, another one for nearly every message of a thread, so
    they don't tell the sides of a conversation apart.

    Args:
        message: Of a tree.
        cast: Who is on the stage; an author who is not stands for the first player of the role.
    """
    author = message.user_id
    if cast is not None and author not in cast.names:
        return next(player.name for player in cast.players if player.role == message.role)
    return author if author and _CAST_NAME.fullmatch(author) else message.role


def subject_of(
    thread: Sequence[Message],
    siblings: Sequence[Message] | None = None,
    *,
    notes: Mapping[str, MessageNotes] | None = None,
    cast: Cast | None = None,
    systems: Mapping[str, str] | None = None,
) -> Subject:
    """Return the last message of a thread as rules see it.

    Args:
        thread: From the prompt to the message, both included; at least one.
        siblings: All replies to the same parent, this message among them, in the order in which
            later ones count as repeats of earlier ones. None stands for no others.
        notes: What dialoom knows beyond the tree, by message id: finish reason, thought, and
            the place among the siblings, which are put in that order.
        cast: Who is on the stage; None where nobody knows.
        systems: System prompts by author.

    Raises:
        ValueError: the message is not among its siblings.
    """
    *before, message = thread
    group = _in_order(siblings or (message,), notes or {})
    speaker = speaker_of(message, cast)
    own = (notes or {}).get(message.message_id)
    subject = Subject(
        text=message.text,
        speaker=speaker,
        role=message.role,
        thread=tuple(Said(speaker_of(said, cast), said.role, said.text) for said in before),
        siblings=tuple(sibling.text for sibling in group),
        candidate=_place(message, group),
        language=message.lang or "en",
        system=(systems or {}).get(speaker_of(message), ""),
        finish_reason=own.finish_reason if own else "stop",
        thought=own.thought if own else None,
        synthetic=message.synthetic is not False,
    )
    return subject if cast is None else on_stage(subject, cast)


def on_stage(subject: Subject, cast: Cast) -> Subject:
    """Return a subject with what is known of the stage: its speaker is one of the cast."""
    player = cast[subject.speaker]
    asked = cast[subject.thread[-1].speaker].check if subject.thread else None
    return replace(
        subject,
        language=player.persona.language,
        names=cast.names,
        persona=player.persona,
        personas=cast.personas,
        goal=player.goal,
        policy=player.policy,
        setting=cast.setting,
        check=asked,
    )


def subjects(
    tree: MessageTree,
    *,
    notes: Mapping[str, MessageNotes] | None = None,
    cast: Cast | None = None,
    systems: Mapping[str, str] | None = None,
) -> Iterator[MessageSubject]:
    """Yield every message of a tree with its subject, parents before replies.

    The arguments are those of `subject_of`.
    """
    pending: list[tuple[tuple[Message, ...], Sequence[Message]]] = []
    if tree.prompt:
        pending.append(((tree.prompt,), (tree.prompt,)))
    while pending:
        thread, group = pending.pop()
        subject = subject_of(thread, group, notes=notes, cast=cast, systems=systems)
        yield MessageSubject(thread[-1], subject)
        replies = thread[-1].replies or []
        pending.extend(((*thread, reply), replies) for reply in reversed(replies))


def _place(message: Message, siblings: Sequence[Message]) -> int:
    for place, sibling in enumerate(siblings):
        if sibling.message_id == message.message_id:
            return place
    raise ValueError(f"message {message.message_id!r} is not among its siblings")


def _in_order(siblings: Sequence[Message], notes: Mapping[str, MessageNotes]) -> Sequence[Message]:
    if all(sibling.message_id in notes for sibling in siblings):
        return sorted(siblings, key=lambda sibling: notes[sibling.message_id].candidate)
    return siblings
