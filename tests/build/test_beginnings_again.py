"""Runs of `simulate --from` that go on, are planned, or are other runs."""

import json
from itertools import count
from pathlib import Path

import pytest
from environment import clean_environment, fixed_date
from records import record, user
from regrown import MODEL, SCENARIO, TALK, answer, by_id, grown, run_program

from dialoom.build import Run
from dialoom.chat import ChatRequest
from dialoom.errors import ModelUnavailable, RunConflict
from dialoom.imports.oasst import read_records

__all__ = ["clean_environment", "fixed_date"]


def test_a_sample_takes_the_first_trees(tmp_path: Path) -> None:
    trees = [record(user(f"u{n}"), name=f"u{n}") for n in range(3)]

    assert [t.message_tree_id for t in grown(*trees, sample=2)[0].trees()] == ["u0", "u1"]
    assert len(list(grown(*trees, sample=9, out="all")[0].trees())) == 3
    sampled = SCENARIO + "sample: 1\n"
    assert len(list(grown(*trees, scenario=sampled, out="one")[0].trees())) == 1


def test_a_run_that_was_stopped_goes_on_and_comes_out_the_same(tmp_path: Path) -> None:
    trees = [record(user(f"u{n}"), name=f"u{n}") for n in range(4)]
    whole, asked = grown(*trees, out="whole", concurrency=1)
    calls = count()

    def failing(request: ChatRequest, seed: int) -> str:
        if next(calls) > 5:
            raise ModelUnavailable("gone", model=MODEL)
        return answer(request, seed)

    with pytest.raises(ModelUnavailable):
        grown(script=failing, out="run", concurrency=1)
    kept = len(list(read_records(Path("run/trees.jsonl"))))
    assert 0 < kept < 4

    run, again = grown(out="run", concurrency=1)

    assert len(again) == len(asked) - kept
    assert Path("run/trees.jsonl").read_bytes() == Path("whole/trees.jsonl").read_bytes()
    assert run.summary.state == whole.summary.state == "finished"


def test_another_file_or_place_is_another_run(tmp_path: Path) -> None:
    grown(TALK)
    with pytest.raises(RunConflict, match=r"Changed: source.at: last_user in the run, turn=1 now"):
        grown(at="turn=1")
    with pytest.raises(RunConflict, match=r"Changed: source.sha256: "):
        grown(record(user("other"), name="other"))
    manifest = json.loads(Path("run/manifest.json").read_text("utf-8"))
    assert manifest["source_file"] == "real.jsonl"


def test_ids_of_new_messages_depend_on_what_they_were_grown_on(tmp_path: Path) -> None:
    def new(run: Run) -> set[str]:
        return {name for name, message in by_id(run).items() if message.model_name == MODEL}

    one, two = grown(TALK, out="one")[0], grown(TALK, out="two")[0]
    other = grown(record(user("u1"), name="u1"), out="other")[0]
    assert new(one) == new(two)
    assert not new(one) & new(other)


def test_a_run_goes_on_by_its_directory_alone(tmp_path: Path) -> None:
    grown(TALK, model="scripted/demo", at="turn=1", keep_replies=True)
    before = Path("run/trees.jsonl").read_bytes()

    done = run_program("run", "--out", "run", "--retry-failed")

    assert (done.exit_code, done.stdout) == (0, "run\n")
    assert Path("run/trees.jsonl").read_bytes() == before


def test_a_plan_counts_the_replies(tmp_path: Path) -> None:
    run, _ = grown(TALK, model="scripted/demo")
    options = ["--from", "real.jsonl", "--model", "scripted/demo", "--json"]

    plan = json.loads(run_program("plan", "again.yaml", *options).stdout)

    assert plan["calls"]["expected"] == sum(row.calls for row in run.summary.calls) == 2
    assert plan["trees"] == 1
