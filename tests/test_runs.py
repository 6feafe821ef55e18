import asyncio
import json
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from environment import fixed_date
from scenes import SCENE, write_scene

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import Run, RunOptions, simulate_run
from dialoom.chat import ChatRequest
from dialoom.errors import (
    AuthenticationFailed,
    ExportError,
    InputError,
    RequestRefused,
    RunConflict,
    ServerFault,
)
from dialoom.events import Event, Notice, RunStarted, TreeFinished
from dialoom.messages import messages, read_trees
from dialoom.store import RunStore, read_manifest

__all__ = ["fixed_date"]

MODEL = "scripted/test"


def answer(request: ChatRequest, seed: int) -> str:
    if request.purpose == "critic":
        value = 1 + seed % 5
        items = request.json_schema["properties"] if request.json_schema else {}
        return json.dumps({name: {"reason": "so", "answer": value} for name in items})
    return f"This is what the {request.purpose} says, number {seed}."


def reply_only(request: ChatRequest, seed: int) -> str:
    return f"This is what the {request.purpose} says, number {seed}."


NO_CRITIC = SCENE.replace("critic: {rubric: [quality, toxicity]}", "critic: null")


def simulate(
    scene: Path,
    client: ScriptedClient | None = None,
    *,
    listeners: tuple[Callable[[Event], None], ...] = (),
    **options: Any,
) -> Run:
    options.setdefault("out", scene.parent / "run")
    used = client or ScriptedClient(reply_only, name=MODEL)
    return asyncio.run(
        simulate_run(
            scene, RunOptions(model=MODEL, **options), clients={MODEL: used}, listeners=listeners
        )
    )


def files_of(run: Run) -> dict[str, bytes]:
    names = ("trees.jsonl", "sft.jsonl", "dpo.jsonl", "failures.jsonl")
    return {name: (run.directory / name).read_bytes() for name in names}


def test_a_run_leaves_the_files_that_the_guide_names(tmp_path: Path) -> None:
    run = simulate(write_scene(tmp_path, NO_CRITIC))
    names = {file.name for file in run.directory.iterdir()}
    assert names >= {
        "manifest.json",
        "run.db",
        "trees.jsonl",
        "sft.jsonl",
        "dpo.jsonl",
        "failures.jsonl",
        "log.txt",
    }


