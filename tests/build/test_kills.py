import hashlib
import json
import random
import sqlite3
import time
from collections.abc import Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest
from killing import started
from scenes import SCENE, write_scene
from servers import FakeServer, openai_server, serving

KILLS = 50
FILES = ("trees.jsonl", "sft.jsonl", "dpo.jsonl", "failures.jsonl")
SCENARIO = SCENE.replace("critic: {rubric: [quality, toxicity]}", "critic: null").replace(
    "sample: 4", "sample: 6"
)


def reply(body: Any, choice: int) -> str:
    asked = json.dumps([body["messages"], body.get("seed"), choice])
    return f"Reply {hashlib.sha256(asked.encode()).hexdigest()[:12]} is what I say to that."


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serving(openai_server(text=reply)) as running:
        yield running


def asked(server: FakeServer) -> int:
    """Return how many calls came for the run itself; a probe has no system prompt."""
    return sum(body["messages"][0]["role"] == "system" for body in server.chats)


def kept(out: Path) -> int:
    if not (out / "run.db").exists():
        return 0
    database = sqlite3.connect(out / "run.db")
    try:
        return int(database.execute("SELECT count(*) FROM calls").fetchone()[0])
    except sqlite3.OperationalError:  # killed before the tables were made
        return 0
    finally:
        database.close()


def contents(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in FILES}


def kill_in_mid_run(process: ForkServerProcess, server: FakeServer, moment: float) -> None:
    """Kill a process shortly after so many requests of it have come."""
    heard = len(server.received)
    while len(server.received) - heard < moment and process.is_alive():
        time.sleep(0.0005)
    time.sleep(moment % 0.01)
    process.kill()
    process.join(60)


@pytest.mark.slow
def test_killed_at_fifty_random_moments_runs_end_with_the_same_bytes(
    tmp_path: Path, server: FakeServer
) -> None:
    scene, origin, whole = write_scene(tmp_path, SCENARIO), f"{server.origin}/v1", tmp_path / "all"
    started(scene, whole, origin).join(120)
    calls, requests, expected = asked(server), len(server.received), contents(whole)
    moments, found = random.Random(0), set()
    for number in range(KILLS):
        out = tmp_path / str(number)
        kill_in_mid_run(started(scene, out, origin), server, moments.uniform(0, requests))
        done, before = kept(out), asked(server)
        again = started(scene, out, origin)
        again.join(120)
        assert again.exitcode == 0
        assert contents(out) == expected
        assert asked(server) - before == calls - done
        found.add(done)
    assert len(found) > 10, "most were killed at one moment"
