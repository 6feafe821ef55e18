"""Commands that make somebody speak."""

from collections.abc import Iterable

from dialoom.errors import InputError
from dialoom.repl.command import Command, Desk
from dialoom.repl.origins import keys_in
from dialoom.repl.scene import YOU, member_of
from dialoom.repl.session import Session
from dialoom.repl.views import block, difference, findings, message, name_line, note
from dialoom.repl.views_stage import candidates_view
from dialoom.spec import nearest
from dialoom.tree import Node

__all__ = ["TALK", "converse", "hear", "hear_again", "open_talk"]

MOST = 16
"""Candidates that may be asked for at once."""


async def converse(desk: Desk, text: str) -> None:
    """Say something, then let the others speak until it is your turn.

    Raises:
        InputError: it is somebody else's turn.
        ModelError: a model gave no reply; what you said stays.
    """
    node = await desk.session.say(text)
    _show_said(desk, node)
    await _answers(desk)


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
    await _speak(desk, name)
    await _answers(desk)


async def _speak(desk: Desk, name: str) -> None:
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


async def _answers(desk: Desk) -> None:
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


def _show_said(desk: Desk, node: Node) -> None:
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


# ---- the commands ----------------------------------------------------------------------


async def _say(desk: Desk, text: str) -> None:
    if not text:
        raise InputError("write what is said: /say Hello")
    session = desk.session
    turn = await session.turn(session.here)
    node = await session.say(text, turn)
    _show_said(desk, node)
    if turn == session.settings.you:
        await _answers(desk)


async def _step(desk: Desk, text: str) -> None:
    session = desk.session
    wanted = member_of(text, session.cast).name if text else None
    name = await session.turns.granted(session.here, session.cast, session.settings, to=wanted)
    if name == YOU:
        raise InputError("it is your turn: type what you say")
    await _speak(desk, name)
    await show_ending(desk, ask_model=session.settings.you is None)


async def _go(desk: Desk, text: str) -> None:
    session = desk.session
    depth = 0 if session.here is None else session.here.depth + 1
    limit = session.scene.loaded.scenario.turns.max
    if text and not (text.isdecimal() and int(text) > 0):
        raise InputError(f"/go takes how many messages, like /go 4; not {text!r}")
    count = int(text) if text else limit - depth
    if count < 1:
        raise InputError(f"a run ends at {limit} messages; /go 2 goes on for two all the same")
    for _ in range(count):
        name = await session.turn(session.here)
        if name == YOU:
            desk.screen.show(note("it is your turn"))
            return
        await _speak(desk, name)
        if await _broken(desk) or await show_ending(desk, ask_model=True):
            return


async def _broken(desk: Desk) -> bool:
    """Return whether a break condition is met by the last message, and say which."""
    session = desk.session
    node = session.here
    assert node is not None
    if any(condition.asks_critic for condition in session.settings.breaks):
        await session.judge(node, critic=True)
    for condition in session.settings.breaks:
        why = condition.why(node)
        if why is not None:
            number = session.talk.number(node)
            desk.screen.show(note(f"break at #{number}: {condition}: {why}"))
            return True
    return False


async def _retry(desk: Desk, text: str) -> None:
    session = desk.session
    here = session.here
    if here is None or here.model is None:
        raise InputError("there is no reply here to draw again; /step lets the next one speak")
    if text.startswith("seed="):
        seed = text.removeprefix("seed=").strip()
        if not seed.isdecimal() or int(seed) >= 2**31:
            raise InputError(f"a seed is a whole number from 0 to 2147483647; not {seed!r}")
        await hear(desk, here.speaker, here.parent, seed=int(seed))
        return
    if text and not (text.isdecimal() and 0 < int(text) <= MOST):
        hint = nearest(text, ["seed="])
        raise InputError(f"/retry takes 1 to {MOST} candidates or seed=S; not {text!r}{hint}")
    if text in ("", "1"):
        await hear(desk, here.speaker, here.parent)
        return
    added, errors = await session.candidates(here.speaker, here.parent, int(text))
    for error in errors:
        desk.screen.show(note(f"one is missing: {error}"))
    desk.screen.show(candidates_view(session, session.talk.siblings(here), width=desk.screen.width))
    if not added and errors:
        raise errors[0]
    desk.screen.show(note(f"you are at #{session.talk.number(here)}; /goto takes another"))


async def _again(desk: Desk, text: str) -> None:
    session = desk.session
    name = member_of(text, session.cast).name if text else None
    old = session.last_reply(name)
    if old is None:
        raise InputError("no model has spoken yet")
    await hear_again(desk, old, heading="")


def _members(session: Session, typed: str) -> Iterable[str]:
    return [player.name for player in session.cast.players]


TALK = (
    Command(
        "say",
        "say TEXT",
        "say something for whoever's turn it is",
        _say,
        "Text without a slash is said by you; /say speaks for an agent, so you can be both sides.",
    ),
    Command(
        "step",
        "step [NAME]",
        "let the next one speak, by model",
        _step,
        "NAME lets another member of the same side speak.",
        _members,
    ),
    Command(
        "go",
        "go [N]",
        "let the agents talk on, for N messages or to the scenario's end",
        _go,
        "Stops early at a stop rule of the scenario, and at a condition set by /break.",
    ),
    Command(
        "retry",
        "retry [N | seed=S]",
        "draw the reply here again: with the next seed, N times, or with seed S",
        _retry,
        "Every reply stays in the tree. N candidates are shown side by side, ranked, and you stay "
        "where you are: /goto takes one.\nExamples: /retry, /retry 5, /retry seed=42",
    ),
    Command(
        "again",
        "again [NAME]",
        "ask the last reply again on the same words and seed, with all settings as they are now",
        _again,
        "Shows the old and the new reply, after /model, /set temperature=… or an edited file.",
        _members,
    ),
)
