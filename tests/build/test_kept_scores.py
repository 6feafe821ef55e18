"""What a scorer gave is kept like any model's answer: nothing is asked for twice."""

import asyncio
import gc
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from io import StringIO
from pathlib import Path
from sqlite3 import connect
from typing import Any

import pytest
from environment import fixed_date
from rich.console import Console
from scenes import SCENE, write_scene
from servers import Answer, FakeServer, Received, serving

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import Run, RunOptions, simulate_run, tagging
from dialoom.build.stages import scorers_from
from dialoom.build.tagged import TagFiles
from dialoom.build.tagging import TagOptions, choices_of, tag_file
from dialoom.chat import ChatRequest
from dialoom.cli.summary import summary_table
from dialoom.errors import MissingCall, RunConflict
from dialoom.evaluators.base import Subject
from dialoom.evaluators.kept_scores import KeptScores
from dialoom.evaluators.scorers import Scorer, scored
from dialoom.messages import messages
from dialoom.store import RunStore, SharedCalls

__all__ = ["fixed_date"]

# httpx does not always close a connection when the request on it is called off
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

MODEL = "scripted/test"


class Stopped(Exception):
    """Stands for a process that ends."""


@pytest.fixture
def server() -> Iterator[FakeServer]:
    def value(received: Received) -> Answer:
        return Answer({"data": [{"score": len(received.body["text_2"]) / 100}]})

    with serving(FakeServer({"/score": value}, "/score")) as found:
        yield found
    gc.collect()


def scorer_at(server: FakeServer) -> str:
    return f"{{reward: {{url: {server.origin}/score, model: m, scale: none}}}}"


def scene(folder: Path, server: FakeServer) -> Path:
    text = SCENE.replace("critic: {rubric: [quality, toxicity]}", "critic: null")
    folder.mkdir(exist_ok=True)
    return write_scene(folder, f"{text}  scorers: [{scorer_at(server)}]\n")


def simulate(file: Path, *, stop_at: int = 10**9, **options: Any) -> Run:
    asked: list[int] = []

    def reply(request: ChatRequest, seed: int) -> str | Exception:
        asked.append(seed)
        if len(asked) > stop_at:
            return Stopped()
        return f"This is what the {request.purpose} says, number {seed}."

    wanted = RunOptions(model=MODEL, out=options.pop("out", file.parent / "run"), **options)
    client = ScriptedClient(reply, name=MODEL)
    return asyncio.run(simulate_run(file, wanted, clients={MODEL: client}))


def asked(server: FakeServer) -> list[str]:
    return [json.dumps(received.body) for received in server.received]


def rewards(run: Run) -> list[Any]:
    said = (message for tree in run.trees() for message in messages(tree))
    return [(one.labels or {})["reward"].value for one in said if one.role == "assistant"]


def kept_in(database: Path) -> int:
    with closing(connect(database)) as opened:
        (count,) = opened.execute("SELECT count(*) FROM calls WHERE purpose = 'scorer'").fetchone()
    return int(count)


@pytest.mark.parametrize("calls", [17, 19, 23])
def test_a_run_that_goes_on_asks_a_scorer_nothing_again(
    tmp_path: Path, server: FakeServer, calls: int
) -> None:
    whole = simulate(scene(tmp_path / "whole", server))
    expected = asked(server)
    server.received.clear()
    file = scene(tmp_path / "parts", server)
    with pytest.raises((Stopped, ExceptionGroup)):
        simulate(file, stop_at=calls)
    kept = kept_in(tmp_path / "parts" / "run" / "run.db")
    assert kept < len(expected)
    server.received.clear()
    run = simulate(file)
    # some that were called off reach the server only now, and are asked again
    assert kept + len(set(asked(server))) == len(expected)
    assert set(asked(server)) <= set(expected)
    assert rewards(run) == rewards(whole)


def test_calls_of_scorers_stand_in_the_summary(tmp_path: Path, server: FakeServer) -> None:
    run = simulate(scene(tmp_path, server))
    (row,) = [row for row in run.summary.calls if row.purpose == "scorer"]
    assert (row.model, row.calls, row.usd) == ("scorer/m/none", len(server.received), 0.0)
    assert row.p50 > 0
    console = Console(width=200, file=StringIO())
    console.print(summary_table(run.summary))
    assert isinstance(console.file, StringIO)
    lines = [" ".join(line.split()) for line in console.file.getvalue().splitlines()]
    (said,) = [line.partition(";")[0] for line in lines if line.startswith("scorer")]
    assert said == f"scorer scorer/m/none: {row.calls} calls"
    others = sum(one.calls for one in run.summary.calls) - row.calls
    (planned,) = [line for line in lines if line.startswith("planned")]
    assert f" {others} made" in planned


def test_a_kept_score_says_what_was_scored(tmp_path: Path, server: FakeServer) -> None:
    run = simulate(scene(tmp_path, server))
    with RunStore.read(run.directory) as store:
        rows = store.journal._database.execute("SELECT key FROM calls WHERE purpose = 'scorer'")
        found = [store.journal.request(key) for (key,) in rows]
    first = found[0]
    assert first is not None
    assert [message["role"] for message in first["messages"]][-2:] == ["user", "assistant"]
    assert first["messages"][-1]["content"].startswith("This is what the assistant says")


def test_runs_with_one_cache_share_scores(tmp_path: Path, server: FakeServer) -> None:
    file, cache = scene(tmp_path, server), tmp_path / "cache"
    one = simulate(file, out=tmp_path / "one", cache=cache)
    server.received.clear()
    two = simulate(file, out=tmp_path / "two", cache=cache)
    assert server.received == []
    assert rewards(one) == rewards(two)


