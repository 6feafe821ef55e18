"""Runs of scripted models, and the files that they leave."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import Run, RunOptions, simulate_run
from dialoom.chat import ChatRequest
from dialoom.events import Event

__all__ = ["MODEL", "Dies", "answer", "files_of", "reply_only", "simulate"]

MODEL = "scripted/test"


def answer(request: ChatRequest, seed: int) -> str:
    if request.purpose == "critic":
        value = 1 + seed % 5
        items = request.json_schema["properties"] if request.json_schema else {}
        return json.dumps({name: {"reason": "so", "answer": value} for name in items})
    return f"This is what the {request.purpose} says, number {seed}."


def reply_only(request: ChatRequest, seed: int) -> str:
    return f"This is what the {request.purpose} says, number {seed}."


def simulate(
    scene: Path,
    client: ScriptedClient | None = None,
    *,
    listeners: tuple[Callable[[Event], None], ...] = (),
    **options: Any,
) -> Run:
    options.setdefault("out", scene.parent / "run")
    used = client or ScriptedClient(reply_only, name=MODEL)
    return asyncio.run(
        simulate_run(
            scene, RunOptions(model=MODEL, **options), clients={MODEL: used}, listeners=listeners
        )
    )


def files_of(run: Run) -> dict[str, bytes]:
    names = ("trees.jsonl", "sft.jsonl", "dpo.jsonl", "failures.jsonl")
    return {name: (run.directory / name).read_bytes() for name in names}


class Dies(Exception):
    """Stands for a process that ends in the middle of things."""
