"""A critic is put to the test on every run, and what it is not worth counts for nothing."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from critics import CRITIC, SPEAKER, Bias, Shown, critic, first_shown, number, oracle, speaker
from rich.console import Console
from scenes import SCENE, write_scene

from dialoom.agents.clients.scripted import TRAITS, ScriptedClient
from dialoom.build import Run, RunOptions, simulate_run
from dialoom.build.budget import Budget
from dialoom.chat import Completion, Logprob
from dialoom.cli.summary import run_report
from dialoom.events import Event, Notice
from dialoom.messages import messages
from dialoom.quality import FILE_NAME, CriticQuality, read_quality

SCENE_OF_ONE = SCENE.replace("rubric: [quality, toxicity]", "rubric: [quality]")


@pytest.fixture(autouse=True)
def fixed_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795370859")


def simulate(
    folder: Path,
    judge: ScriptedClient,
    *,
    scene: str = SCENE_OF_ONE,
    heard: Callable[[Event], None] = lambda event: None,
    **options: Any,
) -> Run:
    wanted = RunOptions(
        model=SPEAKER, role_models={"critic": (CRITIC,)}, **{"out": folder / "run", **options}
    )
    clients = {SPEAKER: ScriptedClient(speaker, name=SPEAKER), CRITIC: judge}
    file = write_scene(folder, scene)
    return asyncio.run(simulate_run(file, wanted, clients=clients, listeners=[heard]))


def measured(run: Run) -> CriticQuality:
    quality = read_quality(run.directory)
    assert quality is not None
    (found,) = quality.critics
    return found


def rows(run: Run, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run.directory / name).read_text("utf-8").splitlines()]


def longest(shown: Shown, text: str, seed: int) -> int:
    return min(5, 1 + len(text) // 45)


def always_5(shown: Shown, text: str, seed: int) -> int:
    return 5


def by_chance(shown: Shown, text: str, seed: int) -> int:
    return 1 + number(text) % 5


def test_a_critic_that_knows_what_was_said_tells_every_canary_apart(tmp_path: Path) -> None:
    run = simulate(tmp_path, critic(oracle))
    found = measured(run)
    assert found.canary is not None
    assert (found.canary.value, found.canary.count) == (1.0, 24)
    assert set(found.canaries) == {
        *("shuffled", "negated", "wrong_language", "persona_break", "truncated", "off_topic")
    }
    assert found.trusted
    assert {row["meta"]["basis_chosen"] for row in rows(run, "dpo.jsonl")} == {"heuristics+critic"}


@pytest.mark.parametrize("bias", [longest, always_5, by_chance])
def test_a_biased_critic_is_found_out_and_makes_no_pair(tmp_path: Path, bias: Bias) -> None:
    heard: list[Event] = []
    run = simulate(tmp_path, critic(bias), heard=heard.append)
    found = measured(run)
    assert not found.trusted
    assert rows(run, "dpo.jsonl") == []
    assert {notes.basis for record in run.records() for notes in record.notes.values()} == {
        "heuristics"
    }
    (notice,) = (event.message for event in heard if isinstance(event, Notice))
    assert notice.startswith(f"the critic {CRITIC} is not trusted: ")
    assert notice in run.summary.notices
    quality = read_quality(run.directory)
    assert quality is not None
    assert found.why in quality.warnings[0]


def test_a_critic_that_follows_length_has_a_slope_and_one_that_does_not_has_none(
    tmp_path: Path,
) -> None:
    (tmp_path / "long").mkdir()
    (tmp_path / "fair").mkdir()
    follows = measured(simulate(tmp_path / "long", critic(longest))).length_slope
    fair = measured(simulate(tmp_path / "fair", critic(by_chance))).length_slope
    assert follows is not None
    assert fair is not None
    assert follows.low > 0.1
    assert fair.low < 0 < fair.high


def test_a_critic_that_gives_always_5_ties_and_says_so(tmp_path: Path) -> None:
    found = measured(simulate(tmp_path, critic(always_5)))
    assert found.ties is not None
    assert found.ties.value == 1
    assert found.distributions == {"quality": {"1.00": found.judged}}
    assert found.canary is not None
    assert found.canary.value == 0.5


def test_a_critic_that_judges_by_its_seed_does_not_agree_with_itself(tmp_path: Path) -> None:
    (tmp_path / "moody").mkdir()
    (tmp_path / "steady").mkdir()
    moody = measured(simulate(tmp_path / "moody", critic(lambda shown, text, seed: 1 + seed % 5)))
    steady = measured(simulate(tmp_path / "steady", critic(oracle)))
    assert moody.repeats is not None
    assert moody.repeats.value < 0.8
    assert steady.repeats is not None
    assert (steady.repeats.value, steady.repeats.count) == (1.0, 6)


def test_what_the_heuristics_tell_apart_makes_pairs_and_each_says_so(tmp_path: Path) -> None:
    scene = SCENE_OF_ONE.replace("{length: {min: 2}}", "{length: {max: 34}}")
    run = simulate(tmp_path, critic(always_5), scene=scene)
    pairs = rows(run, "dpo.jsonl")
    assert pairs
    for pair in pairs:
        assert pair["meta"]["basis_chosen"] == "heuristics"
        assert "the critic's verdicts do not count" in pair["meta"]["why"]


def test_the_users_word_goes_before_the_canaries_and_is_held_against_them(tmp_path: Path) -> None:
    heard: list[Event] = []
    scene = SCENE_OF_ONE.replace("rubric: [quality]", "rubric: [quality], trust: always")
    run = simulate(tmp_path, critic(by_chance), scene=scene, heard=heard.append)
    assert measured(run).trusted
    assert rows(run, "dpo.jsonl")
    (notice,) = (event.message for event in heard if isinstance(event, Notice))
    assert notice.startswith(f"the critic {CRITIC} counts all the same: trust is set to always; ")
    assert notice.endswith("Its canaries speak against it")


def test_a_critic_that_was_expected_to_fail_is_trusted_when_it_does_not(tmp_path: Path) -> None:
    judge = critic(oracle)
    judge.traits = replace(TRAITS, judges=False)
    run = simulate(tmp_path, judge)
    assert measured(run).trusted
    assert rows(run, "dpo.jsonl")
    bases = {n.basis for r in run.records() for n in r.notes.values() if n.model}
    assert "heuristics+critic" in bases


def test_without_canaries_trust_goes_by_what_is_known_of_the_model(tmp_path: Path) -> None:
    scene = SCENE_OF_ONE.replace("rubric: [quality]", "rubric: [quality], canaries: 0")
    judge = critic(by_chance)
    run = simulate(tmp_path, judge, scene=scene)
    found = measured(run)
    assert (found.trusted, found.canary) == (True, None)
    assert len(judge.requests) == found.judged


def test_a_canary_costs_one_judgement(tmp_path: Path) -> None:
    judge = critic(oracle)
    run = simulate(tmp_path, judge)
    found = measured(run)
    assert found.repeats is not None
    most = found.judged + 24 + found.repeats.count  # equal copies after equal words count once
    assert most - 3 <= len(judge.requests) <= most


def test_too_few_canaries_leave_a_critic_untrusted(tmp_path: Path) -> None:
    scene = SCENE_OF_ONE.replace("rubric: [quality]", "rubric: [quality], canaries: 4")
    found = measured(simulate(tmp_path, critic(oracle), scene=scene))
    assert not found.trusted
    assert "4 canaries are too few to tell" in found.why


def test_a_floor_that_is_lower_lets_more_critics_count(tmp_path: Path) -> None:
    scene = SCENE_OF_ONE.replace("rubric: [quality]", "rubric: [quality], floor: 0")
    assert measured(simulate(tmp_path, critic(by_chance), scene=scene)).trusted


@pytest.mark.parametrize("bias", [oracle, by_chance])
def test_all_files_agree_and_a_resumed_run_writes_the_same_bytes(
    tmp_path: Path, bias: Bias
) -> None:
    class Dies(Exception):
        pass

    (tmp_path / "whole").mkdir()
    (tmp_path / "cut").mkdir()
    whole = simulate(tmp_path / "whole", critic(bias))
    names = ("trees.jsonl", "sft.jsonl", "dpo.jsonl", FILE_NAME)
    expected = {name: (whole.directory / name).read_bytes() for name in names}
    for stop in (5, 20, 40):
        calls = iter(range(stop))

        def dying(shown: Shown, text: str, seed: int, left: Iterator[int] = calls) -> int:
            if next(left, None) is None:
                raise Dies
            return bias(shown, text, seed)

        with pytest.raises(Dies):
            simulate(tmp_path / "cut", critic(dying))
        resumed = simulate(tmp_path / "cut", critic(bias))
        assert {name: (resumed.directory / name).read_bytes() for name in names} == expected
        again = simulate(tmp_path / "cut", ScriptedClient([], name=CRITIC))
        assert {name: (again.directory / name).read_bytes() for name in names} == expected
        for file in sorted((tmp_path / "cut" / "run").iterdir()):
            file.unlink()


def test_a_replay_needs_no_model(tmp_path: Path) -> None:
    first = simulate(tmp_path, critic(oracle))
    expected = (first.directory / FILE_NAME).read_bytes()
    silent = ScriptedClient([], name=CRITIC)
    replayed = simulate(tmp_path, silent, out=tmp_path / "two", cache=first.directory, replay=True)
    assert (replayed.directory / FILE_NAME).read_bytes() == expected
    assert silent.requests == []


def test_the_critic_sees_neither_model_nor_heuristics(tmp_path: Path) -> None:
    judge = critic(oracle)
    scene = SCENE_OF_ONE.replace("{length: {min: 2}}", "{length: {max: 34}}")
    run = simulate(tmp_path, judge, scene=scene)
    assert run.summary.faults == {"length": 9} or run.summary.faults
    for request in judge.requests:
        prompt = "\n".join(message["content"] for message in request.messages)
        assert SPEAKER not in prompt
        assert "heuristic" not in prompt
        assert "34 words" not in prompt


def test_a_small_model_is_spared_the_canaries_that_could_not_change_anything(
    tmp_path: Path,
) -> None:
    from_odds = Completion("5", "length", logprobs=(Logprob("5", 0.0, (("5", 0.0),)),))
    small = replace(TRAITS, compact=True, logprobs=True, judges=False)
    judge = ScriptedClient(lambda request, seed: from_odds, name=CRITIC, traits=small)
    found = measured(simulate(tmp_path, judge))
    assert found.canary is not None
    assert (found.canary.value, found.canary.count) == (0.5, 6)
    assert "the other 18 could not mend that" in found.why
    assert not found.trusted


def test_the_summary_says_whether_the_critic_is_trusted_and_why(tmp_path: Path) -> None:
    run = simulate(tmp_path, critic(oracle))
    console = Console(width=200, file=StringIO())
    console.print(run_report(run, width=200))
    assert isinstance(console.file, StringIO)
    printed = console.file.getvalue()
    said = "24 of 24 canaries told apart (100%, 95 % interval 86% to 100%)"
    assert f"{CRITIC}: trusted: {said}" in " ".join(printed.split())


# ---- comparing -------------------------------------------------------------------------


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
