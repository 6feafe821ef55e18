"""Letting somebody speak: you, then the others until it is your turn, or one turn once more."""

from dialoom.repl.command import Desk
from dialoom.repl.origins import keys_in
from dialoom.repl.session import Session
from dialoom.repl.views import block, difference, findings, message, name_line, note
from dialoom.tree import Node

__all__ = [
    "answers",
    "converse",
    "hear",
    "hear_again",
    "open_talk",
    "show_ending",
    "show_said",
    "speak",
]


async def converse(desk: Desk, text: str) -> None:
    """Say something, then let the others speak until it is your turn.

    Raises:
        InputError: it is somebody else's turn.
        ModelError: a model gave no reply; what you said stays.
    """
    node = await desk.session.say(text)
    show_said(desk, node)
    await answers(desk)


async def open_talk(desk: Desk) -> None:
    """Let the other side begin, when it has the first word.

    Raises:
        ModelError: its model gave no reply.
    """
    session = desk.session
    if session.here is not None or session.settings.you is None:
        return
    name = await session.turn(None)
    if name == session.settings.you:
        return
    await speak(desk, name)
    await answers(desk)


async def speak(desk: Desk, name: str) -> None:
    """Let a member speak by its model, or by the scenario's opener where there is one."""
    session = desk.session
    if session.talk.roots or session.scene.opener is None:
        await hear(desk, name, session.here)
        return
    node = await session.say(session.scene.opener, name)
    desk.screen.show(message(session, node, width=desk.screen.width))


async def hear(
    desk: Desk, name: str, here: Node | None, *, seed: int | None = None, model: str | None = None
) -> Node:
    """Let a member speak, show the words as they come, and return the message.

    Raises:
        ModelError: its model gave no reply.
    """
    session, screen = desk.session, desk.screen
    node = None
    shown = []
    with screen.speaking(name_line(session, name)) as write:
        async for piece in session.reply(name, here, seed=seed, model=model):
            if isinstance(piece, str):
                shown.append(piece)
                write(piece)
            else:
                node = piece
    assert node is not None
    if "".join(shown).strip() != node.text.strip():  # a client may hold back less than it gives
        screen.show(block(node.text, width=screen.width))
    _show_foot(desk, node)
    return node


async def hear_again(desk: Desk, old: Node, *, heading: str) -> None:
    """Ask for a reply anew, on the same prefix and seed, and show it beside the old one.

    Where nothing that is asked has changed, that is said and nothing is asked.

    Raises:
        ModelError: the model gave no reply.
    """
    session, screen = desk.session, desk.screen
    if heading:
        screen.show(note(heading))
    unchanged = await _unchanged(session, old)
    if unchanged:
        screen.show(note(unchanged))
        return
    screen.show(note(f"before, #{session.talk.number(old)}:"))
    screen.show(block(old.text, width=screen.width))
    screen.show(note("now, on the same words and seed:"))
    new = await hear(desk, old.speaker, old.parent, seed=old.seed, model=old.model)
    if new.text == old.text:
        screen.show(note("word for word the same"))
        return
    changes = difference(old.text, new.text, width=screen.width, colour=screen.colour)
    if changes is not None:
        screen.show(note("what changed:"))
        screen.show(changes)


async def _unchanged(session: Session, old: Node) -> str:
    """Return why asking for a reply anew would change nothing; empty where it would."""
    asked = session.asked.get(old.message_id)
    if asked is None:
        return ""
    request, endpoint = await session.voices.prompt(
        old.parent, old.speaker, session.cast, session.settings, seed=asked.seed, model=old.model
    )
    if (request, endpoint.name) != (asked.request, asked.model):
        return ""
    text = f"what {asked.model} is asked stays the same, and so would the reply"
    if endpoint.traits.compact:
        keys = keys_in(request.messages[0]["content"], session.cast[old.speaker], session.cast)
        text += f"; it gets the short sheet, which has only {', '.join(keys)}"
    return text


async def answers(desk: Desk) -> None:
    """Let the agents speak until it is your turn."""
    session = desk.session
    for _ in range(2 * len(session.cast.players)):
        if session.settings.you is None:
            return
        name = await session.turn(session.here)
        if name == session.settings.you:
            break
        await hear(desk, name, session.here)
    await show_ending(desk, ask_model=False)


async def show_ending(desk: Desk, *, ask_model: bool) -> bool:
    """Say where the scenario would end the conversation, and return whether it would."""
    found = await desk.session.ending(ask_model=ask_model)
    if found is not None:
        desk.screen.show(note(f"a run would end here: {found[0].value} ({found[1]})"))
    return found is not None


def show_said(desk: Desk, node: Node) -> None:
    """Show a message of yours; on a live screen you have just typed it."""
    if desk.screen.live:
        _show_foot(desk, node)
    else:
        desk.screen.show(message(desk.session, node, width=desk.screen.width))


def _show_foot(desk: Desk, node: Node) -> None:
    session, screen = desk.session, desk.screen
    for line in findings(node, width=screen.width):
        screen.show(line)
    parts = [f"#{session.talk.number(node)}"]
    if node.model is not None and node.message_id not in desk.session.settings.veiled:
        parts.append(node.model)
        parts.append(f"{node.completion_tokens} tokens")
        asked = session.asked.get(node.message_id)
        if screen.live and asked is not None and asked.completion.seconds:
            parts.append(f"{asked.completion.seconds:.1f} s")
        if node.finish_reason != "stop":
            parts.append(f"ended by {node.finish_reason}")
    screen.show(note(f"    {' · '.join(parts)}"))