def test_a_replay_has_its_scores_and_asks_nobody(tmp_path: Path, server: FakeServer) -> None:
    file = scene(tmp_path, server)
    one = simulate(file, out=tmp_path / "one")
    server.received.clear()
    two = simulate(file, out=tmp_path / "two", cache=tmp_path / "one", replay=True)
    assert server.received == []
    assert rewards(one) == rewards(two)


def test_a_score_that_a_replay_lacks_stops_it(tmp_path: Path, server: FakeServer) -> None:
    plain = SCENE.replace("critic: {rubric: [quality, toxicity]}", "critic: null")
    simulate(write_scene(tmp_path, plain), out=tmp_path / "one")
    file = scene(tmp_path / "scored", server)
    with pytest.raises(MissingCall, match="no kept score of reward \\(m/none\\)"):
        simulate(file, out=tmp_path / "two", cache=tmp_path / "one", replay=True)
    assert server.received == []


def test_without_a_cache_every_score_is_asked_for(tmp_path: Path, server: FakeServer) -> None:
    file = scene(tmp_path, server)
    simulate(file, out=tmp_path / "one", cache="off")
    once = len(server.received)
    simulate(file, out=tmp_path / "two", cache="off")
    assert len(server.received) == 2 * once


def test_tagging_again_asks_a_scorer_nothing(
    tmp_path: Path,
    server: FakeServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    run = simulate(scene(tmp_path, server))
    server.received.clear()
    files = TagFiles.beside(tmp_path / "tagged.jsonl")
    options = TagOptions(scorers=choices_of([scorer_at(server)], "--scorer"))

    def tag() -> bytes:
        work = tag_file(run.directory, files, options, listener=lambda event: None)
        asyncio.run(work)
        return files.trees.read_bytes()

    async def stopped(*args: object, **others: object) -> None:
        async for _ in args[0]:  # type: ignore[attr-defined]
            raise Stopped

    with monkeypatch.context() as broken:
        broken.setattr(tagging, "write_tagged", stopped)
        with pytest.raises(Stopped):
            tag()
    assert caplog.messages == []
    kept = kept_in(files.calls / "calls.db")
    assert kept > 0
    server.received.clear()
    first = tag()
    # some that were called off reach the server only now, and are asked again
    assert kept + len(set(asked(server))) == len(rewards(run))
    server.received.clear()
    assert tag() == first
    assert server.received == []


class Counting(Scorer):
    """Scores by length, and remembers what it was asked."""

    name, label, version = "counting", "counting", "1"

    def __init__(self, *, apart: bool, made_with: str = "") -> None:
        self.apart, self.made_with = apart, made_with
        self.seen: list[list[str]] = []

    async def score(self, subjects: Sequence[Subject]) -> Sequence[float]:
        self.seen.append([subject.text for subject in subjects])
        return [len(subject.text) / 10 for subject in subjects]


def group(*texts: str) -> list[Subject]:
    return [
        Subject(text, "bob", "assistant", siblings=texts, candidate=place)
        for place, text in enumerate(texts)
    ]


def asked_twice(folder: Path, one: Counting, other: Counting, *groups: list[Subject]) -> list[Any]:
    kept = SharedCalls(folder / "calls")
    scores = KeptScores(kept.journal)

    async def work() -> list[Any]:
        first, second = groups
        return [await scores.of(one, first), await scores.of(other, second)]

    try:
        return asyncio.run(work())
    finally:
        kept.close()


def test_a_scorer_of_single_candidates_is_asked_for_new_ones_only(tmp_path: Path) -> None:
    one = Counting(apart=True)
    found = asked_twice(tmp_path, one, one, group("a", "bb"), group("a", "bb", "ccc"))
    assert found == [[0.1, 0.2], [0.1, 0.2, 0.3]]
    assert one.seen == [["a", "bb"], ["ccc"]]


def test_the_same_words_are_scored_once(tmp_path: Path) -> None:
    one = Counting(apart=True)
    found = asked_twice(tmp_path, one, one, group("a", "a"), group("a"))
    assert (found, one.seen) == ([[0.1, 0.1], [0.1]], [["a"]])


def test_a_scorer_that_compares_is_asked_for_the_whole_turn(tmp_path: Path) -> None:
    one = Counting(apart=False)
    asked_twice(tmp_path, one, one, group("a", "bb"), group("a", "bb", "ccc"))
    assert one.seen == [["a", "bb"], ["a", "bb", "ccc"]]
    again = Counting(apart=False)
    assert asked_twice(tmp_path, again, again, group("a", "bb"), group("a", "bb")) == [
        [0.1, 0.2],
        [0.1, 0.2],
    ]
    assert again.seen == []


def test_a_scorer_made_otherwise_has_numbers_of_its_own(tmp_path: Path) -> None:
    one, other = Counting(apart=True), Counting(apart=True, made_with="other")
    asked_twice(tmp_path, one, other, group("a"), group("a"))
    assert (one.seen, other.seen) == ([["a"]], [["a"]])


def test_a_score_that_cannot_be_kept_stops_the_run(tmp_path: Path) -> None:
    class Full:
        def find(self, key: str) -> None:
            return None

        async def put(self, *call: object) -> None:
            raise RunConflict("the disk is full")

    subjects = group("a", "bb")
    for apart in (True, False):
        work = scored([Counting(apart=apart)], subjects, [], KeptScores(Full()))
        with pytest.raises(RunConflict, match="the disk is full"):
            asyncio.run(work)


def test_what_a_scorer_is_made_with_is_known(server: FakeServer) -> None:
    (scorer,) = scorers_from(choices_of([scorer_at(server)], "--scorer"))
    assert json.loads(scorer.made_with)[1]["model"] == "m"
