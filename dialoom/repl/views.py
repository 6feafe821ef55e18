"""Messages as text for a screen; model text is shown, never obeyed."""

import re
from difflib import SequenceMatcher

from rich.console import Console
from rich.text import Text

from dialoom.display import printable
from dialoom.repl.session import Session
from dialoom.tree import Node, path_to
from dialoom.verdicts import Verdict

__all__ = [
    "block",
    "difference",
    "failure_lines",
    "findings",
    "message",
    "name_line",
    "note",
    "one_line",
    "thread",
    "verdict_line",
]

MARGIN = 4
STYLES = {"prompter": "bold cyan", "assistant": "bold green"}
ALIKE = 0.4
"""How alike (0 to 1, by words) two texts must be for a word difference to be readable."""


def note(text: str) -> Text:
    """Return a remark of the REPL's own."""
    return Text(printable(text), style="dim")


def block(text: Text | str, *, width: int | None, margin: int = MARGIN) -> Text:
    """Return a text set in by a margin.

    Args:
        text: What to set in.
        width: Of the screen in cells; None leaves long lines as they are.
        margin: In cells.
    """
    body = Text(printable(text)) if isinstance(text, str) else text
    if width is None:
        lines = list(body.split("\n", allow_blank=True))
    else:
        lines = list(body.wrap(Console(), max(20, width - margin)))
    indent = Text(" " * margin)
    return Text("\n").join(indent + line for line in lines or [Text("(empty)", style="dim")])


def one_line(text: str, width: int) -> str:
    """Return the beginning of a text on one line of at most `width` characters."""
    line = " ".join(printable(text).split())
    return line if len(line) <= width else f"{line[: width - 1]}…"


def name_line(session: Session, name: str, *, number: int | None = None) -> Text:
    """Return who speaks, with the number of the message."""
    player = session.cast[name]
    line = Text(printable(player.display_name), style=STYLES[player.role])
    who = "you" if name == session.settings.you else name
    where = f"  {who}" if number is None else f"  #{number} · {who}"
    return line.append(where, style="dim not bold")


def message(session: Session, node: Node, *, width: int | None) -> Text:
    """Return a message with who said it and what was found in it."""
    line = name_line(session, node.speaker, number=session.talk.number(node))
    if node.rank is not None and node.score is not None:
        line.append(f" · rank {node.rank} ({node.score:.2f})", style="dim not bold")
    if node.model is not None and node.message_id not in session.settings.veiled:
        line.append(f" · {printable(node.model)}", style="dim not bold")
    parts = [line, block(node.text, width=width)]
    return Text("\n").join([*parts, *findings(node, width=width)])


def thread(session: Session, *, width: int | None) -> Text:
    """Return everything said up to here."""
    if session.here is None:
        return note("nothing is said yet")
    said = (message(session, node, width=width) for node in path_to(session.here))
    return Text("\n").join(said)


def findings(
    node: Node, *, width: int | None, notes: bool = False, margin: int = MARGIN
) -> list[Text]:
    """Return a line for each thing that was found in a message.

    Args:
        node: The message.
        width: Of the screen.
        notes: Whether findings that change nothing are among them.
        margin: In cells.
    """
    said = [v for v in node.verdicts if notes or v.severity != "note" or v.kind == "human"]
    lines = [block(verdict_line(verdict), width=width, margin=margin) for verdict in said]
    return lines + failure_lines(node, width=width, margin=margin)


def failure_lines(node: Node, *, width: int | None, margin: int = MARGIN) -> list[Text]:
    """Return a line for each evaluator that could not judge a message."""
    texts = (f"{one.evaluator} failed: {one.error}: {one.message}" for one in node.failures)
    lines = (Text(printable(text), style="red") for text in texts)
    return [block(line, width=width, margin=margin) for line in lines]


def verdict_line(verdict: Verdict) -> Text:
    """Return what one evaluator says."""
    styles = {"hopeless": "red", "fault": "yellow", "note": "dim"}
    sign = "!" if verdict.severity != "note" else "·"
    name = verdict.evaluator
    if verdict.kind != "heuristic":
        name = f"{verdict.name} {verdict.shown}"
    text = printable(f"{sign} {name}: {verdict.reason}")
    return Text(text, style=styles[verdict.severity])


def difference(old: str, new: str, *, width: int | None, colour: bool) -> Text | None:
    """Return the new text with what was taken away and put in, or None when little is alike.

    Args:
        old: The earlier text.
        new: The later one.
        width: Of the screen.
        colour: Whether styles can be seen; without, changes stand in `[-…-]` and `{+…+}`.
    """
    if SequenceMatcher(None, old.split(), new.split(), autojunk=False).ratio() < ALIKE:
        return None
    before, after = (re.findall(r"\s+|\S+", printable(text)) for text in (old, new))
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    text = Text()
    for kind, start, end, begin, stop in matcher.get_opcodes():
        gone, come = "".join(before[start:end]), "".join(after[begin:stop])
        if kind == "equal":
            text.append(come)
            continue
        if gone.strip():
            text.append(gone if colour else f"[-{gone}-]", style="red strike")
        if come:
            text.append(come if colour else f"{{+{come}+}}", style="green")
    return block(text, width=width)
