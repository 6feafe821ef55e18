import asyncio
import json
import sqlite3
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from environment import fixed_date
from scenes import NO_CRITIC, SCENE, write_scene
from servers import Answer, Received, openai_server, serving

from dialoom.agents.clients.base import ClientOptions
from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import Run, RunOptions, simulate_run
from dialoom.chat import ChatRequest
from dialoom.errors import InputError, MissingCall, RunConflict
from dialoom.store import RunStore

__all__ = ["fixed_date"]

MODEL = "scripted/test"
FILES = ("trees.jsonl", "sft.jsonl", "dpo.jsonl", "failures.jsonl")
ONE_BRANCH = SCENE + "branch: {assistant: {width: 1}}\n"


def answer(request: ChatRequest, seed: int) -> str:
    if request.purpose == "critic":
        items = request.json_schema["properties"] if request.json_schema else {}
        return json.dumps({name: {"reason": "so", "answer": 1 + seed % 5} for name in items})
    return f"This is what the {request.purpose} says, number {seed}."


def simulate(scene: Path, out: Path, **options: Any) -> tuple[Run, Counter[str]]:
    """Run a scene and return what it came to, and how many calls each purpose needed."""
    client = ScriptedClient(answer, name=MODEL)
    asked = RunOptions(model=MODEL, out=out, **options)
    run = asyncio.run(simulate_run(scene, asked, clients={MODEL: client}))
    return run, Counter(request.purpose for request in client.requests)


def files_of(run: Run) -> dict[str, bytes]:
    return {name: (run.directory / name).read_bytes() for name in FILES}


def test_runs_with_one_cache_pay_each_call_once(tmp_path: Path) -> None:
    scene, cache = write_scene(tmp_path), tmp_path / "cache"
    one, asked = simulate(scene, tmp_path / "one", cache=cache)
    two, asked_again = simulate(scene, tmp_path / "two", cache=cache)
    assert asked["assistant"] > 0
    assert not asked_again
    assert files_of(one) == files_of(two)
    assert sum(row.reused for row in two.summary.calls) == asked.total()


def test_a_run_that_took_its_calls_from_a_cache_tells_everything_by_itself(tmp_path: Path) -> None:
    scene, cache = write_scene(tmp_path), tmp_path / "cache"
    simulate(scene, tmp_path / "one", cache=cache)
    two, _ = simulate(scene, tmp_path / "two", cache=cache)
    with RunStore.read(two.directory) as store:
        for record in store.trees.records():
            for notes in record.notes.values():
                call = store.journal.request(notes.call_key or "")
                assert call is not None
                assert all(message["content"] for message in call["messages"])


def test_another_rubric_is_judged_anew_and_nothing_is_written_anew(tmp_path: Path) -> None:
    scene, cache = write_scene(tmp_path, ONE_BRANCH), tmp_path / "cache"
    simulate(scene, tmp_path / "one", cache=cache)
    scene = write_scene(tmp_path, ONE_BRANCH.replace("toxicity", "humor"))
    _, asked = simulate(scene, tmp_path / "two", cache=cache)
    assert set(asked) == {"critic"}


def test_another_run_serves_as_a_cache_and_is_not_changed(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, ONE_BRANCH)
    one, _ = simulate(scene, tmp_path / "one")
    before = (one.directory / "run.db").read_bytes()
    scene = write_scene(tmp_path, ONE_BRANCH.replace("toxicity", "humor"))
    _, asked = simulate(scene, tmp_path / "two", cache=tmp_path / "one")
    assert set(asked) == {"critic"}
    assert (one.directory / "run.db").read_bytes() == before


def test_another_persona_is_asked_anew_and_nobody_else(tmp_path: Path) -> None:
    scene, cache = write_scene(tmp_path, ONE_BRANCH), tmp_path / "cache"
    _, first = simulate(scene, tmp_path / "one", cache=cache)
    scene = write_scene(tmp_path, ONE_BRANCH.replace("A friendly support", "A gruff support"))
    _, asked = simulate(scene, tmp_path / "two", cache=cache)
    assert asked == {"assistant": first["assistant"]}  # who says the same to the others


