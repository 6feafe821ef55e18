"""A run and a tagged file bring along the evidence for trusting them."""

import asyncio
import json
from pathlib import Path

import pytest
from scenes import SCENE, write_scene

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import Run, RunOptions, simulate_run
from dialoom.chat import ChatRequest
from dialoom.quality import FILE_NAME, Quality, read_quality

MODEL = "scripted/test"


def answer(request: ChatRequest, seed: int) -> str:
    if request.purpose == "critic":
        return json.dumps(
            {
                "quality": {"reason": "so", "answer": 1 + seed % 5},
                "toxicity": {"reason": "so", "answer": 1},
            }
        )
    return f"This is what the {request.purpose} says, number {seed}."


def simulate(scene: Path, **options: object) -> Run:
    client = ScriptedClient(answer, name=MODEL)
    wanted = RunOptions(model=MODEL, **{"out": scene.parent / "run", **options})  # type: ignore[arg-type]
    return asyncio.run(simulate_run(scene, wanted, clients={MODEL: client}))


def quality(run: Run) -> Quality:
    found = read_quality(run.directory)
    assert found is not None
    return found


def test_a_run_says_what_its_critic_judged_and_how_its_values_are_spread(tmp_path: Path) -> None:
    run = simulate(write_scene(tmp_path))
    (critic,) = quality(run).critics
    judged = [
        v for r in run.records() for n in r.notes.values() for v in n.verdicts if v.kind == "critic"
    ]
    assert (critic.model, critic.method, critic.judged) == (MODEL, "written", len(judged) // 2)
    assert critic.distributions["toxicity"] == {"0.00": critic.judged}
    assert sum(critic.distributions["quality"].values()) == critic.judged


def test_the_same_run_gives_the_same_bytes_whatever_the_order_of_its_calls(tmp_path: Path) -> None:
    scene = write_scene(tmp_path)
    one = simulate(scene, out=tmp_path / "one", concurrency=1).directory / FILE_NAME
    two = simulate(scene, out=tmp_path / "two", concurrency=4).directory / FILE_NAME
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_a_file_that_was_touched_is_written_again(tmp_path: Path, harm: str) -> None:
    scene = write_scene(tmp_path)
    file = simulate(scene).directory / FILE_NAME
    before = file.read_bytes()
    file.unlink() if harm == "gone" else file.write_bytes(b"{}")
    simulate(scene)
    assert file.read_bytes() == before


def test_a_run_without_critic_has_a_file_without_one(tmp_path: Path) -> None:
    text = SCENE.replace("critic: {rubric: [quality, toxicity]}", "critic: null")
    assert quality(simulate(write_scene(tmp_path, text))).critics == ()
