import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from scenes import SCENE, write_scene

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import RunOptions, simulate_run
from dialoom.build.pilot import planned
from dialoom.build.plan import Plan
from dialoom.chat import ChatRequest
from dialoom.errors import InputError

MODEL = "scripted/test"
LONG = (
    "I have looked into what you ask for, and I would like to say a few things about it before "
    "we decide together how to go on from here, because there are several ways to do it. "
)


def answer(request: ChatRequest, seed: int) -> str:
    if request.purpose == "critic":
        items = request.json_schema["properties"] if request.json_schema else {}
        return json.dumps({name: {"reason": "so", "answer": 1 + seed % 5} for name in items})
    return f"Number {seed}. {LONG * (1 + seed % 3)}"


def plan(scene: Path, pilot: Path | None = None, **options: Any) -> Plan:
    options.setdefault("model", MODEL)
    return asyncio.run(planned(scene, RunOptions(**options), pilot=pilot))


@pytest.mark.parametrize(
    "more",
    [
        "",
        "branch: {assistant: {width: 1}}\n",
        "branch: {assistant: {width: 2}, prompter: {width: 2}, follow: all}\n",
        "branch: {assistant: {width: 3}, follow: best_and_random}\n",
        "stop: [{goal_reached: {pattern: never}}]\n",
        "openers: [Hello there!]\n",
    ],
)
def test_what_a_run_takes_lies_within_its_plan(tmp_path: Path, more: str) -> None:
    scene = write_scene(tmp_path, SCENE + more)
    options = RunOptions(model=MODEL, out=tmp_path / "run")
    client = ScriptedClient(answer, name=MODEL)
    run = asyncio.run(simulate_run(scene, options, clients={MODEL: client}))
    rows = {row.purpose: row for row in plan(scene).rows}
    assert rows.keys() == {row.purpose for row in run.summary.calls}
    for actual in run.summary.calls:
        row = rows[actual.purpose]
        for figure, took in (
            (row.calls, actual.calls),
            (row.prompt_tokens, actual.prompt_tokens),
            (row.completion_tokens, actual.completion_tokens),
        ):
            assert figure.low <= took <= figure.high, actual.purpose
            assert figure.low <= figure.expected <= figure.high
    size = sum(file.stat().st_size for file in run.directory.iterdir())
    assert plan(scene).bytes.low < size < plan(scene).bytes.high + 200_000  # an empty run's


def test_a_plan_asks_nobody_and_needs_no_server(tmp_path: Path) -> None:
    found = plan(write_scene(tmp_path), model="openai/nowhere")
    assert {row.purpose for row in found.rows} == {"prompter", "assistant", "critic"}
    assert found.calls.expected > 0


def test_twice_the_trees_take_twice_as_much(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, SCENE.replace("toxicity]", "toxicity], canaries: 0"))
    one, two = plan(scene, sample=100), plan(scene, sample=200)
    assert two.calls.expected == pytest.approx(2 * one.calls.expected)
    assert two.tokens.high == pytest.approx(2 * one.tokens.high, rel=0.05)


def test_the_test_of_the_critic_is_planned_whatever_the_number_of_trees(tmp_path: Path) -> None:
    without = write_scene(tmp_path, SCENE.replace("toxicity]", "toxicity], canaries: 0"))
    base = [plan(without, sample=count).calls.expected for count in (4, 400)]
    scene = write_scene(tmp_path)
    tested = [plan(scene, sample=count).calls.expected for count in (4, 400)]
    assert [more - less for more, less in zip(tested, base, strict=True)] == pytest.approx([30, 30])


@pytest.mark.parametrize(
    ("settings", "calls"),
    [
        ("samples: 3", 3 * 3 * 2),
        ("compare: pairwise", 3 * 2 + 6 * 2),
        ("compare: listwise", 3 * 2 + 2 * 2),
    ],
)
def test_samples_and_comparisons_are_planned(tmp_path: Path, settings: str, calls: int) -> None:
    text = SCENE.replace("toxicity]", f"toxicity], canaries: 0, {settings}")
    found = plan(write_scene(tmp_path, text), sample=1)
    (row,) = (row for row in found.rows if row.purpose == "critic")
    assert row.calls.expected == pytest.approx(calls)


