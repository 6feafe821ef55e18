"""What a scenario may ask its critic, and what it may not."""

import asyncio
import json
from pathlib import Path

import pytest
from scenes import SCENE, write_scene

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import RunOptions, simulate_run
from dialoom.chat import ChatRequest
from dialoom.errors import InputError
from dialoom.messages import messages
from dialoom.scenarios.library import load_scenario

OWN = """critic:
    rubric:
      - {name: tact, question: "How tactful is it?", scale: {low: blunt, high: tactful}}
      - {name: promise, question: "Does it promise a date?", polarity: harm, may_not_apply: true}
    canaries: 0"""


def scene(folder: Path, critic: str) -> Path:
    return write_scene(folder, SCENE.replace("critic: {rubric: [quality, toxicity]}", critic))


def test_criteria_of_a_scenario_become_labels_and_scores(tmp_path: Path) -> None:
    def answer(request: ChatRequest, seed: int) -> str:
        if request.purpose != "critic":
            return f"This is what the {request.purpose} says, number {seed}."
        even = request.messages[-1]["content"].count("0") % 2 == 0
        promise = "yes" if even else "n/a"
        return json.dumps(
            {
                "tact": {"reason": "so", "answer": 4},
                "promise": {"reason": "so", "answer": promise},
            }
        )

    client = ScriptedClient(answer, name="scripted/test")
    options = RunOptions(model=client.name, out=tmp_path / "run")
    file = scene(tmp_path, OWN)
    run = asyncio.run(simulate_run(file, options, clients={client.name: client}))
    seen = set()
    for record in run.records():
        for message in messages(record.tree):
            if message.role == "assistant":
                labels, score = message.labels or {}, record.notes[message.message_id].score
                assert labels["tact"].value == 0.75
                seen.add(("promise" in labels, score))
    assert seen == {(True, 0.0), (False, 0.75)}


@pytest.mark.parametrize(
    ("critic", "fault"),
    [
        ("critic: {rubric: [{name: quality, question: Good}]}", "'quality' is a label"),
        ("critic: {rubric: [{name: score, question: Good}]}", "'score' is a label already"),
        ("critic: {rubric: [{name: tact}]}", "question: this key is required"),
        ("critic: {rubric: [{name: tact, question: Is it, scale: {low: bad}}]}", "high"),
        ("critic: {rubric: [{name: tact, question: Is it, polarity: good}]}", "'merit'"),
        ("critic: {rubric: [tact]}", "no rubric item is named 'tact'"),
        (
            "critic: {rubric: [{name: tact, question: Is it}, {name: tact, question: Or not}]}",
            "the rubric names 'tact' twice",
        ),
    ],
)
def test_what_a_rubric_may_not_hold_is_said_with_its_place(
    tmp_path: Path, critic: str, fault: str
) -> None:
    with pytest.raises(InputError) as error:
        load_scenario(scene(tmp_path, critic))
    assert fault in str(error.value)
    assert "scene.yaml:" in str(error.value)
