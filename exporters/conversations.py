"""A thread as one of its speakers sees it: a chat of `user` and `assistant` turns.

The speaker's own words are the assistant's; everybody else's are the user's. With two speakers
that is prompter -> user and assistant -> assistant. With more, neighbours on one side are merged,
so the turns always alternate, and each part is led by its speaker's name.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from dialoom.messages import Message, Role, Thread, messages
from dialoom.tree import TreeRecord

__all__ = [
    "SYSTEM_MODES",
    "ChatMessage",
    "Speaker",
    "SystemMode",
    "Turn",
    "chat",
    "shape_fault",
    "speaker_of",
    "speakers",
    "turns",
]

ChatMessage = dict[str, str]
"""`{"role": "system" | "user" | "assistant", "content": text}`, these two keys and no other."""

SystemMode = Literal["persona", "none", "fold"]
SYSTEM_MODES = ("persona", "none", "fold")
"""What becomes of the speaker's system prompt: a system turn as it was sent, nothing, or words
in front of the first user turn, for chat templates that refuse the system role (Gemma's)."""

_ANONYMOUS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Speaker(NamedTuple):
    """One who speaks in a tree."""

    role: Role
    name: str
    """The cast member's name; the role itself where the file names nobody."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a chat and the messages it is made of."""

    role: Literal["user", "assistant"]
    content: str
    messages: Thread

    def add(self, message: Message, text: str) -> "Turn":
        """Return the turn with one more message, set off by an empty line."""
        return Turn(self.role, f"{self.content}\n\n{text}", (*self.messages, message))


def speaker_of(message: Message) -> Speaker:
    """Return who wrote a message.

    A `user_id` that is a UUID is an anonymised annotator, as in the public OASST releases:
    one assistant written by many people, and so no name.
    """
    return _speaker(message.role, message.user_id)


@lru_cache(maxsize=4096)
def _speaker(role: Role, user_id: str | None) -> Speaker:
    anonymous = not user_id or _ANONYMOUS.fullmatch(user_id)
    return Speaker(role, role if anonymous or user_id is None else user_id)


def speakers(record: TreeRecord) -> frozenset[Speaker]:
    """Return everyone who speaks in a tree."""
    return frozenset(map(speaker_of, messages(record.tree)))


def turns(thread: Iterable[Message], speaker: Speaker, *, cast: frozenset[Speaker]) -> list[Turn]:
    """Return a thread as alternating turns, `speaker` being the assistant.

    Texts are stripped and otherwise unchanged.

    Args:
        thread: The messages from the prompt on.
        speaker: Whose words are the assistant's.
        cast: Everyone in the tree. With more than one besides `speaker`, each part of a user
            turn begins with `Name: `.
    """
    named = len(cast - {speaker}) > 1
    found: list[Turn] = []
    for message in thread:
        said_by = speaker_of(message)
        text = message.text.strip()
        if said_by != speaker and named:
            text = f"{said_by.name}: {text}"
        role: Literal["user", "assistant"] = "assistant" if said_by == speaker else "user"
        if found and found[-1].role == role:
            found[-1] = found[-1].add(message, text)
        else:
            found.append(Turn(role, text, (message,)))
    return found


def shape_fault(conversation: list[Turn]) -> str | None:
    """Return why turns can't be a training conversation, or None when they can."""
    if not conversation or conversation[0].role != "user":
        return "starts with the assistant"
    return None


def chat(conversation: Iterable[Turn], *, system: str, mode: SystemMode) -> list[ChatMessage]:
    """Return turns as chat messages, with the system prompt where `mode` wants it.

    Args:
        conversation: Turns that begin with the user's.
        system: The speaker's system prompt as it was sent; empty when there is none.
        mode: See `SYSTEM_MODES`.
    """
    said = [{"role": turn.role, "content": turn.content} for turn in conversation]
    system = system.strip()
    if not system or mode == "none":
        return said
    if mode == "persona":
        return [{"role": "system", "content": system}, *said]
    return [{"role": "user", "content": f"{system}\n\n{said[0]['content']}"}, *said[1:]]
