import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from scenes import NO_CRITIC, write_scene

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import Run, RunOptions, simulate_run
from dialoom.build.budget import Budget, Cap
from dialoom.build.prices import Prices
from dialoom.build.progress import Progress, read_progress
from dialoom.build.watching import look
from dialoom.chat import ChatRequest, Completion, Usage
from dialoom.events import (
    CallFinished,
    Event,
    RunProgressed,
    RunStarted,
    TreeFinished,
    TreeStarted,
)
from dialoom.store import Totals

PLAIN = NO_CRITIC.replace("near_identical]", "reasoning_leak]")
BEGUN = RunStarted("id", "nowhere", trees=10, finished=2, messages=4, judgements=0)
CALL = CallFinished("m", "assistant", 1, 10, 5, 0, 0.1, replayed=False)


def answer(request: ChatRequest, seed: int) -> Completion:
    thought = "</think> " if seed % 3 == 0 and request.purpose == "assistant" else ""
    return Completion(f"{thought}This is reply {seed}.", usage=Usage(100, 10))


def run(
    tmp_path: Path, *, name: str = "scripted/test", out: str = "run", **options: Any
) -> tuple[Run, list[Event]]:
    heard: list[Event] = []
    scene = write_scene(tmp_path, PLAIN)
    given = RunOptions(model=name, out=tmp_path / out, concurrency=1, **options)
    clients = {name: ScriptedClient(answer, name=name)}
    work = simulate_run(scene, given, listeners=[heard.append], clients=clients)
    return asyncio.run(work), heard


def told(heard: list[Event]) -> list[RunProgressed]:
    return [event for event in heard if isinstance(event, RunProgressed)]


def progress(*events: Event | float) -> RunProgressed:
    """Return what is told after these events, numbers being seconds that pass."""
    heard: list[Event] = []
    now = 0.0
    cap = Cap(Budget(), Prices())

    async def work() -> None:
        nonlocal now
        counting = Progress(
            BEGUN, Totals(), cap=cap, standings=dict, tell=heard.append, clock=lambda: now
        )
        with counting.told():
            for event in events:
                if isinstance(event, float):
                    now += event
                else:
                    counting(event)

    asyncio.run(work())
    return told(heard)[-1]


def test_what_is_told_last_agrees_with_the_summary(tmp_path: Path) -> None:
    done, heard = run(tmp_path)
    last, summary = told(heard)[-1], done.summary
    assert (last.phase, last.share) == ("writing", 1.0)
    assert (last.finished, last.messages) == (summary.trees, summary.messages)
    assert sum(last.dropped.values()) == sum(summary.rejected.values()) > 0
    assert last.endpoints[0].calls == sum(row.calls for row in summary.calls)


def test_what_was_dropped_is_told_by_the_label_that_says_why(tmp_path: Path) -> None:
    done, heard = run(tmp_path)
    assert dict(told(heard)[-1].dropped) == done.summary.rejected


def test_a_price_that_is_not_known_is_named_and_one_that_is_adds_up(tmp_path: Path) -> None:
    _, heard = run(tmp_path, name="openai/unheard-of")
    assert told(heard)[-1].unpriced == ("openai/unheard-of",)
    table = tmp_path / "prices.yaml"
    table.write_text("models: {openai/unheard-of: {in: 1, out: 2}}", encoding="utf-8")
    done, heard = run(tmp_path, name="openai/unheard-of", prices=table, out="priced")
    last = told(heard)[-1]
    assert last.unpriced == ()
    assert last.usd == pytest.approx(done.summary.usd)
    assert last.usd > 0


def test_a_run_that_is_taken_up_counts_what_was_there(tmp_path: Path) -> None:
    run(tmp_path, budget=Budget(tokens=1500))
    done, heard = run(tmp_path)
    assert told(heard)[0].messages > 0
    assert told(heard)[-1].messages == done.summary.messages


def test_the_watchers_file_is_there_while_a_run_goes_on_and_gone_at_its_end(
    tmp_path: Path,
) -> None:
    seen: list[RunProgressed | None] = []
    scene = write_scene(tmp_path, PLAIN)

    def listen(event: Event) -> None:
        if isinstance(event, TreeFinished):
            seen.append(look(tmp_path / "run").progress)

    options = RunOptions(model="scripted/test", out=tmp_path / "run")
    clients = {"scripted/test": ScriptedClient(answer, name="scripted/test")}
    asyncio.run(simulate_run(scene, options, listeners=[listen], clients=clients))
    assert seen[0] is not None
    assert (seen[0].trees, seen[0].finished) == (4, 0)
    assert sorted(file.name for file in (tmp_path / "run").glob("*live*")) == []


def test_the_watchers_file_of_another_version_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / "live.json").write_text(json.dumps({"run_id": 3}), encoding="utf-8")
    assert read_progress(tmp_path) is None


def test_replies_of_trees_that_are_growing_count_for_the_share() -> None:
    assert progress().share == 0.2
    assert progress(TreeStarted(0), CALL, CALL).share == 0.25
    many = progress(TreeStarted(0), *[CALL] * 40)
    assert many.share == (2 + 0.95) / 10


def test_once_a_tree_has_ended_others_count_by_the_time_it_took() -> None:
    ended = TreeFinished(0, 5, {}, 0, ())
    events: list[Event | float]
    events = [TreeStarted(0), 8.0, ended, TreeStarted(1), *[CALL] * 40, 2.0]
    assert progress(*events).share == 0.325
    assert progress(*events, 20.0).share == (2 + 1 + 0.95) / 10


def test_nothing_is_guessed_before_anything_is_done() -> None:
    assert progress().seconds_left is None
    assert progress(TreeStarted(0), CALL, CALL, 3.0).seconds_left == pytest.approx(45)
