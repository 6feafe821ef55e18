"""One history, seen from each side.

A model knows two parties. So each speaker sees its own words as `assistant` and everybody
else's as `user`, merged so that the two strictly alternate. What a node's history looks like to
a speaker is kept on the node, so that all branches below share it.
"""

from collections.abc import Mapping

from dialoom.chat import ChatMessage
from dialoom.tree import Node

__all__ = ["history"]

OPENING = "(The conversation begins. You speak first.)"
"""Stands in for what was said before the first message, since models reply to something."""
GO_ON = "(Go on.)"
"""Stands in for the others when one speaker has the word twice in a row."""

View = tuple[ChatMessage, ...]


def history(here: Node | None, speaker: str, names: Mapping[str, str]) -> View:
    """Return the thread up to `here` as `speaker` sees it, `user` first and last.

    Args:
        here: The last message said; None before the first.
        speaker: Whose view it is.
        names: Display names by speaker. With more than two, others' words carry their name.
    """
    if here is None:
        return ({"role": "user", "content": OPENING},)
    view = _seen(here, speaker, names)
    if view[-1]["role"] == "assistant":
        view = (*view, {"role": "user", "content": GO_ON})
    return view


def _seen(here: Node, speaker: str, names: Mapping[str, str]) -> View:
    unseen = []
    node: Node | None = here
    while node is not None and speaker not in node.views:
        unseen.append(node)
        node = node.parent
    view: View = () if node is None else node.views[speaker]
    for node in reversed(unseen):
        view = _with(view, node, speaker, names)
        node.views[speaker] = view
    return view


def _with(view: View, node: Node, speaker: str, names: Mapping[str, str]) -> View:
    if node.speaker == speaker:
        before = view or ({"role": "user", "content": OPENING},)
        return (*before, {"role": "assistant", "content": node.text})
    text = node.text
    if len(names) > 2:
        text = f"{names.get(node.speaker, node.speaker)}: {text}"
    if view and view[-1]["role"] == "user":
        text = f"{view[-1]['content']}\n\n{text}"
        view = view[:-1]
    return (*view, {"role": "user", "content": text})
