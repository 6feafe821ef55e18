"""A run on small models says that they only show the pipeline."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from scenes import NO_CRITIC, write_scene

from dialoom.agents.clients.scripted import TRAITS, ScriptedClient
from dialoom.build import RunOptions, simulate_run
from dialoom.chat import ChatRequest

SMALL = replace(TRAITS, compact=True)


def reply(request: ChatRequest, seed: int) -> str:
    return f"This is what the {request.purpose} says about number {seed}."


def notices(folder: Path, assistants: tuple[str, ...], small: tuple[str, ...]) -> list[str]:
    names = {"scripted/user", *assistants}
    clients = {
        name: ScriptedClient(reply, name=name, traits=SMALL if name in small else TRAITS)
        for name in names
    }
    options = RunOptions(
        model="scripted/user", role_models={"assistant": assistants}, out=folder / "run"
    )
    work = simulate_run(write_scene(folder, NO_CRITIC), options, clients=clients)
    return [one for one in asyncio.run(work).summary.notices if "demonstration" in one]


@pytest.mark.parametrize(
    ("small", "said"),
    [
        (("scripted/a",), "scripted/a is a demonstration: it shows the pipeline, and its replies"),
        (
            ("scripted/a", "scripted/b"),
            "scripted/b and scripted/a are a demonstration: they show the pipeline, and their "
            "replies",
        ),
    ],
)
def test_small_models_are_named_with_a_line_that_runs_a_better_one(
    tmp_path: Path, small: tuple[str, ...], said: str
) -> None:
    (notice,) = notices(tmp_path, ("scripted/b", "scripted/a"), small)
    assert notice.startswith(f"{said} are no training data; a better model: simulate ")
    assert notice.endswith(" --model ollama/llama3.2")


def test_of_larger_models_nothing_is_said(tmp_path: Path) -> None:
    assert notices(tmp_path, ("scripted/b",), ()) == []
