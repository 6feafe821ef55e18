import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scenes import NO_CRITIC, SCENE, write_scene
from servers import Answer, FakeServer, openai_server, serving

FILES = ("trees.jsonl", "sft.jsonl", "dpo.jsonl", "failures.jsonl")


def reply(body: Any, choice: int) -> str:
    asked = json.dumps([body["messages"], body.get("seed"), choice])
    return f"Reply {hashlib.sha256(asked.encode()).hexdigest()[:12]} is what I say to that."


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serving(openai_server(text=reply)) as running:
        yield running


def command(scene: Path, server: FakeServer | None, out: Path, *more: str) -> list[str]:
    model = ["--model", "scripted/demo"]
    if server is not None:
        model = ["--model", "openai/m", "--base-url", f"{server.origin}/v1"]
    line = [sys.executable, "-m", "dialoom.cli", "run", str(scene), *model, "--out", str(out)]
    return [*line, *more]


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if "KEY" not in name}
    return {**kept, "SOURCE_DATE_EPOCH": "1795370859", "COLUMNS": "120"}


def finish(line: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(line, capture_output=True, text=True, env=environment(), timeout=120)


def journalled(out: Path) -> int:
    try:
        database = sqlite3.connect(f"file:{out / 'run.db'}?mode=ro", uri=True)
    except sqlite3.Error:
        return 0
    try:
        return int(database.execute("SELECT count(*) FROM calls").fetchone()[0])
    except sqlite3.Error:
        return 0
    finally:
        database.close()


def stop_after(calls: int, line: list[str], out: Path, stop: signal.Signals) -> int:
    """Start a command, send it a signal once so many calls are kept, and return its exit code."""
    process = subprocess.Popen(
        line, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while journalled(out) < calls and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(stop)
    return process.wait(timeout=60)


def contents(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in FILES}


@pytest.mark.parametrize("calls", [1, 4, 9])
def test_a_killed_run_goes_on_with_the_same_bytes_and_asks_no_kept_call_again(
    tmp_path: Path, server: FakeServer, calls: int
) -> None:
    scene = write_scene(tmp_path, NO_CRITIC.replace("sample: 4", "sample: 8"))
    assert finish(command(scene, server, tmp_path / "whole")).returncode == 0
    whole = len(server.chats)
    line = command(scene, server, tmp_path / "run", "--concurrency", "1")
    stop_after(calls, line, tmp_path / "run", signal.SIGKILL)
    kept = journalled(tmp_path / "run")
    before = len(server.chats)
    assert finish(line).returncode == 0
    assert contents(tmp_path / "run") == contents(tmp_path / "whole")
    probes = 1  # each start asks once for two short completions, to learn whether `n` works
    assert len(server.chats) - before == whole - kept
    assert kept >= calls - probes


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_saves_says_so_by_its_exit_code_and_goes_on(
    tmp_path: Path, server: FakeServer, stop: signal.Signals
) -> None:
    scene = write_scene(tmp_path, NO_CRITIC.replace("sample: 4", "sample: 60"))
    line = command(scene, server, tmp_path / "run", "--concurrency", "2")
    assert stop_after(20, line, tmp_path / "run", stop) == 130
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["state"] == "interrupted"
    trees = (tmp_path / "run" / "trees.jsonl").read_text(encoding="utf-8").splitlines()
    assert 0 < len(trees) == manifest["summary"]["trees"] < 60
    assert finish(line).returncode == 0


def test_the_directory_is_all_that_stands_on_stdout(tmp_path: Path) -> None:
    done = finish(command(write_scene(tmp_path), None, tmp_path / "run"))
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 'run'}\n")
    assert "messages" in done.stderr
    assert "\x1b" not in done.stderr


def test_a_reply_that_never_ends_is_kept_whole_and_printed_in_part(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, NO_CRITIC)
    with serving(openai_server(text=lambda body, choice: "word " * 20_000)) as running:
        done = finish(command(scene, running, tmp_path / "run", "--sample", "1"))
    assert "more characters" in done.stderr
    assert len(done.stderr) < 20_000
    assert "word " * 19_999 in (tmp_path / "run" / "trees.jsonl").read_text(encoding="utf-8")


def test_json_figures_are_whole_and_quiet_says_nothing(tmp_path: Path) -> None:
    done = finish(command(write_scene(tmp_path), None, tmp_path / "run", "--json", "--quiet"))
    figures = json.loads(done.stdout)
    assert done.stderr == ""
    assert (figures["trees"], figures["state"]) == (4, "finished")
    assert figures["exports"]["sft"]["rows"] > 0


def test_a_run_with_lost_trees_exits_with_one(tmp_path: Path, server: FakeServer) -> None:
    server.routes["/v1/chat/completions"] = lambda received: Answer(
        {"error": {"message": "content refused"}}, status=400
    )
    done = finish(command(write_scene(tmp_path, NO_CRITIC), server, tmp_path / "run"))
    assert done.returncode in (1, 3)
    assert "Traceback" not in done.stderr


def test_a_wrong_key_exits_with_three_and_one_sentence(tmp_path: Path) -> None:
    with serving(openai_server(key="right")) as server:
        done = finish(command(write_scene(tmp_path), server, tmp_path / "run"))
    assert done.returncode == 3
    (line,) = [text for text in done.stderr.splitlines() if text.startswith("error: ")]
    assert "401" in line or "key" in line
    assert "Traceback" not in done.stderr


def test_no_server_exits_with_three_and_names_the_url(tmp_path: Path) -> None:
    with serving(openai_server()) as server:
        origin = server.origin
    line = command(write_scene(tmp_path), None, tmp_path / "run")
    line[line.index("scripted/demo")] = "openai/m"
    done = finish([*line, "--base-url", f"{origin}/v1"])
    assert done.returncode == 3
    assert origin in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


def test_faults_of_a_scenario_come_all_at_once_with_lines(tmp_path: Path) -> None:
    text = NO_CRITIC.replace("goal:", "gaol:").replace("max: 4", "max: many")
    done = finish(command(write_scene(tmp_path, text), None, tmp_path / "run"))
    assert done.returncode == 2
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert "scene.yaml:5: cast[0].gaol: there is no key 'gaol'; did you mean 'goal'?" in lines[0]
    assert any("turns.max" in line for line in lines)
    assert not (tmp_path / "run").exists()


def test_an_unfinished_run_of_a_changed_scenario_is_refused_with_two(tmp_path: Path) -> None:
    finish(command(write_scene(tmp_path), None, tmp_path / "run"))
    scene = write_scene(tmp_path, SCENE.replace("parcel", "letter"))
    done = finish(command(scene, None, tmp_path / "run"))
    assert done.returncode == 2
    assert "holds another run" in done.stderr


def test_a_key_reaches_no_file_of_the_run(tmp_path: Path) -> None:
    secret = "sk-very-secret-0123456789"
    scene = write_scene(tmp_path, NO_CRITIC)
    with serving(openai_server(text=reply, key=secret)) as server:
        line = command(scene, server, tmp_path / "run", "--verbose")
        (tmp_path / ".env").write_text(f"OPENAI_API_KEY={secret}\n", encoding="utf-8")
        done = subprocess.run(
            line, capture_output=True, text=True, env=environment(), cwd=tmp_path, timeout=120
        )
    assert done.returncode == 0, done.stderr
    assert secret not in done.stdout + done.stderr
    for file in (tmp_path / "run").iterdir():
        assert secret.encode() not in file.read_bytes(), file.name


def limited(line: list[str], size: int) -> subprocess.CompletedProcess[str]:
    """Run a command that may make no file longer than `size` bytes, as on a full disk."""
    program = (
        "import os, resource, signal, sys; size = int(sys.argv[1]); "
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)); "
        "os.execv(sys.argv[2], sys.argv[2:])"
    )
    return finish([sys.executable, "-c", program, str(size), *line])


