"""A critic is put to the test on every run, and what it is not worth counts for nothing."""

from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from critics import CRITIC, SPEAKER, Bias, Shown, critic, oracle
from environment import fixed_date
from rich.console import Console
from tested_critics import SCENE_OF_ONE, always_5, by_chance, longest, measured, rows, simulate

from dialoom.agents.clients.scripted import TRAITS, ScriptedClient
from dialoom.chat import Completion, Logprob
from dialoom.cli.summary import run_report
from dialoom.events import CriticTested, Event, Notice, RunProgressed
from dialoom.quality import FILE_NAME, read_quality

__all__ = ["fixed_date"]


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


def test_how_far_the_test_is_is_told(tmp_path: Path) -> None:
    heard: list[Event] = []
    simulate(tmp_path, critic(oracle), heard=heard.append)
    tests = [event for event in heard if isinstance(event, CriticTested)]
    assert [(test.model, test.done) for test in tests] == [
        (CRITIC, done + 1) for done in range(tests[0].wanted)
    ]
    assert tests[0].wanted >= 24
    told = [event.tested for event in heard if isinstance(event, RunProgressed)]
    assert told[0] is None
    assert told[-1] == tests[-1]


def test_the_summary_says_whether_the_critic_is_trusted_and_why(tmp_path: Path) -> None:
    run = simulate(tmp_path, critic(oracle))
    console = Console(width=200, file=StringIO())
    console.print(run_report(run, width=200))
    assert isinstance(console.file, StringIO)
    printed = console.file.getvalue()
    said = "24 of 24 canaries told apart (100%, 95 % interval 86% to 100%)"
    lines = " ".join(printed.split())
    assert f"{CRITIC}: trusted: {said}" in lines
    assert measured(run).measured in lines
    assert measured(run).measured.startswith("scores siblings alike in ")
