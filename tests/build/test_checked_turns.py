"""Replies to a question with a right answer are ranked by it, and pairs say so."""

import asyncio
import json
from pathlib import Path

import pytest
from scenes import SCENE, write_scene

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import Run, RunOptions, simulate_run
from dialoom.chat import ChatRequest
from dialoom.errors import InputError
from dialoom.messages import Message, messages

MODEL = "scripted/test"
ANSWERS = ("It must be 15.", "First 3, then 4.\nThe answer is 12.", "We get = 16")


def reply(request: ChatRequest, seed: int) -> str:
    if request.purpose == "assistant":
        return ANSWERS[seed % 3]
    return f"What is three quarters of twenty, please? I asked {seed} times."


BASE = SCENE.replace("critic: {rubric: [quality, toxicity]}", "critic: null").replace(
    "turns: {max: 4}", "turns: {max: 2}"
)


def checked(folder: Path, check: str, *variables: str) -> Path:
    text = BASE.replace(
        "    goal: Get a refund for order {{ order_id }}.\n",
        "    goal: Get a refund for order {{ order_id }}.\n" + f"    check: {check}\n",
    )
    return write_scene(folder, text.replace("variables: {", f"variables: {{{''.join(variables)}"))


def simulate(file: Path) -> Run:
    options = RunOptions(model=MODEL, out=file.parent / "run")
    client = ScriptedClient(reply, name=MODEL)
    return asyncio.run(simulate_run(file, options, clients={MODEL: client}))


def replies(run: Run) -> list[Message]:
    said = (message for tree in run.trees() for message in messages(tree))
    return [message for message in said if message.role == "assistant"]


def test_right_answers_rank_over_wrong_ones_and_pairs_quote_both(tmp_path: Path) -> None:
    run = simulate(checked(tmp_path, '{type: numeric, answer: "{{ right }}"}', "right: [15], "))
    ranks = {message.text: message.rank for message in replies(run)}
    values = {
        message.text: label.value
        for message in replies(run)
        if (label := (message.labels or {}).get("correct"))
    }
    assert values == {ANSWERS[0]: 1.0, ANSWERS[1]: 0.0, ANSWERS[2]: 0.0}
    assert ranks[ANSWERS[0]] == 0
    rows = [json.loads(line) for line in (run.directory / "dpo.jsonl").read_bytes().splitlines()]
    assert rows
    for row in rows:
        assert row["chosen"][0]["content"] == ANSWERS[0]
        said = {ANSWERS[1]: "12", ANSWERS[2]: "16"}[row["rejected"][0]["content"]]
        assert f'answer: the answer "{said}" is wrong; right is "15"' in row["meta"]["why"]


def test_an_answer_that_variables_make_no_number_is_a_fault_with_its_line(tmp_path: Path) -> None:
    file = checked(tmp_path, '{type: numeric, answer: "{{ right }}"}', "right: [many], ")
    with pytest.raises(InputError, match=r"scene\.yaml:6: cast\[0\]\.check\.answer: the answer"):
        simulate(file)


def test_an_unknown_variable_of_an_answer_is_a_fault(tmp_path: Path) -> None:
    file = checked(tmp_path, '{type: numeric, answer: "{{ rihgt }}"}', "right: [15], ")
    with pytest.raises(InputError, match=r"no variable is named 'rihgt'; did you mean 'right'"):
        simulate(file)
