"""Turns of a conversation in whatever form a row has them, brought into one."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from dialoom.messages import Role

__all__ = ["BadRow", "Dialogue", "Turn", "alternating", "is_turn", "reply_in", "turns_in"]

SIDES: Mapping[str, str] = {
    **dict.fromkeys(("user", "human", "prompter", "customer", "question"), "prompter"),
    **dict.fromkeys(
        ("assistant", "gpt", "chatgpt", "model", "bot", "ai", "agent", "answer", "bing", "bard"),
        "assistant",
    ),
    **dict.fromkeys(("system", "developer"), "system"),
}
"""Whose turn a role's name means, lower case."""
TOOLS = ("tool", "function", "observation", "ipython")
"""How the names of roles begin that are no speaker's."""
ROLE_KEYS, TEXT_KEYS = ("role", "from", "speaker"), ("content", "value", "text")
NO_TOOLS = "a turn of a tool, which message trees have no role for"


class BadRow(ValueError):
    """A row that can't be imported; the text says why."""


class Turn(NamedTuple):
    """One turn: `prompter`, `assistant` or `system`, and what it says."""

    side: str
    text: str


class Dialogue(NamedTuple):
    """Turns in order."""

    system: str
    """Empty when there is none."""
    thread: tuple[tuple[Role, str], ...]
    """From the prompter's first message on, alternating."""
    joined: int
    """How many messages were joined to one of the same side before them."""


def is_turn(value: Any) -> bool:
    """Return whether a value looks like one turn: a text with whose it is."""
    return (
        isinstance(value, Mapping)
        and any(key in value for key in ROLE_KEYS)
        and any(key in value for key in (*TEXT_KEYS, "tool_calls"))
    )


def turns_in(value: Any, *, side: str = "prompter") -> Iterator[Turn]:
    """Yield the turns that a value holds.

    Args:
        value: A text; one turn; a list of turns; or a list of texts by alternating sides.
        side: Whose a bare text is, or the first of several.

    Raises:
        BadRow: it is nothing of this kind.
    """
    if isinstance(value, str):
        yield Turn(side, value)
    elif isinstance(value, Mapping):
        yield _turn(value)
    elif isinstance(value, list) and all(isinstance(one, str) for one in value):
        sides = ("prompter", "assistant") if side == "prompter" else ("assistant", "prompter")
        for place, text in enumerate(value):
            yield Turn(sides[place % 2], text)
    elif isinstance(value, list):
        for one in value:
            if not isinstance(one, Mapping):
                raise BadRow(f"a turn is {_kind(one)}, not a mapping of role and content")
            yield _turn(one)
    else:
        raise BadRow(f"turns are {_kind(value)}, not a list")


def reply_in(value: Any) -> str:
    """Return the assistant's text that a value holds: a text, a turn, or a list ending with one.

    Raises:
        BadRow: it holds none.
    """
    if isinstance(value, Mapping) and not any(key in value for key in ROLE_KEYS):
        return _text(value)
    found = list(turns_in(value, side="assistant"))
    if not found or found[-1].side != "assistant":
        raise BadRow("a reply does not end with the assistant")
    return found[-1].text


def alternating(turns: Iterable[Turn]) -> Dialogue:
    """Return turns as a thread of a message tree.

    Neighbours of one side are joined by an empty line, as dialoom's own exporters join them.

    Raises:
        BadRow: the assistant begins, a message is empty, a system prompt comes later than first,
            or there is nothing.
    """
    systems: list[str] = []
    thread: list[tuple[Role, str]] = []
    joined = 0
    for side, text in turns:
        if side == "system":
            if thread:
                raise BadRow("a system prompt in the middle of the conversation")
            systems.append(text.strip())
            continue
        role: Role = "assistant" if side == "assistant" else "prompter"
        if not thread and role == "assistant":
            raise BadRow("the assistant begins")
        if not text.strip():
            raise BadRow(f"a message of the {role} is empty")
        if thread and thread[-1][0] == role:
            thread[-1] = (role, f"{thread[-1][1]}\n\n{text}")
            joined += 1
        else:
            thread.append((role, text))
    if not thread:
        raise BadRow("there is no message")
    return Dialogue("\n\n".join(filter(None, systems)), tuple(thread), joined)


def _turn(value: Mapping[str, Any]) -> Turn:
    name = next((value[key] for key in ROLE_KEYS if key in value), None)
    if not isinstance(name, str):
        raise BadRow("a turn does not say whose it is")
    side = SIDES.get(name.lower())
    if name.lower().startswith(TOOLS) or value.get("tool_calls"):
        raise BadRow(NO_TOOLS)
    if side is None:
        raise BadRow(f"a turn's role is {name!r:.40}, which is neither user, assistant nor system")
    return Turn(side, _text(value))


def _text(value: Mapping[str, Any]) -> str:
    content = next((value[key] for key in TEXT_KEYS if key in value), None)
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(map(_part, content))
    if content is None:
        raise BadRow("a turn has no text")
    raise BadRow(f"the text of a turn is {_kind(content)}")


def _part(value: Any) -> str:
    """Return a part of a message in OpenAI's form; only texts can be kept."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and isinstance(value.get("text"), str):
        return str(value["text"])
    kind = value.get("type") if isinstance(value, Mapping) else _kind(value)
    raise BadRow(f"a part of a message is {kind!r:.40}, not text")


def _kind(value: Any) -> str:
    names = {type(None): "null", bool: "a boolean", int: "a number", float: "a number"}
    names |= {str: "a text", list: "a list", dict: "a mapping"}
    return names.get(type(value), type(value).__name__)
