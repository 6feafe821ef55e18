"""System prompts and where a conversation is from, kept in the tree as events of its first message.

OASST has no field for either. Its `events` take any list by type, and its own readers pass over
what they don't know, so a tree stays valid and still carries them.
"""

from collections.abc import Mapping
from typing import Any

from dialoom.messages import MessageTree

__all__ = ["ORIGIN", "SYSTEM", "events_of", "systems_of"]

SYSTEM, ORIGIN = "system", "import"


def events_of(system: str, origin: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]] | None:
    """Return the events that keep a system prompt and an origin; None when both are empty."""
    found: dict[str, list[dict[str, Any]]] = {}
    if system:
        found[SYSTEM] = [{"type": SYSTEM, "user_id": "assistant", "text": system}]
    if origin:
        found[ORIGIN] = [{"type": ORIGIN, **origin}]
    return found or None


def systems_of(tree: MessageTree) -> dict[str, str]:
    """Return the system prompts that a tree carries, by speaker."""
    events = (tree.prompt.events or {}) if tree.prompt else {}
    return {
        event["user_id"]: event["text"]
        for event in events.get(SYSTEM, ())
        if isinstance(event.get("user_id"), str) and isinstance(event.get("text"), str)
    }
