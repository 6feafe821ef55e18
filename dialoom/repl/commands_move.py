"""Commands that move about in the tree, and take back."""

import re
from collections.abc import Iterable

from dialoom.errors import InputError
from dialoom.repl.command import Command, Desk
from dialoom.repl.session import Session
from dialoom.repl.views import message, note, thread
from dialoom.repl.views_stage import tree_view
from dialoom.tree import Node, path_to

__all__ = ["MOVE", "node_named", "node_words"]

NAME = re.compile(r"[A-Za-z_][\w-]*")


def node_named(session: Session, reference: str) -> Node:
    """Return the message meant by a number, the start of an id, or a name given by /branch.

    Raises:
        InputError: there is none.
    """
    if reference in session.settings.names:
        return session.talk.find(session.settings.names[reference])
    return session.talk.find(reference)


def node_words(session: Session, typed: str) -> Iterable[str]:
    """Return what may name a message."""
    numbers = (str(session.talk.number(node)) for node in session.talk)
    return [*session.settings.names, *numbers]


async def _back(desk: Desk, text: str) -> None:
    if text and not (text.isdecimal() and int(text) > 0):
        raise InputError(f"/back takes how many turns, like /back 2; not {text!r}")
    session = desk.session
    if session.here is None:
        raise InputError("this is the beginning")
    thread = path_to(session.here)
    you = session.settings.you
    stops = [node.parent for node in thread if you is None or node.speaker == you]
    stops = stops or [None]
    session.here = stops[max(0, len(stops) - int(text or 1))]
    _show_place(desk)


async def _goto(desk: Desk, text: str) -> None:
    if not text:
        raise InputError("say where to: a message's number, id or name; 0 is the beginning")
    session = desk.session
    session.here = None if text in ("0", "start") else node_named(session, text)
    _show_place(desk)


async def _next(desk: Desk, text: str) -> None:
    session = desk.session
    if session.here is None:
        raise InputError("this is the beginning; /step or your own words go on from here")
    siblings = session.talk.siblings(session.here)
    if len(siblings) < 2:
        raise InputError("there is no other message in this place; /retry draws one")
    place = siblings.index(session.here)
    session.here = siblings[(place + 1) % len(siblings)]
    _show_place(desk)


async def _branch(desk: Desk, text: str) -> None:
    session = desk.session
    if text:
        _name(session, text)
        desk.screen.show(note(f"this place is {text!r}: /goto {text} comes back"))
        return
    names = {id_: name for name, id_ in session.settings.names.items()}
    leaves = session.talk.leaves()
    if not leaves:
        raise InputError("nothing is said yet")
    for leaf in leaves:
        number, depth = session.talk.number(leaf), leaf.depth + 1
        here = session.here is not None and leaf in _below(session.here)
        own = [names[node.message_id] for node in path_to(leaf) if node.message_id in names]
        named = f" ({', '.join(own)})" if own else ""
        sign = ">" if here else " "
        desk.screen.show(note(f"{sign} {number:>3}{named}: {depth} messages, /goto {number}"))


def _name(session: Session, name: str) -> None:
    if not NAME.fullmatch(name) or name == "start":
        raise InputError(f"a name begins with a letter and has no spaces; not {name!r}")
    if session.here is None:
        raise InputError("nothing is said yet; the beginning is /goto 0")
    names = {**session.settings.names, name: session.here.message_id}
    session.settings = session.change(names=names)


def _below(here: Node) -> list[Node]:
    pending, found = [here], []
    while pending:
        node = pending.pop()
        found.append(node)
        pending.extend(node.children)
    return found


async def _tree(desk: Desk, text: str) -> None:
    desk.screen.show(tree_view(desk.session, width=desk.screen.width))


async def _thread(desk: Desk, text: str) -> None:
    desk.screen.show(thread(desk.session, width=desk.screen.width))


async def _undo(desk: Desk, text: str) -> None:
    desk.session.undo()
    desk.screen.show(note("taken back"))
    _show_place(desk)


def _show_place(desk: Desk) -> None:
    session = desk.session
    if session.here is None:
        desk.screen.show(note("you are at the beginning"))
    else:
        desk.screen.show(message(session, session.here, width=desk.screen.width))


MOVE = (
    Command(
        "back",
        "back [N]",
        "go back to before your last message, or N of them",
        _back,
        "When you watch: N messages back. What was said stays in the tree; going on from an "
        "earlier place makes a branch.",
    ),
    Command(
        "goto",
        "goto MESSAGE",
        "go to a message by its number, the start of its id, or a name; 0 is the beginning",
        _goto,
        "/tree shows the numbers.",
        node_words,
    ),
    Command("next", "next", "go to the next message in this place, round and round", _next),
    Command(
        "branch",
        "branch [NAME]",
        "list the branches, or give this place a name",
        _branch,
        "A branch begins by itself wherever something else is said: /back or /goto, then go on.",
    ),
    Command("tree", "tree", "show the tree with where you are", _tree, changes=False),
    Command("thread", "thread", "show everything said up to here", _thread, changes=False),
    Command(
        "undo", "undo", "take back the last command that changed something", _undo, changes=False
    ),
)