def test_without_a_cache_nothing_is_looked_up_and_no_answer_is_kept(tmp_path: Path) -> None:
    scene = write_scene(tmp_path)
    kept, asked = simulate(scene, tmp_path / "kept")
    run, asked_too = simulate(scene, tmp_path / "run", cache="off")
    assert files_of(run) == files_of(kept)
    assert asked_too == asked
    database = sqlite3.connect(run.directory / "run.db")
    assert database.execute("SELECT DISTINCT answer FROM calls").fetchall() == [("[]",)]
    assert database.execute("SELECT count(*) FROM texts").fetchone() == (0,)
    assert sum(row.calls for row in run.summary.calls) == asked.total()


def test_a_replay_reaches_no_server_and_gives_the_same_bytes(tmp_path: Path) -> None:
    scene, cache = write_scene(tmp_path, NO_CRITIC), tmp_path / "cache"
    with serving(openai_server(text=lambda body, choice: f"Reply {body.get('seed')}.")) as server:
        client = ClientOptions(base_url=f"{server.origin}/v1")
        live = RunOptions(model="openai/m", out=tmp_path / "live", cache=cache, client=client)
        one = asyncio.run(simulate_run(scene, live))
        heard = len(server.received)
        again = RunOptions(
            model="openai/m", out=tmp_path / "two", cache=cache, client=client, replay=True
        )
        two = asyncio.run(simulate_run(scene, again))
        assert len(server.received) == heard
    assert files_of(one) == files_of(two)


def test_a_server_that_has_learnt_to_draw_siblings_is_asked_for_no_kept_call_again(
    tmp_path: Path,
) -> None:
    scene, cache = write_scene(tmp_path, NO_CRITIC), tmp_path / "cache"
    server = openai_server(text=lambda body, choice: f"Reply {body.get('seed')}, {choice}.")
    drawing = server.routes["/v1/chat/completions"]

    def alone(received: Received) -> Answer:
        return drawing(replace(received, body={**received.body, "n": 1}))

    runs = []
    with serving(server):
        client = ClientOptions(base_url=f"{server.origin}/v1")
        for name, route in (("one", alone), ("two", drawing)):
            server.routes["/v1/chat/completions"] = route
            heard = len(server.chats)
            options = RunOptions(model="openai/m", out=tmp_path / name, cache=cache, client=client)
            runs.append(asyncio.run(simulate_run(scene, options)))
        assert [body.get("n") for body in server.chats[heard:]] == [2]  # what is asked at the start
    assert files_of(runs[0]) == files_of(runs[1])


def test_a_replay_stops_at_the_first_missing_call_and_names_it(tmp_path: Path) -> None:
    scene, cache = write_scene(tmp_path, ONE_BRANCH), tmp_path / "cache"
    simulate(scene, tmp_path / "one", cache=cache)
    scene = write_scene(tmp_path, ONE_BRANCH.replace("toxicity", "humor"))
    with pytest.raises(MissingCall, match=rf"tree \d: --replay: .* {MODEL} \(critic\)"):
        simulate(scene, tmp_path / "two", cache=cache, replay=True, concurrency=1)


def test_an_interrupted_run_can_be_replayed_up_to_where_it_stopped(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, NO_CRITIC)
    run, _ = simulate(scene, tmp_path / "run")
    database = sqlite3.connect(run.directory / "run.db")
    with database:
        database.execute("DELETE FROM trees WHERE number = 3")
    database.close()
    before = files_of(run)
    (run.directory / "trees.jsonl").unlink()
    again, asked = simulate(scene, tmp_path / "run", replay=True)
    assert not asked
    assert files_of(again) == before


def test_a_model_of_the_same_name_elsewhere_is_another_model(tmp_path: Path) -> None:
    scene, cache = write_scene(tmp_path, NO_CRITIC), tmp_path / "cache"
    asked = []
    for name in ("one", "two"):
        with serving(openai_server()) as server:
            client = ClientOptions(base_url=f"{server.origin}/v1")
            options = RunOptions(model="openai/m", out=tmp_path / name, cache=cache, client=client)
            asyncio.run(simulate_run(scene, options))
            asked.append(len(server.chats))
    assert asked[0] == asked[1]


def test_replaying_without_a_journal_is_a_contradiction(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--cache off"):
        simulate(write_scene(tmp_path), tmp_path / "run", cache="off", replay=True)


def test_a_damaged_cache_is_named_and_left_untouched(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "calls.db").write_bytes(b"no database" * 100)
    with pytest.raises(RunConflict, match=r"calls\.db: damaged"):
        simulate(write_scene(tmp_path), tmp_path / "run", cache=cache)
    assert (cache / "calls.db").read_bytes() == b"no database" * 100
