"""Critics that compare, and several critics, are put to the test."""

import asyncio
from pathlib import Path

import pytest
from critics import CRITIC, SPEAKER, Shown, critic, first_shown, oracle, speaker
from environment import fixed_date
from scenes import write_scene
from tested_critics import SCENE_OF_ONE, measured, rows, simulate

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import RunOptions, simulate_run
from dialoom.messages import messages
from dialoom.quality import read_quality

__all__ = ["fixed_date"]


def comparing(how: str) -> str:
    return SCENE_OF_ONE.replace("rubric: [quality]", f"rubric: [quality], compare: {how}")


@pytest.mark.parametrize("how", ["pairwise", "listwise"])
def test_a_critic_that_compares_well_is_trusted_and_its_preference_counts(
    tmp_path: Path, how: str
) -> None:
    run = simulate(tmp_path, critic(oracle), scene=comparing(how))
    found = measured(run)
    assert found.canary is not None
    assert found.canary.value == 1.0
    assert found.trusted
    assert found.flips is not None
    assert found.flips.value < 0.5
    labels = [m.labels or {} for t in run.trees() for m in messages(t) if m.role == "assistant"]
    assert all("preference" in label for label in labels)
    assert rows(run, "dpo.jsonl")


@pytest.mark.parametrize("how", ["pairwise", "listwise"])
def test_a_critic_that_prefers_what_it_sees_first_is_found_out(tmp_path: Path, how: str) -> None:
    run = simulate(tmp_path, critic(first_shown), scene=comparing(how))
    found = measured(run)
    assert not found.trusted
    assert found.flips is not None
    assert found.first_position is not None
    assert (found.flips.value, found.first_position.value) == (1.0, 1.0)
    assert found.distributions["preference"] == {"0.50": found.judged}
    assert rows(run, "dpo.jsonl") == []
    reasons = {v.reason for r in run.records() for n in r.notes.values() for v in n.verdicts}
    assert any("the one shown first won in both orders" in reason for reason in reasons)


def test_ties_of_points_are_told_apart_by_comparison(tmp_path: Path) -> None:
    def compares(shown: Shown, text: str, seed: int) -> int:
        return oracle(shown, text, seed) if len(shown.texts) > 1 else 4

    (tmp_path / "points").mkdir()
    (tmp_path / "pairs").mkdir()
    scene = SCENE_OF_ONE.replace("rubric: [quality]", "rubric: [quality], trust: always")
    points = simulate(tmp_path / "points", critic(compares), scene=scene)
    pairs = simulate(tmp_path / "pairs", critic(compares), scene=comparing("pairwise"))
    assert rows(points, "dpo.jsonl") == []
    assert rows(pairs, "dpo.jsonl")


def test_critics_that_disagree_make_no_pair_and_each_is_tested(tmp_path: Path) -> None:
    other = "scripted/other"

    def reverse(shown: Shown, text: str, seed: int) -> int:
        points = oracle(shown, text, seed)
        return points if points == 1 else 8 - points

    contrary = critic(reverse)
    contrary.name = other
    scene = write_scene(tmp_path, comparing("pairwise"))
    options = RunOptions(
        model=SPEAKER, role_models={"critic": (CRITIC, other)}, out=tmp_path / "run"
    )
    clients = {
        SPEAKER: ScriptedClient(speaker, name=SPEAKER),
        CRITIC: critic(oracle),
        other: contrary,
    }
    run = asyncio.run(simulate_run(scene, options, clients=clients))
    quality = read_quality(run.directory)
    assert quality is not None
    assert [(one.model, one.trusted) for one in quality.critics] == [(CRITIC, True), (other, True)]
    assert rows(run, "dpo.jsonl") == []
    assert {
        label.count
        for t in run.trees()
        for m in messages(t)
        if m.role == "assistant"
        for name, label in (m.labels or {}).items()
        if name == "quality"
    } == {2}
