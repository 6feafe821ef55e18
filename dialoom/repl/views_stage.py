"""The tree with where you are in it, candidates side by side, and the sheets of the cast."""

from collections.abc import Iterator, Sequence

from rich.columns import Columns
from rich.console import RenderableType
from rich.panel import Panel
from rich.text import Text

from dialoom.display import printable
from dialoom.repl.session import Session
from dialoom.repl.views import STYLES, block, findings, message, one_line
from dialoom.scenarios.cast import Player
from dialoom.tree import Node, path_to

__all__ = ["candidates_view", "sheet_view", "tree_view"]

NARROW = 34
"""Cells that a column of a candidate needs at least."""


def tree_view(session: Session, *, width: int | None) -> Text:
    """Return the tree, one message a line; `>` marks where you are and `·` the way there.

    A message that is the only reply stands under the one before it; only branches are set in.
    """
    if not session.talk.roots:
        return Text("nothing is said yet", style="dim")
    on_path = set(path_to(session.here)) if session.here is not None else set()
    names = {id_: name for name, id_ in session.settings.names.items()}
    lines = []
    pending: list[tuple[Node, int]] = [(root, 0) for root in reversed(session.talk.roots)]
    while pending:
        node, depth = pending.pop()
        sign = ">" if node is session.here else "·" if node in on_path else " "
        lines.append(_tree_line(session, node, sign, depth, names, width))
        deeper = depth + (len(node.children) > 1)
        pending.extend((child, deeper) for child in reversed(node.children))
    return Text("\n").join(lines)


def _tree_line(
    session: Session, node: Node, sign: str, depth: int, names: dict[str, str], width: int | None
) -> Text:
    siblings = len(session.talk.siblings(node))
    head = Text().append(f"{sign} {session.talk.number(node):>3} {'  ' * depth}", style="bold")
    head.append(printable(session.cast[node.speaker].display_name), style=STYLES[node.role])
    head.append(": ")
    marks = [f"={names[node.message_id]}"] if node.message_id in names else []
    if siblings > 1 and node.rank is not None:
        marks.append(f"rank {node.rank}")
    faults = [verdict.evaluator for verdict in node.verdicts if verdict.severity != "note"]
    marks += [f"!{name}" for name in dict.fromkeys(faults)]
    tail = f"  {' '.join(marks)}" if marks else ""
    room = (width or 100) - head.cell_len - len(tail)
    head.append(one_line(node.text, max(12, room)) or "(empty)")
    return head.append(printable(tail), style="yellow")


def candidates_view(
    session: Session, siblings: Sequence[Node], *, width: int | None
) -> RenderableType:
    """Return messages of one place, best first: side by side where the screen is wide enough.

    Args:
        session: Where they were said.
        siblings: The messages.
        width: Of the screen; None puts them under each other.
    """
    order = sorted(siblings, key=_standing)
    columns = 0 if width is None else min(len(order), width // NARROW)
    if columns < 2:
        shown = (message(session, node, width=width) for node in order)
        return Text("\n").join(shown)
    assert width is not None
    room = width // columns - 1
    panels = [_panel(session, node, room) for node in order]
    return Columns(panels, padding=(0, 1, 0, 0), width=room)


def _standing(node: Node) -> tuple[bool, int, float, int]:
    return (node.rank is None, node.rank or 0, -(node.score or 0.0), node.candidate)


def _panel(session: Session, node: Node, room: int) -> Panel:
    title = [f"#{session.talk.number(node)}"]
    if node.rank is not None:
        title.append(f"rank {node.rank}")
    if node.score is not None:
        title.append(f"{node.score:.2f}")
    found = findings(node, width=None, margin=0)
    body = Text("\n").join([Text(printable(node.text)), *found])
    hidden = node.message_id in session.settings.veiled
    bottom = None if hidden or node.model is None else Text(printable(node.model), style="dim")
    style = "green" if node is session.here else "red" if node.rejected else "none"
    head = Text(" · ".join(title))
    return Panel(body, title=head, subtitle=bottom, width=room, border_style=style)


def sheet_view(session: Session, player: Player, *, width: int | None) -> Text:
    """Return everything a member is made of, what was changed in this session marked with `*`."""
    changed = {edit.key for edit in session.settings.edits}
    lines = [Text(printable(f"{player.display_name} ({player.name}, {player.role})"), style="bold")]
    entries = [(f"{player.name}.{key}", key, value) for key, value in _entries(player)]
    if session.cast.setting:
        entries.append(("setting", "setting", session.cast.setting))
    for whole, key, value in entries:
        text = Text(printable(f"{key}: "), style="bold").append(printable(value), "not bold")
        star = Text("  * " if whole in changed else "    ", style="bold")
        lines.append(star.append_text(block(text, width=width, margin=4)[4:]))
    return Text("\n").join(lines)


def _entries(player: Player) -> Iterator[tuple[str, str]]:
    persona = player.persona
    yield "display_name", persona.display_name
    yield "description", persona.description
    yield from ((f"traits.{name}", value) for name, value in persona.traits.items())
    yield "speaking_style", persona.speaking_style
    yield "language", persona.language
    if persona.background:
        yield "background", persona.background
    for name, value in persona.knows.items():
        hidden = " (told only when asked)" if name in persona.hides_until_asked else ""
        yield f"knows.{name}", value + hidden
    yield from ((f"example_lines[{n}]", line) for n, line in enumerate(persona.example_lines))
    yield from ((f"doesnt_know[{n}]", line) for n, line in enumerate(persona.doesnt_know))
    for key in ("goal", "policy", "system"):
        if getattr(player, key):
            yield key, getattr(player, key)
