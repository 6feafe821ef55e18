import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from environment import clean_environment
from scenes import NO_CRITIC, write_scene
from servers import FakeServer, ollama_server, openai_server, serving

from dialoom.agents.clients.base import ClientOptions
from dialoom.build import Run, RunOptions, simulate_run
from dialoom.build.budget import Budget
from dialoom.build.endpoints import endpoints_of
from dialoom.errors import RunConflict
from dialoom.store import read_manifest

__all__ = ["clean_environment"]

MODEL = "openai/m"


@pytest.fixture
def old() -> Iterator[FakeServer]:
    with serving(openai_server(text=lambda body, choice: f"OLD {body['messages']}")) as server:
        yield server


@pytest.fixture
def new() -> Iterator[FakeServer]:
    with serving(openai_server(text=lambda body, choice: f"NEW {body['messages']}")) as server:
        yield server


def simulate(*urls: str, **options: Any) -> Run:
    """Run a scene at the given addresses, or at the environment's."""
    client = ClientOptions(base_url=next(iter(urls), None), other_urls=urls[1:])
    asked = RunOptions(**{"model": MODEL, "out": Path("run"), "client": client, **options})
    return asyncio.run(simulate_run(write_scene(Path(), NO_CRITIC), asked))


def stopped(*urls: str, **options: Any) -> Run:
    """Return a run that has one call."""
    return simulate(*urls, budget=Budget(tokens=1), **options)


def test_an_address_that_changed_in_the_environment_is_refused(
    old: FakeServer, new: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{old.origin}/v1")
    stopped()
    monkeypatch.setenv("OPENAI_BASE_URL", f"{new.origin}/v1")
    changed = f"endpoints.openai/m: {old.origin}/v1 in the run, {new.origin}/v1 now"
    with pytest.raises(RunConflict, match=changed):
        simulate()
    assert new.chats == []


@pytest.mark.parametrize("begin", [stopped, simulate])
def test_the_address_counts_and_not_who_says_it(
    old: FakeServer, monkeypatch: pytest.MonkeyPatch, begin: Callable[[], Run]
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{old.origin}/v1")
    begin()
    monkeypatch.delenv("OPENAI_BASE_URL")
    assert simulate(f"{old.origin}/v1/").summary.state == "finished"


def test_a_run_whose_server_moved_goes_on_with_both_addresses(
    old: FakeServer, new: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{old.origin}/v1")
    stopped()
    old.close()
    both = (f"{old.origin}/v1", f"{new.origin}/v1")
    with pytest.raises(RunConflict, match=f"moved there, .* --base-url {both[0]} .* {both[1]}$"):
        simulate(both[1])
    run = simulate(*both)
    assert run.summary.state == "finished"
    assert "NEW" in (run.directory / "trees.jsonl").read_text("utf-8")


def test_another_change_is_not_told_how_to_go_on(old: FakeServer, new: FakeServer) -> None:
    stopped(f"{old.origin}/v1")
    with pytest.raises(RunConflict, match="seed: 0 in the run, 7 now") as caught:
        simulate(f"{new.origin}/v1", seed=7)
    assert "have moved" not in str(caught.value)


def test_a_run_from_before_addresses_were_kept_goes_on_and_has_them_then(
    old: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{old.origin}/v1")
    file = stopped().directory / "manifest.json"
    manifest = json.loads(file.read_text("utf-8"))
    del manifest["endpoints"], manifest["settings"]
    file.write_text(json.dumps(manifest), encoding="utf-8")
    assert simulate().summary.state == "finished"
    assert read_manifest(Path("run")).endpoints == {MODEL: f"{old.origin}/v1"}


def test_a_finished_run_and_a_replay_reach_no_server_and_need_no_address(
    old: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{old.origin}/v1")
    simulate()
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert simulate().summary.state == "finished"
    assert simulate(replay=True).summary.state == "finished"
    assert read_manifest(Path("run")).endpoints == {MODEL: f"{old.origin}/v1"}


def test_a_host_of_ollama_is_refused_like_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(ollama_server()) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.origin)
        stopped(model="ollama/llama3.2")
        monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
        with pytest.raises(RunConflict, match=r"in the run, http://127\.0\.0\.1:9 now"):
            simulate(model="ollama/llama3.2")


def test_an_endpoint_is_written_without_user_and_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://ada:secret@mine.openai.azure.com")
    monkeypatch.setenv("OLLAMA_HOST", "https://ada:secret@host/?key=secret")
    names = ["openai/m", "ollama/llama3.2", "scripted/demo"]
    assert endpoints_of(names, RunOptions()) == {
        "ollama/llama3.2": "https://host/",
        "openai/m": "https://mine.openai.azure.com/openai/v1",
    }
