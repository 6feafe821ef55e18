"""A budget that ends before a critic was tested."""

from pathlib import Path

from critics import critic, oracle
from environment import fixed_date
from tested_critics import SCENE_OF_ONE, by_chance, measured, simulate

from dialoom.build.budget import Budget
from dialoom.quality import FILE_NAME

__all__ = ["fixed_date"]


def test_a_run_whose_budget_is_spent_keeps_its_guess_and_says_so(tmp_path: Path) -> None:
    run = simulate(tmp_path, critic(by_chance), budget=Budget(tokens=6000), concurrency=1)
    found = measured(run)
    assert run.summary.state == "budget"
    assert (found.trusted, found.canary) == (True, None)
    assert found.why == (
        "the run ended before its canaries were judged; its model is taken to judge"
    )
    whole = simulate(tmp_path, critic(by_chance))
    assert whole.summary.state == "finished"
    assert not measured(whole).trusted


def test_trees_that_were_graded_by_a_guess_are_graded_anew_when_the_run_goes_on(
    tmp_path: Path,
) -> None:
    simulate(tmp_path, critic(by_chance), budget=Budget(tokens=6000), concurrency=1)
    cut = simulate(tmp_path, critic(by_chance))
    (tmp_path / "other").mkdir()
    whole = simulate(tmp_path / "other", critic(by_chance))
    for name in ("trees.jsonl", "dpo.jsonl", FILE_NAME):
        assert (cut.directory / name).read_bytes() == (whole.directory / name).read_bytes()


def test_a_budget_that_ends_before_the_test_leaves_it_to_a_larger_one(tmp_path: Path) -> None:
    (tmp_path / "free").mkdir()
    free = simulate(tmp_path / "free", critic(oracle), concurrency=1)
    spent = sum(row.prompt_tokens + row.completion_tokens for row in free.summary.calls)
    without = SCENE_OF_ONE.replace("rubric: [quality]", "rubric: [quality], canaries: 0")
    (tmp_path / "bare").mkdir()
    bare = simulate(tmp_path / "bare", critic(oracle), scene=without, concurrency=1)
    least = sum(row.prompt_tokens + row.completion_tokens for row in bare.summary.calls)
    tight = Budget(tokens=(least + spent) / 2)
    run = simulate(tmp_path, critic(oracle), budget=tight, concurrency=1)
    assert (run.summary.state, run.summary.trees) == ("budget", 4)
    assert measured(run).why.startswith("the run ended before its canaries were judged")
    whole = simulate(tmp_path, critic(oracle))
    assert whole.summary.state == "finished"
    found = measured(whole).canary
    assert found is not None
    assert (found.value, found.count) == (1.0, 24)