def test_every_node_of_the_trees_has_all_twenty_keys(tmp_path: Path) -> None:
    run = simulate(write_scene(tmp_path, NO_CRITIC))
    pending = [
        json.loads(line)["prompt"]
        for line in (run.directory / "trees.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert len(pending) == 4
    while pending:
        node = pending.pop()
        assert len(node) == 20
        pending.extend(node["replies"])


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, NO_CRITIC)
    one = simulate(scene, out=tmp_path / "one", concurrency=1)
    two = simulate(scene, out=tmp_path / "two", concurrency=4)
    assert files_of(one) == files_of(two)


def test_another_seed_gives_other_trees(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, NO_CRITIC)
    one, two = (simulate(scene, out=tmp_path / str(seed), seed=seed) for seed in (1, 2))
    assert files_of(one)["trees.jsonl"] != files_of(two)["trees.jsonl"]


def test_a_finished_run_is_read_again_and_no_model_is_asked(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, NO_CRITIC)
    before = files_of(simulate(scene))
    silent = ScriptedClient([], name=MODEL)
    assert files_of(simulate(scene, silent)) == before
    assert silent.requests == []


class Dies(Exception):
    """Stands for a process that ends in the middle of things."""


@pytest.mark.parametrize("calls", [1, 5, 9, 13, 17])
def test_an_interrupted_run_goes_on_and_pays_no_call_twice(tmp_path: Path, calls: int) -> None:
    scene = write_scene(tmp_path, NO_CRITIC)
    whole = ScriptedClient(reply_only, name=MODEL)
    expected = files_of(simulate(scene, whole, out=tmp_path / "whole"))
    asked: list[str] = []

    def dies(request: ChatRequest, seed: int) -> str | Exception:
        if len(asked) >= calls and request.key("") not in asked:
            return Dies()
        asked.append(request.key(""))
        return reply_only(request, seed)

    with pytest.raises(Dies):
        simulate(scene, ScriptedClient(dies, name=MODEL))
    resumed = ScriptedClient(reply_only, name=MODEL)
    assert files_of(simulate(scene, resumed)) == expected
    journalled = sqlite3.connect(tmp_path / "run" / "run.db").execute("SELECT count(*) FROM calls")
    assert journalled.fetchone()[0] == len(whole.requests)
    repeated = {request.key("") for request in resumed.requests} & set(asked[:-1])
    assert not repeated


def test_a_changed_scenario_is_refused_with_the_difference(tmp_path: Path) -> None:
    simulate(write_scene(tmp_path, NO_CRITIC))
    changed = write_scene(tmp_path, NO_CRITIC.replace("late.", "very late."))
    with pytest.raises(RunConflict, match="scenario_sha256"):
        simulate(changed)


def test_a_changed_sample_is_refused_by_its_numbers(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, NO_CRITIC)
    simulate(scene)
    with pytest.raises(RunConflict, match="trees: 4 in the run, 2 now"):
        simulate(scene, sample=2)


def test_a_directory_with_other_files_is_not_written_to(tmp_path: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(RunConflict, match="holds other files"):
        simulate(write_scene(tmp_path, NO_CRITIC), out=out)
    assert [file.name for file in out.iterdir()] == ["thesis.txt"]


def test_a_second_process_on_one_run_is_refused(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, NO_CRITIC)
    run = simulate(scene)
    with RunStore.resume(run.directory), pytest.raises(RunConflict, match="another dialoom"):
        simulate(scene)


def test_a_run_of_a_newer_version_is_named_and_left_untouched(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, NO_CRITIC)
    file = simulate(scene).directory / "run.db"
    with sqlite3.connect(file) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    before = file.read_bytes()
    with pytest.raises(RunConflict, match="newer dialoom"):
        simulate(scene)
    assert file.read_bytes() == before


def test_a_damaged_database_is_named(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, NO_CRITIC)
    directory = simulate(scene).directory
    (directory / "run.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(RunConflict, match=r"run\.db: damaged"):
        simulate(scene)
    assert (directory / "run.db").read_bytes() == b"not a database at all" * 100


def test_a_database_damaged_in_its_middle_is_named_too(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, NO_CRITIC)
    file = simulate(scene).directory / "run.db"
    whole = file.read_bytes()
    said = set()
    for page in range(1, len(whole) // 4096):
        file.write_bytes(whole[: page * 4096] + b"\xff" * 4096 + whole[(page + 1) * 4096 :])
        with suppress(RunConflict):
            simulate(scene)
            said.add("nothing")  # the page is one that nobody read
            continue
        said.add("damaged")
    assert "damaged" in said


def test_without_out_the_unfinished_run_of_the_same_scenario_is_taken_up(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, NO_CRITIC)
    asked: list[int] = []

    def dies(request: ChatRequest, seed: int) -> str | Exception:
        asked.append(seed)
        return Dies() if len(asked) > 8 else reply_only(request, seed)

    with pytest.raises(Dies):
        simulate(scene, ScriptedClient(dies, name=MODEL), out=None, runs=tmp_path / "runs")
    again = simulate(scene, out=None, runs=tmp_path / "runs")
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [again.directory.name]
    anew = simulate(scene, out=None, runs=tmp_path / "runs")
    assert anew.directory != again.directory


def test_a_wrong_key_stops_the_run_at_once_and_says_so(tmp_path: Path) -> None:
    client = ScriptedClient(
        lambda request, seed: AuthenticationFailed("the key was refused", model=MODEL), name=MODEL
    )
    with pytest.raises(AuthenticationFailed, match="refused"):
        simulate(write_scene(tmp_path, NO_CRITIC), client, concurrency=1)
    assert len(client.requests) == 1


def test_a_tree_that_fails_is_a_record_and_the_others_go_on(tmp_path: Path) -> None:
    def fails_for_one(request: ChatRequest, seed: int) -> str | Exception:
        if "Tree 2" in request.messages[0]["content"]:
            return RequestRefused("refused", model=MODEL)
        return reply_only(request, seed)

    text = NO_CRITIC.replace("variables: {", "variables: {place: [Tree 1, Tree 2], ")
    text = text.replace("for order", "in {{ place }} for order").replace(
        "sample: 4", "sample: {mode: every, count: 2}"
    )
    text = text.replace('{pattern: "[A-Z]{2}[0-9]{6}"}', "[A1]")
    client = ScriptedClient(fails_for_one, name=MODEL)
    run = simulate(write_scene(tmp_path, text), client)
    assert (run.summary.trees, run.summary.failed_trees, run.summary.state) == (1, 1, "partial")
    (line,) = (run.directory / "failures.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["error"] == "RequestRefused"


def test_failed_trees_are_grown_when_the_command_is_given_again(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, NO_CRITIC)
    down = ScriptedClient(lambda r, s: RequestRefused("refused", model=MODEL), name=MODEL)
    assert simulate(scene, down).summary.failed_trees == 4
    mended = simulate(scene)
    assert (mended.summary.trees, mended.summary.failed_trees) == (4, 0)
    assert mended.summary.state == "finished"
    assert (mended.directory / "failures.jsonl").read_bytes() == b""


def test_a_lost_branch_is_grown_again_when_asked_for(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, NO_CRITIC)

    def late_fault(request: ChatRequest, seed: int) -> str | Exception:
        late = len(request.messages) >= 4 and request.purpose == "assistant"
        return RequestRefused("refused", model=MODEL) if late else reply_only(request, seed)

    broken = simulate(scene, ScriptedClient(late_fault, name=MODEL))
    assert broken.summary.lost_branches == {"RequestRefused": 4}
    mended = simulate(scene, retry_failed=True)
    assert mended.summary.lost_branches == {}
    assert mended.summary.terminations == {"max_turns": 4}


def test_what_a_critic_says_is_kept_with_its_reasons(tmp_path: Path) -> None:
    run = simulate(write_scene(tmp_path), ScriptedClient(answer, name=MODEL))
    record = next(run.records())
    assert record.tree.prompt is not None
    judged = [
        verdict
        for notes in record.notes.values()
        for verdict in notes.verdicts
        if verdict.kind == "critic"
    ]
    assert {verdict.name for verdict in judged} == {"quality", "toxicity"}
    assert all(verdict.reason for verdict in judged)


def test_records_come_back_from_the_database_as_they_were_exported(tmp_path: Path) -> None:
    run = simulate(write_scene(tmp_path), ScriptedClient(answer, name=MODEL))
    kept = [tree.model_dump_json() for tree in run.trees()]
    exported = [tree.model_dump_json() for tree in read_trees(run.directory / "trees.jsonl")]
    assert kept == exported


def test_every_message_leads_to_the_call_that_made_it(tmp_path: Path) -> None:
    run = simulate(write_scene(tmp_path, NO_CRITIC))
    with RunStore.read(run.directory) as store:
        record = store.trees.record(0)
        for message in messages(record.tree):
            call = store.journal.request(record.notes[message.message_id].call_key or "")
            assert call is not None
            assert call["model"] == MODEL
            assert call["messages"][0]["role"] == "system"


def test_the_manifest_says_what_made_the_run(tmp_path: Path) -> None:
    run = simulate(write_scene(tmp_path, NO_CRITIC), seed=7)
    manifest = read_manifest(run.directory)
    assert (manifest.seed, manifest.trees, manifest.state) == (7, 4, "finished")
    assert manifest.models["assistant"] == (MODEL,)
    assert set(manifest.evaluators) == {"empty", "length", "near_identical"}
    assert manifest.created == "2026-11-22T18:07:39+00:00"


def test_listeners_hear_of_each_tree(tmp_path: Path) -> None:
    heard: list[Event] = []
    simulate(write_scene(tmp_path, NO_CRITIC), listeners=(heard.append,))
    assert sum(isinstance(event, TreeFinished) for event in heard) == 4
    assert isinstance(heard[0], RunStarted | Notice)


def test_a_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="not a directory"):
        simulate(write_scene(tmp_path, NO_CRITIC), out=blocker / "run")


def test_an_export_option_that_is_wrong_is_found_before_anything_is_asked(tmp_path: Path) -> None:
    client = ScriptedClient(reply_only, name=MODEL)
    text = NO_CRITIC + "export: {dpo: {policcy: all}}\n"
    with pytest.raises(InputError, match="did you mean 'policy'"):
        simulate(write_scene(tmp_path, text), client)
    assert client.requests == []


def test_a_target_that_cannot_be_written_keeps_what_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = write_scene(tmp_path, NO_CRITIC)
    blocked = tmp_path / "run" / "trees.jsonl"

    def block(event: Event) -> None:
        if isinstance(event, RunStarted):
            blocked.mkdir(exist_ok=True)

    with pytest.raises(ExportError, match="is a directory"):
        simulate(scene, listeners=(block,))
    blocked.rmdir()
    silent = ScriptedClient([], name=MODEL)
    assert simulate(scene, silent).summary.trees == 4


def test_what_calls_took_is_told_by_model_and_role(tmp_path: Path) -> None:
    failed: set[int] = set()

    def fails_once(request: ChatRequest, seed: int) -> str | Exception:
        if not failed:
            failed.add(seed)
            return ServerFault("down", model=MODEL)
        return reply_only(request, seed)

    run = simulate(write_scene(tmp_path, NO_CRITIC), ScriptedClient(fails_once, name=MODEL))
    summary = read_manifest(run.directory).summary
    assert summary["retries"] == {MODEL: {"ServerFault": 1}}
    assert [row["purpose"] for row in summary["calls"]] == ["assistant", "prompter"]
    for row in summary["calls"]:
        assert row["model"] == MODEL
        assert row["calls"] == 8
        assert 0 < row["p50"] <= row["p95"] <= row["p99"] <= row["seconds"]
        speed = row["completion_tokens"] / row["seconds"]
        assert row["tokens_a_second"] == pytest.approx(speed)
    again = simulate(tmp_path / "scene.yaml", ScriptedClient([], name=MODEL)).summary
    assert again.retries == summary["retries"], "figures are of the run, not of one process"
    assert again.run_seconds > summary["run_seconds"] > 0
