"""Small finished trees, said in one line each."""

from typing import Any

from dialoom.messages import Label, Message, MessageTree
from dialoom.tree import MessageNotes, TreeRecord

__all__ = ["bot", "labelled", "notes", "record", "said", "user"]


def user(text: str, *replies: Message, by: str = "ada", **fields: Any) -> Message:
    """Return a prompter's message, its text being its id."""
    return _message(text, replies, {"role": "prompter", "user_id": by, **fields})


def bot(text: str, *replies: Message, by: str = "agent", **fields: Any) -> Message:
    """Return an assistant's message, its text being its id."""
    return _message(
        text, replies, {"role": "assistant", "user_id": by, "synthetic": True, **fields}
    )


def _message(text: str, replies: tuple[Message, ...], fields: dict[str, Any]) -> Message:
    given = {"message_id": text, "text": text, "lang": "en", **fields}
    below = [reply.model_copy(update={"parent_id": given["message_id"]}) for reply in replies]
    return Message(**given, replies=below)


def record(prompt: Message, *, name: str = "t", **fields: Any) -> TreeRecord:
    """Return the record of a tree that a run made."""
    return TreeRecord(MessageTree(message_tree_id=name, prompt=prompt, origin="run"), **fields)


def notes(**scores: float) -> dict[str, MessageNotes]:
    """Return the notes of messages that the heuristics scored."""
    return {
        name: MessageNotes(speaker="agent", score=score, basis="heuristics")
        for name, score in scores.items()
    }


def labelled(score: float) -> dict[str, Label]:
    """Return the labels of a message with a score."""
    return {"score": Label(value=score, count=1)}


def said(*contents: str) -> list[dict[str, str]]:
    """Return texts as chat messages of user and assistant in turn."""
    roles = ("user", "assistant") * len(contents)
    return [{"role": role, "content": text} for role, text in zip(roles, contents, strict=False)]
