import json
from pathlib import Path

import pytest
from environment import fixed_date
from scenes import NO_CRITIC, write_scene
from simulated import MODEL, answer, files_of, reply_only, simulate

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.chat import ChatRequest
from dialoom.errors import (
    ServerFault,
)
from dialoom.events import Event, Notice, RunStarted, TreeFinished
from dialoom.messages import messages, read_trees
from dialoom.store import RunStore, read_manifest

__all__ = ["fixed_date"]


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