def test_each_setting_of_the_scenario_shows_in_its_plan(tmp_path: Path) -> None:
    base = plan(write_scene(tmp_path)).tokens
    for more in (
        "branch: {assistant: {width: 6}}\n",
        "branch: {redraw: 5}\n",
        "sampling: {default: {max_tokens: 1000}}\n",
        "setting: " + "A very long story. " * 200 + "\n",
    ):
        assert plan(write_scene(tmp_path, SCENE + more)).tokens.high > base.high, more
    longer = plan(write_scene(tmp_path, SCENE.replace("max: 4", "max: 12"))).tokens
    assert longer.expected > 2 * base.expected


def test_the_goal_check_and_the_selector_are_planned_for(tmp_path: Path) -> None:
    text = SCENE.replace("turns: {max: 4}", "turns: {policy: selector, max: 4}").replace(
        "variables:",
        "  - persona: {name: cleo, display_name: Cleo, description: A manager.}\n"
        "    role: assistant\nvariables:",
    )
    found = plan(write_scene(tmp_path, text + "stop: [goal_reached]\n"))
    assert {"goal", "selector"} <= {row.purpose for row in found.rows}


def test_a_pilot_narrows_the_range_around_what_it_took(tmp_path: Path) -> None:
    scene, pilot = write_scene(tmp_path), tmp_path / "pilot"
    options = RunOptions(model=MODEL, out=pilot, sample=10)
    client = ScriptedClient(answer, name=MODEL)
    run = asyncio.run(simulate_run(scene, options, clients={MODEL: client}))
    took = sum(row.calls for row in run.summary.calls)
    guessed, known = plan(scene, sample=1000), plan(scene, pilot, sample=1000)
    assert known.calls.expected == 100 * took
    for name in ("calls", "tokens", "seconds", "bytes"):
        wide, narrow = getattr(guessed, name), getattr(known, name)
        assert narrow.high / narrow.low < wide.high / wide.low
    assert known.pilot == str(pilot)


def test_a_pilot_of_another_scenario_or_model_is_refused(tmp_path: Path) -> None:
    scene, pilot = write_scene(tmp_path), tmp_path / "pilot"
    options = RunOptions(model=MODEL, out=pilot, sample=1)
    asyncio.run(simulate_run(scene, options, clients={MODEL: ScriptedClient(answer, name=MODEL)}))
    with pytest.raises(InputError, match="other models"):
        plan(scene, pilot, model="scripted/demo")
    changed = write_scene(tmp_path, SCENE.replace("late.", "very late."))
    with pytest.raises(InputError, match="another scenario"):
        plan(changed, pilot)


def test_an_unknown_price_is_said_and_a_known_one_is_reckoned(tmp_path: Path) -> None:
    scene = write_scene(tmp_path)
    unknown = plan(scene, model="openai/unheard-of")
    assert unknown.usd is None
    assert unknown.unpriced == ("openai/unheard-of",)
    known = plan(scene, model="openai/gpt-4o-mini").usd
    assert known is not None
    assert 0 < known.low < known.expected < known.high


def test_a_run_keeps_its_plan_beside_what_it_took(tmp_path: Path) -> None:
    scene = write_scene(tmp_path)
    options = RunOptions(model=MODEL, out=tmp_path / "run")
    client = ScriptedClient(answer, name=MODEL)
    run = asyncio.run(simulate_run(scene, options, clients={MODEL: client}))
    figures = run.summary.figures()
    assert figures["plan"]["calls"]["high"] >= len(client.requests)
    for row in figures["calls"]:
        assert row["usd"] == 0
        assert 0 <= row["p50"] <= row["p95"] <= row["p99"]
        assert row["tokens_a_second"] > 0
