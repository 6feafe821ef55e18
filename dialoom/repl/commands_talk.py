"""Commands that make somebody speak."""

from collections import Counter
from collections.abc import Iterable

from dialoom.errors import InputError
from dialoom.repl.command import Command, Desk
from dialoom.repl.scene import YOU, member_of
from dialoom.repl.session import Session
from dialoom.repl.speaking import answers, hear, hear_again, show_ending, show_said, speak
from dialoom.repl.views import note
from dialoom.repl.views_stage import candidates_view
from dialoom.spec import nearest

__all__ = ["TALK"]

MOST = 16
"""Candidates that may be asked for at once."""


async def _say(desk: Desk, text: str) -> None:
    if not text:
        raise InputError("write what is said: /say Hello")
    session = desk.session
    turn = await session.turn(session.here)
    node = await session.say(text, turn)
    show_said(desk, node)
    if turn == session.settings.you:
        await answers(desk)


async def _step(desk: Desk, text: str) -> None:
    session = desk.session
    wanted = member_of(text, session.cast).name if text else None
    name = await session.turns.granted(session.here, session.cast, session.settings, to=wanted)
    if name == YOU:
        raise InputError("it is your turn: type what you say")
    await speak(desk, name)
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
        await speak(desk, name)
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
    for error, count in Counter(map(str, errors)).items() if added else ():
        desk.screen.show(note(f"{count} of {text} are missing: {error}"))
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
