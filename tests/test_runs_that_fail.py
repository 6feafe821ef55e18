"""Runs in which something fails: what is kept, and what is said."""

import asyncio
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from critics import CRITIC
from environment import fixed_date
from scenes import NO_CRITIC, TRUSTING, write_scene
from simulated import MODEL, answer, files_of, reply_only, simulate

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import Run, RunOptions, simulate_run
from dialoom.chat import ChatRequest
from dialoom.errors import (
    UNUSABLE,
    AuthenticationFailed,
    ExportError,
    InputError,
    ModelError,
    OutOfCredit,
    RequestRefused,
)
from dialoom.events import Event, RunStarted

__all__ = ["fixed_date"]

Reply = Callable[[ChatRequest, int], str | Exception]


@pytest.mark.parametrize("kind", [AuthenticationFailed, OutOfCredit])
def test_a_wrong_key_or_an_empty_account_stops_the_run_at_once_and_says_so(
    tmp_path: Path, kind: type[ModelError]
) -> None:
    client = ScriptedClient(lambda request, seed: kind("no credit", model=MODEL), name=MODEL)
    with pytest.raises(kind, match="no credit"):
        simulate(write_scene(tmp_path, NO_CRITIC), client, concurrency=1)
    assert len(client.requests) == 1


@pytest.mark.parametrize("kind", UNUSABLE)
def test_a_critic_that_cannot_be_used_stops_the_run_and_judges_all_when_it_can(
    tmp_path: Path, kind: type[ModelError]
) -> None:
    judged = itertools.count()

    def refused(request: ChatRequest, seed: int) -> str | Exception:
        return answer(request, seed) if next(judged) < 3 else kind("not now", model=CRITIC)

    scene = write_scene(tmp_path, TRUSTING)
    with pytest.raises(kind, match="not now"):
        with_critic(scene, refused)

    mended = with_critic(scene, answer)
    assert mended.summary.evaluator_failures == {}
    assert files_of(mended) == files_of(with_critic(scene, answer, out=tmp_path / "whole"))


def with_critic(scene: Path, judge: Reply, out: Path | None = None) -> Run:
    roles = {"critic": (CRITIC,)}
    options = RunOptions(model=MODEL, role_models=roles, out=out or scene.parent / "run")
    replies: dict[str, Reply] = {MODEL: reply_only, CRITIC: judge}
    clients = {name: ScriptedClient(reply, name=name) for name, reply in replies.items()}
    return asyncio.run(simulate_run(scene, options, clients=clients))


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
