import json
import os
import subprocess
import sys
from pathlib import Path

from scenes import SCENE, write_scene

TWELVE = SCENE.replace("sample: 4", "sample: 12")


def dialoom(*words: str | Path) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if "KEY" not in name}
    return subprocess.run(
        [sys.executable, "-m", "dialoom.cli", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**kept, "COLUMNS": "160"},
    )


def test_a_plan_is_a_table_with_what_it_costs(tmp_path: Path) -> None:
    done = dialoom("plan", write_scene(tmp_path), "--model", "openai/gpt-4o-mini")
    assert done.returncode == 0, done.stderr
    for word in ("critic", "prompter", "assistant", "all", "$", "disk", "--pilot", "list prices"):
        assert word in done.stdout


def test_a_plan_says_which_price_it_does_not_know(tmp_path: Path) -> None:
    done = dialoom("plan", write_scene(tmp_path), "--model", "openai/unheard-of", "--json")
    figures = json.loads(done.stdout)
    assert figures["usd"] is None
    assert figures["unpriced"] == ["openai/unheard-of"]
    assert figures["trees"] == 4


def test_a_plan_is_for_as_many_dialogues_as_are_wanted(tmp_path: Path) -> None:
    for option in ("--sample", "-n"):
        done = dialoom(
            "plan", write_scene(tmp_path), "--model", "scripted/demo", option, "9", "--json"
        )
        assert json.loads(done.stdout)["trees"] == 9


def test_a_plan_by_ones_own_prices_names_no_day_of_the_shipped_ones(tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("models: {openai/own: {in: 1.0, out: 2.0}}", encoding="utf-8")
    own = ("--model", "openai/own", "--prices", prices)
    done = dialoom("plan", write_scene(tmp_path), *own)
    assert "prices as given" in done.stdout
    assert "as of" not in done.stdout


def test_a_budget_that_ends_a_run_is_said_and_exits_with_one(tmp_path: Path) -> None:
    scene, run = write_scene(tmp_path, TWELVE), tmp_path / "run"
    command = ("run", scene, "--model", "scripted/demo", "--out", run, "--concurrency", "1")
    done = dialoom(*command, "--budget", "tokens=20k", "--quiet")
    assert done.returncode == 1
    assert "the budget is reached" in done.stderr
    assert "larger --budget" in done.stderr
    manifest = json.loads((run / "manifest.json").read_text("utf-8"))
    assert manifest["state"] == "budget"
    again = dialoom("run", "--out", run, "--budget", "tokens=2M", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["trees"] == 12
    planned = dialoom("plan", scene, "--model", "scripted/demo", "--sample", "500", "--pilot", run)
    assert f"drawn from the run {run}" in planned.stdout


def test_a_budget_holds_for_a_run_that_goes_on_by_its_directory(tmp_path: Path) -> None:
    scene, run = write_scene(tmp_path, TWELVE), tmp_path / "run"
    command = ("run", scene, "--model", "scripted/demo", "--out", run, "--concurrency", "1")
    dialoom(*command, "--budget", "tokens=20k", "--quiet")
    again = dialoom("run", "--out", run, "--quiet")
    assert again.returncode == 1
    assert "of 20,000 tokens are spent" in again.stderr
    assert "larger --budget" in again.stderr


def test_a_budget_of_another_form_exits_with_two(tmp_path: Path) -> None:
    done = dialoom("run", write_scene(tmp_path), "--budget", "5 dollars")
    assert done.returncode == 2
    assert "error: --budget takes usd=5" in done.stderr
