"""A trace as plain values, for `--json`."""

from dataclasses import asdict
from typing import Any

from dialoom.build.trace import Trace
from dialoom.messages import Message

__all__ = ["run_facts", "trace_document"]

RUN_FACTS = (
    "run_id",
    "created",
    "scenario",
    "scenario_file",
    "scenario_sha256",
    "seed",
    "command",
    "git_revision",
    "versions",
)


def trace_document(trace: Trace) -> dict[str, Any]:
    """Return everything of a trace as values that JSON can hold."""
    record = trace.record
    return {
        "rows": [
            {"file": str(row.file), "number": row.number, "row": row.row} for row in trace.rows
        ],
        "run": run_facts(trace),
        "tree": {
            "source": str(trace.source),
            "number": record.number,
            "message_tree_id": record.tree.message_tree_id,
            "variables": dict(record.variables),
        },
        "cast": [player._asdict() for player in trace.players],
        "thread": [_message(trace, message) for message in trace.thread],
        "messages": [
            {
                **_message(trace, message),
                "mark": trace.marks[message.message_id],
                "call": trace.calls.get(message.message_id),
                "siblings": [
                    {**_message(trace, other), "call": trace.calls.get(other.message_id)}
                    for other in trace.siblings(message)
                    if other.message_id != message.message_id
                ],
            }
            for message in trace.subjects
        ],
    }


def run_facts(trace: Trace) -> dict[str, Any] | None:
    """Return what made the run, or None for a file of trees."""
    if trace.manifest is None:
        return None
    facts = trace.manifest.model_dump(mode="json", include=set(RUN_FACTS))
    return {"directory": str(trace.source), **{name: facts[name] for name in RUN_FACTS}}


def _message(trace: Trace, message: Message) -> dict[str, Any]:
    """Return a message with what OASST has no field for, its replies left out."""
    said = message.model_dump(mode="json", exclude={"replies", "events", "emojis", "detoxify"})
    notes = trace.record.notes.get(message.message_id)
    if notes is None:
        return said
    return {**said, **asdict(notes)}
