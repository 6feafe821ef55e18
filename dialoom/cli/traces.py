"""A trace as text for a terminal; model text is shown, never obeyed."""

from typing import Any

from rich.text import Text

from dialoom.build.prices import dollars
from dialoom.build.trace import Trace
from dialoom.cli.text import printable
from dialoom.cli.threads import indented, thread_text
from dialoom.messages import Message

__all__ = ["trace_text"]

MARGIN = "    "


def trace_text(trace: Trace, *, width: int = 80) -> Text:
    """Return a trace: the row, its run and cast, the thread with siblings, calls and the prompt."""
    text = Text()
    for part in (_rows, _run, _cast):
        text.append(part(trace))
    text.append(_conversation(trace, width))
    text.append(_calls(trace))
    text.append(_prompt(trace, width))
    return text


def _rows(trace: Trace) -> Text:
    text = Text()
    if not trace.rows:
        return text
    row = trace.rows[0].row
    text.append(f"row {row['id']}\n" if "id" in row else "row without an id\n", style="bold")
    for place in trace.rows:
        text.append(f"  {place.file}:{place.number}\n")
    meta = row.get("meta", {})
    why = meta.get("why") or meta.get("cut")
    if why:
        text.append(f"  {printable(why)}\n")
    return text


def _run(trace: Trace) -> Text:
    text = Text()
    manifest, tree = trace.manifest, trace.record
    text.append(f"run {manifest.run_id}\n" if manifest else f"file {trace.source}\n", style="bold")
    if manifest is not None:
        text.append(f"  {trace.source}, made {manifest.created}\n")
        text.append(f"  {printable(manifest.command)}\n" if manifest.command else "")
        text.append(f"  scenario {manifest.scenario_file}, sha256 {manifest.scenario_sha256}\n")
        versions = ", ".join(f"{name} {version}" for name, version in manifest.versions.items())
        text.append(f"  seed {manifest.seed}; {versions}\n")
        text.append(f"  git {manifest.git_revision}\n" if manifest.git_revision else "")
    text.append(f"tree {tree.number}  {tree.tree.message_tree_id}\n", style="bold")
    for name, value in tree.variables.items():
        text.append(f"  {name}: {printable(str(value))}\n")
    return text


def _cast(trace: Trace) -> Text:
    text = Text("cast\n", style="bold")
    for player in trace.players:
        text.append(f"  {printable(player.speaker)}, {player.role}")
        if player.persona is not None:
            text.append(f": persona {player.persona}, {player.file}, sha256 {player.sha256}")
        text.append("\n")
    return text


def _conversation(trace: Trace, width: int) -> Text:
    """Return the thread, every message in question followed by the siblings it was drawn with."""
    text = Text("thread\n", style="bold")
    shown: set[str] = set()
    for place, message in enumerate(trace.thread):
        thread = trace.thread[: place + 1]
        if message.message_id not in trace.marks:
            text.append(thread_text(trace.record, thread, width=width, last=1))
            continue
        for sibling in _marked_first(trace, message):
            if sibling.message_id not in shown:
                shown.add(sibling.message_id)
                mark = trace.marks.get(sibling.message_id, "sibling")
                text.append(f"  {mark}\n", style="bold" if mark != "sibling" else "dim")
                text.append(thread_text(trace.record, (*thread[:-1], sibling), width=width, last=1))
    return text


def _marked_first(trace: Trace, message: Message) -> list[Message]:
    def place(one: Message) -> tuple[bool, bool, int]:
        return (one.message_id not in trace.marks, one.rank is None, one.rank or 0)

    return sorted(trace.siblings(message), key=place)


def _calls(trace: Trace) -> Text:
    text = Text("calls\n", style="bold")
    for message in trace.subjects:
        notes = trace.record.notes.get(message.message_id)
        call = trace.calls.get(message.message_id)
        text.append(f"  {message.message_id}  {printable(trace.marks[message.message_id])}\n")
        if notes is None or notes.model is None:
            who = message.model_name or "an author; no model was asked"
            text.append(f"    written by {printable(who)}\n")
            continue
        text.append(
            f"    {printable(notes.model)}, seed {notes.seed}, ended by {notes.finish_reason}, "
            f"{notes.prompt_tokens:,} tokens in, {notes.completion_tokens:,} out\n"
        )
        text.append(_took(call) if call else "    its call was not kept\n")
    return text


def _took(call: dict[str, Any]) -> str:
    usage, count = call["usage"], len(call["seeds"] or [0])
    cost = "price not known" if usage["usd"] is None else dollars(usage["usd"])
    kept = "" if usage["paid"] else ", from the cache"
    together = f" for {count} candidates together" if count > 1 else ""
    return (
        f"    the request: {call['at']}, {usage['prompt_tokens']:,} tokens in, "
        f"{usage['completion_tokens']:,} out{together}, {usage['seconds']:.2f} s, {cost}{kept}\n"
        f"    sampling {call['sampling'] or 'of the model'}\n"
    )


def _prompt(trace: Trace, width: int) -> Text:
    """Return what the model was sent for the last message in question."""
    asked = [m.message_id for m in trace.subjects if m.message_id in trace.calls]
    if not asked:
        return Text()
    said = trace.calls[asked[-1]]["messages"]
    text = Text(f"prompt of {asked[-1]}, word for word\n", style="bold")
    for message in said:
        text.append(f"  {message['role']}\n", style="dim")
        text.append(indented(message["content"], MARGIN, width))
    others = [one for one in asked[:-1] if trace.calls[one]["messages"] != said]
    if others:
        text.append(f"  --json has the prompts of the other {len(others)}\n", style="dim")
    return text
