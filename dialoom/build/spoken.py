"""Rows without an id, found in a run by what is said in them.

The formats of OpenAI and XTuner forbid every key of ours, so their rows can't name their messages.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dialoom.exporters.base import Row
from dialoom.messages import Message, messages
from dialoom.store import RunStore
from dialoom.tree import TreeRecord

__all__ = ["marks_of"]


class Spoken(NamedTuple):
    """A reply with the turns before it, system prompts left out."""

    before: tuple[str, ...]
    text: str
    mark: str
    """What the row makes of it."""


def marks_of(row: Row, run: Path) -> tuple[TreeRecord, dict[str, str]] | None:
    """Return the tree whose messages a row holds, and what it makes of each; None if none does.

    Args:
        row: A row of `openai`, `openai_preference` or `xtuner`.
        run: The run's directory.

    Raises:
        RunConflict: there is no run, or it is damaged.
    """
    spoken = list(_spoken(row))
    if not spoken:
        return None
    with RunStore.read(run) as store:
        for number in store.trees.saying(spoken[-1].text):
            record = store.trees.record(number)
            marks = _marks(record, spoken)
            if marks is not None:
                return record, marks
    return None


def _spoken(row: Row) -> Iterator[Spoken]:
    """Yield the replies that a row trains or compares."""
    if isinstance(row.get("input"), dict):
        before = _contents(row["input"].get("messages"))
        for key, mark in (("preferred_output", "chosen"), ("non_preferred_output", "rejected")):
            yield from (Spoken(before, text, mark) for text in _contents(row.get(key)))
        return
    said = _said(row.get("messages"))
    for place, one in enumerate(said):
        if one.get("role") == "assistant" and one.get("weight", one.get("loss", True)):
            yield Spoken(_contents(said[:place]), one["content"], "trained")


def _contents(chat: object) -> tuple[str, ...]:
    return tuple(one["content"] for one in _said(chat))


def _said(chat: object) -> list[Mapping[str, Any]]:
    """Return what is a chat message, system prompts left out; a file may hold anything."""
    return [
        one
        for one in (chat if isinstance(chat, list) else ())
        if isinstance(one, dict)
        and isinstance(one.get("content"), str)
        and one.get("role") != "system"
    ]


def _marks(record: TreeRecord, spoken: Sequence[Spoken]) -> dict[str, str] | None:
    by_id = {message.message_id: message for message in messages(record.tree)}
    found = {}
    for reply in spoken:
        said = (m for m in by_id.values() if m.text.strip() == reply.text)
        match = next((m for m in said if _follows(by_id, m, reply.before)), None)
        if match is None:
            return None
        found[match.message_id] = reply.mark
    return found


def _follows(by_id: Mapping[str, Message], message: Message, before: Sequence[str]) -> bool:
    """Return whether the turns before a message are these; the first may hold a prompt as well."""
    above = by_id.get(message.parent_id or "")
    for text in reversed(before):
        if above is None or not text.endswith(above.text.strip()):
            return False
        above = by_id.get(above.parent_id or "")
    return True
