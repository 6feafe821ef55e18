"""A conversation of people, and runs that reply to it anew."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from records import bot, record, user
from typer.testing import CliRunner, Result

import dialoom
from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import Run
from dialoom.chat import ChatRequest
from dialoom.cli.main import dialoom as program
from dialoom.exporters.base import write_lines
from dialoom.exporters.oasst import Oasst
from dialoom.messages import Label, Message, messages
from dialoom.tree import TreeRecord

__all__ = ["MODEL", "SCENARIO", "TALK", "answer", "by_id", "grown", "run_program", "texts"]

MODEL = "scripted/test"
SCENARIO = """\
name: again
setting: Somebody asks an assistant.
cast:
  - {persona: {name: person, display_name: User, description: Somebody.}, role: prompter}
  - persona: {name: helper, display_name: Assistant, description: An assistant.}
    role: assistant
    system: "{{ source_system }}"
variables: {source_system: Be kind.}
stop: [farewell]
branch: {assistant: {width: 3}}
evaluate: {heuristics: [{length: {min: 4}}], critic: null}
export: {dpo: {policy: best_vs_worst}}
"""
TALK = record(
    user(
        "u1",
        bot(
            "a1", user("u2", bot("a2", synthetic=False, labels={"humor": Label(value=1, count=2)}))
        ),
        bot("b1", synthetic=False, rank=1),
        synthetic=False,
        by="c0ffee00-0000-4000-8000-000000000000",
    ),
    name="u1",
)


def answer(request: ChatRequest, seed: int) -> str:
    return ("No.", "This is a good reply.", "Also good, as it seems.")[seed % 3]


def grown(
    *trees: TreeRecord, script: Callable[[ChatRequest, int], str] = answer, **options: Any
) -> tuple[Run, list[ChatRequest]]:
    """Return a run on trees, and what its models were asked."""
    if trees:
        write_lines(Path("real.jsonl"), Oasst().lines(trees))
    Path("again.yaml").write_text(options.pop("scenario", SCENARIO), encoding="utf-8")
    client = ScriptedClient(script, name=MODEL)
    settings = {"source": "real.jsonl", "model": client, "out": "run", **options}
    return dialoom.simulate("again.yaml", **settings), client.requests


def by_id(run: Run) -> dict[str, Message]:
    return {message.message_id: message for tree in run.trees() for message in messages(tree)}


def texts(message: Message) -> list[str]:
    return [reply.text for reply in message.replies or ()]


def run_program(*words: str) -> Result:
    return CliRunner().invoke(program, list(words))
