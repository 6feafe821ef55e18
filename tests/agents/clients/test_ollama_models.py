"""A run that uses several models of one Ollama makes it change between them as seldom as can be."""

import asyncio
from pathlib import Path

from scenes import write_scene
from servers import ollama_server, serving

from dialoom.agents.clients.base import ClientOptions
from dialoom.build import RunOptions, simulate_run

SCENE = """\
name: play
cast:
  - persona: {name: ada, display_name: Ada, description: A customer.}
    role: prompter
    goal: Get a refund.
  - persona: {name: bob, display_name: Bob, description: An agent.}
    role: assistant
models: {prompter: ollama/small, assistant: ollama/big, critic: ollama/judge}
sample: 4
openers: [Hello there., Good morning to you., I need some help., Is anybody there]
turns: {max: 4}
stop: []
branch: {assistant: {width: 2}}
evaluate: {heuristics: [empty], critic: {rubric: [quality], canaries: 0}}
"""
MODELS = ("small:latest", "big:latest", "judge:latest")


def loads_of(folder: Path, *, holds: int, concurrency: int | None = None) -> list[str]:
    loads: list[str] = []

    def text(body: object) -> str:
        return '{"quality": {"reason": "fine", "score": 4}}' if "format" in str(body) else "Yes."

    server = ollama_server(models=MODELS, holds=holds, loads=loads, text=text)
    with serving(server) as running:
        options = RunOptions(
            out=folder / "run",
            concurrency=concurrency,
            client=ClientOptions(base_url=running.origin, timeout=30),
        )
        run = asyncio.run(simulate_run(write_scene(folder, SCENE), options))
    assert run.summary.trees == 4
    return loads


def test_a_server_that_holds_one_model_changes_once_for_several_trees(tmp_path: Path) -> None:
    alone, together = tmp_path / "alone", tmp_path / "together"
    alone.mkdir()
    together.mkdir()
    one_by_one = loads_of(alone, holds=1, concurrency=1)
    assert len(loads_of(together, holds=1)) <= len(one_by_one) / 2


def test_a_server_that_holds_all_models_loads_each_once(tmp_path: Path) -> None:
    assert sorted(loads_of(tmp_path, holds=3)) == sorted(MODELS)
