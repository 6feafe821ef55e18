import asyncio
import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from scenes import write_scene

import dialoom
from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build.budget import Budget
from dialoom.chat import ChatRequest
from dialoom.errors import InputError

SHORT = """\
name: scene
cast:
  - persona: {name: ada, display_name: Ada, description: A customer.}
    role: prompter
    goal: Get help.
  - persona: {name: bob, display_name: Bob, description: An agent.}
    role: assistant
sample: 2
turns: {max: 2}
evaluate: {heuristics: [empty, {length: {max: 6}}], critic: null}
"""


def reply(request: ChatRequest, seed: int) -> str:
    return f"Number {seed} is the best {'of all the numbers ' * (seed % 2)}".strip()


def test_a_program_gets_trees_and_rows(tmp_path: Path) -> None:
    run = dialoom.simulate(
        write_scene(tmp_path, SHORT),
        model=ScriptedClient(reply, name="scripted/mine"),
        out=tmp_path / "run",
        sample=6,
    )
    trees = list(run.trees())
    assert len(trees) == 6
    assert len(list(run.rows("sft"))) == 6
    assert {row["meta"]["policy"] for row in run.rows("dpo", policy="best_vs_worst")} == {
        "best_vs_worst"
    }


def test_a_notebook_is_told_to_await_the_run(tmp_path: Path) -> None:
    async def cell() -> None:
        dialoom.simulate("support", model="scripted/demo", sample=1, out=tmp_path / "run")

    with pytest.raises(RuntimeError, match=r"await dialoom\.asimulate"):
        asyncio.run(cell())
    assert not (tmp_path / "run").exists()


def test_a_program_with_an_event_loop_awaits_the_run(tmp_path: Path) -> None:
    async def main() -> dialoom.Run:
        return await dialoom.asimulate(
            write_scene(tmp_path, SHORT), model="scripted/demo", out=tmp_path / "run"
        )

    assert asyncio.run(main()).summary.trees == 2


def test_both_forms_take_the_same_settings() -> None:
    waiting, blocking = dialoom.asimulate, dialoom.simulate
    assert inspect.signature(blocking) == inspect.signature(waiting)
    assert inspect.getdoc(blocking) == inspect.getdoc(waiting)
    assert not inspect.iscoroutinefunction(blocking)
    assert blocking.__name__ == "simulate"


def test_roles_may_have_clients_of_their_own(tmp_path: Path) -> None:
    one, two = (ScriptedClient(reply, name=f"scripted/{name}") for name in ("one", "two"))
    run = dialoom.simulate(
        write_scene(tmp_path, SHORT),
        role_models={"prompter": one, "assistant": [one, two], "critic": "scripted/demo"},
        model="scripted/demo",
        out=tmp_path / "run",
    )
    prompt = next(run.trees()).prompt
    assert prompt is not None
    assert prompt.model_name == "scripted/one"
    assert [reply.model_name for reply in prompt.replies or ()].count("scripted/two") == 1


def test_rows_of_a_format_that_is_not_there_name_the_nearest(tmp_path: Path) -> None:
    run = dialoom.simulate(
        write_scene(tmp_path, SHORT), model="scripted/demo", out=tmp_path / "run"
    )
    with pytest.raises(InputError, match="did you mean 'sft'"):
        next(iter(run.rows("stf")))


def test_importing_the_package_loads_no_model_library() -> None:
    code = (
        "import dialoom, sys; "
        "print([n for n in ('openai', 'autogen_core', 'pydantic', 'rich') if n in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="simulat"):
        dialoom.simulat  # noqa: B018


def test_a_program_caps_replays_and_shares_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795370859")
    scene, cache = write_scene(tmp_path, SHORT), tmp_path / "cache"
    model = ScriptedClient(reply, name="scripted/mine")
    capped = dialoom.simulate(
        scene, model=model, out=tmp_path / "one", cache=cache, budget=Budget(tokens=1)
    )
    assert capped.summary.state == "budget"
    whole = dialoom.simulate(scene, model=model, out=tmp_path / "one", cache=cache)
    asked = len(model.requests)
    again = dialoom.simulate(scene, model=model, out=tmp_path / "two", cache=cache, replay=True)
    assert len(model.requests) == asked
    assert list(again.trees()) == list(whole.trees())


def test_a_program_s_prices_tell_what_a_run_cost(tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("models: {scripted/mine: {in: 1, out: 1}}\n", encoding="utf-8")
    model = ScriptedClient(reply, name="scripted/mine")
    run = dialoom.simulate(
        write_scene(tmp_path, SHORT), model=model, out=tmp_path / "run", prices=prices
    )
    tokens = sum(row.prompt_tokens + row.completion_tokens for row in run.summary.calls)
    assert run.summary.usd == pytest.approx(tokens / 1e6)
