"""Who has told what: the facts of everyone on stage, up to a message of the session."""

from rich.text import Text

from dialoom.display import printable
from dialoom.evaluators.base import Said
from dialoom.evaluators.ledger import STANDS, Ledger, Move, ledger_of
from dialoom.repl.session import Session
from dialoom.repl.views import block, note
from dialoom.tree import Node, path_to

__all__ = ["facts_view", "moves_at"]


def facts_view(session: Session, node: Node | None, *, width: int | None) -> Text:
    """Return how each fact stands, and the words that told it.

    Args:
        session: Where it was said.
        node: The last message that counts; None: before anybody speaks.
        width: Of the screen.
    """
    thread = [] if node is None else path_to(node)
    ledger = _ledger(session, thread)
    if not ledger.beginning:
        return note("nobody on stage has facts; /set NAME.knows.FACT=VALUE gives one")
    turn = len(thread) - 1
    last = ledger.last(turn)
    where = "before anybody speaks" if node is None else f"after #{session.talk.number(node)}"
    lines = [Text(f"facts {where}", style="bold")]
    names = [f"{line.speaker}.{line.fact}" for line in ledger.beginning]
    column = max(map(len, names)) + 4
    for line, name in zip(ledger.at(turn), names, strict=True):
        body = Text(STANDS[line.standing])
        if move := last.get(line.key):
            body = _moved(session, thread, move)
        head = Text(f"  {printable(name)}".ljust(column), style="bold")
        tail = block(body, width=width, margin=column)
        lines.append(head.append_text(tail[column:]))
    return Text("\n").join(lines)


def moves_at(session: Session, node: Node) -> str:
    """Return in words what a message does to the facts of everyone; empty for nothing."""
    thread = path_to(node)
    turn = len(thread) - 1
    moves = (move for move in _ledger(session, thread).moves if move.turn == turn)
    return "; ".join(move.sentence(node.text) for move in moves)


def _ledger(session: Session, thread: list[Node]) -> Ledger:
    said = [Said(one.speaker, one.role, one.text) for one in thread]
    return ledger_of(said, session.cast.personas)


def _moved(session: Session, thread: list[Node], move: Move) -> Text:
    by = thread[move.turn]
    text = Text(STANDS[move.standing], style="yellow" if move.is_fault else "")
    text.append(f" at #{session.talk.number(by)}", style="dim")
    if move.span is not None:
        words = " ".join(printable(by.text[slice(*move.span)]).split())
        text.append(f": »{words}«", style="dim")
    return text
