"""Trees and threads as text for a terminal; model text is shown, never obeyed."""

import textwrap
from collections.abc import Sequence

from rich.text import Text

from dialoom.cli.text import printable
from dialoom.evaluators.tree_ledger import TreeLedger
from dialoom.messages import Message, Thread
from dialoom.records import is_dropped
from dialoom.tree import TreeRecord
from dialoom.verdicts import Verdict, raters

__all__ = ["indented", "thread_text", "tree_text"]

STYLES = {"prompter": "cyan", "assistant": "green"}


def thread_text(
    record: TreeRecord,
    thread: Thread,
    *,
    reasons: bool = True,
    width: int = 80,
    last: int | None = None,
    most: int | None = None,
) -> Text:
    """Return one thread, each message with its labels and what the evaluators say of it.

    Args:
        record: Its tree.
        thread: From the prompt on.
        reasons: Whether the evaluators' reasons are given.
        width: Of the text.
        last: How many messages of the thread's end are shown; None for all.
        most: How many characters of a message are shown; None for all.
    """
    text = Text()
    for message in thread[-last:] if last else thread:
        siblings = _siblings(message, thread)
        text.append(_head(record, message, siblings))
        text.append(indented(_shortened(message.text, most), "    ", width))
        text.append(_findings(record, message, "    ", reasons=reasons, width=width))
    return text


def tree_text(
    record: TreeRecord,
    *,
    reasons: bool = False,
    width: int = 80,
    ledger: TreeLedger | None = None,
) -> Text:
    """Return a whole tree, replies indented under what they reply to, best first.

    Args:
        record: The tree.
        reasons: Whether the evaluators' reasons are given.
        width: Of the text.
        ledger: What its messages do to the facts of personas; None tells nothing of it.
    """
    text = Text()
    pending: list[tuple[Message, int, int]] = []
    if record.tree.prompt is not None:
        pending.append((record.tree.prompt, 0, 1))
    while pending:
        message, depth, siblings = pending.pop()
        margin = "  " * depth
        text.append(margin)
        text.append(_head(record, message, siblings))
        text.append(indented(message.text, margin + "    ", width))
        text.append(_findings(record, message, margin + "    ", reasons=reasons, width=width))
        for move in ledger.moves.get(message.message_id, ()) if ledger else ():
            line = indented(f"fact: {move.sentence(message.text)}", margin + "    ", width)
            text.append(line, style="yellow" if move.is_fault else "dim")
        replies = message.replies or []
        pending.extend((reply, depth + 1, len(replies)) for reply in reversed(replies))
    return text


def _siblings(message: Message, thread: Sequence[Message]) -> int:
    parent = next((m for m in thread if m.message_id == message.parent_id), None)
    return len(parent.replies or ()) if parent is not None else 1


def _head(record: TreeRecord, message: Message, siblings: int) -> Text:
    notes = record.notes.get(message.message_id)
    name = printable(message.user_id or message.role)
    text = Text(name, style=f"bold {STYLES[message.role]}")
    parts = [printable(message.message_id[:8])]
    if siblings > 1:
        place = "unranked" if message.rank is None else f"rank {message.rank}"
        parts.append(f"{place} of {siblings}")
    if message.review_result is False:
        parts.append("dropped" if is_dropped(message) else "rejected")
    if message.model_name:
        parts.append(printable(message.model_name))
    if notes is not None and notes.termination is not None:
        parts.append(f"ends: {notes.termination.value}")
    text.append(f"  {' · '.join(parts)}\n", style="dim")
    return text


def _shortened(body: str, most: int | None) -> str:
    if most is None or len(body) <= most:
        return body
    return f"{body[:most]}\n… {len(body) - most:,} more characters"


def indented(body: str, margin: str, width: int) -> str:
    """Return model text made harmless, wrapped and indented."""
    lines = printable(body).splitlines() if body.strip() else ["(empty)"]
    room = max(20, width - len(margin))
    wrapped = [piece for line in lines for piece in textwrap.wrap(line, room) or [""]]
    return "".join(f"{margin}{line}\n" for line in wrapped)


def _findings(
    record: TreeRecord, message: Message, margin: str, *, reasons: bool, width: int
) -> Text:
    text = Text()
    labels = [
        f"{name} {label.value:.2f}" + (f" ({label.count} raters)" if label.count > 1 else "")
        for name, label in (message.labels or {}).items()
        if label.value is not None
    ]
    if labels:
        text.append(indented(f"labels: {', '.join(labels)}", margin, width), style="dim")
    notes = record.notes.get(message.message_id)
    if notes is None or not reasons:
        return text
    for verdict, rater in zip(notes.verdicts, raters(notes.verdicts), strict=True):
        style = "red" if verdict.severity == "hopeless" else "yellow"
        line = indented(f"{rater}: {_said(verdict)}", margin, width)
        text.append(line, style=style if _counts(verdict) else "dim")
    for failure in notes.failures:
        line = f"{failure.evaluator} failed: {failure.error}: {failure.message}"
        text.append(indented(line, margin, width), style="red")
    return text


def _counts(verdict: Verdict) -> bool:
    return verdict.severity != "note"


def _said(verdict: Verdict) -> str:
    return f"{verdict.name} {verdict.shown}: {verdict.reason}"