@pytest.mark.parametrize("size", [60_000, 120_000])
def test_a_full_disk_is_one_sentence_and_the_run_goes_on_once_there_is_room(
    tmp_path: Path, server: FakeServer, size: int
) -> None:
    scene = write_scene(tmp_path, NO_CRITIC.replace("sample: 4", "sample: 20"))
    assert finish(command(scene, server, tmp_path / "whole")).returncode == 0
    line = command(scene, server, tmp_path / "run")
    full = limited(line, size)
    assert full.returncode == 2
    (said,) = [text for text in full.stderr.splitlines() if text.startswith("error: ")]
    assert "run.db" in said
    assert "Traceback" not in full.stderr
    kept, before = journalled(tmp_path / "run"), len(server.chats)
    assert finish(line).returncode == 0
    assert contents(tmp_path / "run") == contents(tmp_path / "whole")
    assert len(server.chats) - before == journalled(tmp_path / "whole") - kept + 1  # the probe


def test_failed_trees_are_grown_again_by_the_run_s_directory_alone(
    tmp_path: Path, server: FakeServer
) -> None:
    scene, chat = write_scene(tmp_path, NO_CRITIC), server.routes["/v1/chat/completions"]
    refused = Answer({"error": {"message": "content refused"}}, status=400)
    server.routes["/v1/chat/completions"] = lambda received: (
        refused if len(received.body["messages"]) >= 4 else chat(received)
    )
    assert finish(command(scene, server, tmp_path / "run")).returncode == 1
    lines = (tmp_path / "run" / "failures.jsonl").read_text(encoding="utf-8").splitlines()
    failures = [json.loads(line) for line in lines]
    assert {failure["tree"] for failure in failures} == {0, 1, 2, 3}
    for failure in failures:
        assert failure["seeds"]
        assert (failure["model"], failure["error"]) == ("openai/m", "RequestRefused")
    server.routes["/v1/chat/completions"] = chat
    again = [sys.executable, "-m", "dialoom.cli", "run", "--retry-failed"]
    done = finish([*again, "--out", str(tmp_path / "run")])
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "failures.jsonl").read_bytes() == b""


def test_without_a_scenario_and_a_run_it_is_said_what_is_missing(tmp_path: Path) -> None:
    done = finish([sys.executable, "-m", "dialoom.cli", "run"])
    assert done.returncode == 2
    assert "name a scenario" in done.stderr
    done = finish([sys.executable, "-m", "dialoom.cli", "run", "--out", str(tmp_path / "none")])
    assert done.returncode == 2
    assert "no run is here" in done.stderr


def test_processes_share_a_cache_at_the_same_time(tmp_path: Path, server: FakeServer) -> None:
    scene, cache = write_scene(tmp_path, NO_CRITIC), tmp_path / "cache"
    lines = [
        command(scene, server, tmp_path / name, "--cache", str(cache)) for name in ("one", "two")
    ]
    both = [subprocess.Popen(line, env=environment(), stdout=subprocess.DEVNULL) for line in lines]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    again = command(scene, server, tmp_path / "three", "--cache", str(cache), "--replay")
    before = len(server.received)
    assert finish(again).returncode == 0
    assert len(server.received) == before
