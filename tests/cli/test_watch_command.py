"""A run watched by a second process: while it goes on, at its end, and when it dies."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from environment import clean_environment
from pages import demo_run
from scenes import NO_CRITIC, write_scene
from servers import openai_server, serving
from typer.testing import CliRunner

from dialoom.cli.main import dialoom

__all__ = ["clean_environment"]

DIALOOM = [sys.executable, "-c", "from dialoom.cli.main import dialoom; dialoom()"]
SECONDS = 90.0


class Held:
    """A server that gives so many replies at once, and the others when it is let go."""

    def __init__(self, free: int) -> None:
        self.free, self.go = free, threading.Event()
        self.given = 0

    def __call__(self, body: Any, choice: int) -> str:
        self.given += 1
        if self.given > self.free:
            self.go.wait(SECONDS)
        return f"This is reply {self.given}."


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[[Held], "subprocess.Popen[str]"]]:
    """Return a function that starts a run in `run` on a held server."""
    ended: list[Callable[[], object]] = []

    def start(held: Held) -> "subprocess.Popen[str]":
        context = serving(openai_server(text=held))
        server = context.__enter__()
        scene = write_scene(tmp_path, NO_CRITIC)
        words = ["--model", "openai/m", "--base-url", f"{server.origin}/v1", "--out", "run"]
        words += ["--concurrency", "1", "--quiet"]
        process = begin("run", str(scene), *words)
        ended.extend([process.kill, held.go.set, process.communicate])
        ended.append(lambda: context.__exit__(None, None, None))
        return process

    yield start
    for end in ended:
        end()


def begin(*words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*DIALOOM, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def wait_for_run() -> None:
    deadline = threading.Event()
    for _ in range(int(SECONDS * 50)):
        if Path("run/live.json").exists():
            return
        deadline.wait(0.02)
    raise AssertionError("the run has told nothing")


def test_a_run_is_watched_from_before_its_first_tree_to_its_end(
    started: Callable[[Held], "subprocess.Popen[str]"],
) -> None:
    held = Held(free=4)
    run = started(held)
    wait_for_run()
    watch = begin("watch", "run")
    assert "0 of 4 trees" in first_line(watch)
    held.go.set()
    said, _ = watch.communicate(timeout=SECONDS)
    assert watch.returncode == 0
    assert run.wait(timeout=SECONDS) == 0
    assert "is finished" in said
    assert "4 of 4" in said
    assert "\x1b" not in said
    assert not Path("run/live.json").exists()


def test_a_run_whose_process_dies_is_said_to_be_dead(
    started: Callable[[Held], "subprocess.Popen[str]"],
) -> None:
    run = started(Held(free=8))
    wait_for_run()
    watch = begin("watch", "run")
    assert "of 4 trees" in first_line(watch)
    run.send_signal(signal.SIGKILL)
    said, _ = watch.communicate(timeout=SECONDS)
    assert watch.returncode == 1
    assert "its process ended without a word" in said
    assert "`simulate --out run` goes on from there." in said


def test_ctrl_c_ends_the_watching_and_not_the_run(
    started: Callable[[Held], "subprocess.Popen[str]"],
) -> None:
    held = Held(free=4)
    run = started(held)
    wait_for_run()
    watch = begin("watch", "run")
    first_line(watch)
    watch.send_signal(signal.SIGINT)
    watch.communicate(timeout=SECONDS)
    assert watch.returncode == 130
    assert run.poll() is None
    held.go.set()
    assert run.wait(timeout=SECONDS) == 0


def test_a_finished_run_shows_its_summary_at_once() -> None:
    demo_run(Path("run"), trees=2)
    done = CliRunner().invoke(dialoom, ["watch", "run"])
    assert done.exit_code == 0
    assert "is finished" in done.stdout
    assert "2 of 2" in done.stdout


def test_without_a_directory_the_latest_run_is_watched() -> None:
    demo_run(Path("runs/support-20200101-000000-aaaa"), trees=1)
    demo_run(Path("runs/support-20200102-000000-bbbb"), trees=2)
    assert "2 of 2" in CliRunner().invoke(dialoom, ["watch"]).stdout


@pytest.mark.parametrize("words", [["watch"], ["watch", "nowhere"]])
def test_where_no_run_is_one_sentence_says_so(words: list[str]) -> None:
    done = CliRunner().invoke(dialoom, words)
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1
    assert "no run is here" in done.stderr
