"""Runs that were interrupted, changed or damaged, taken up again or refused."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from environment import fixed_date
from scenes import NO_CRITIC, write_scene
from simulated import MODEL, Dies, files_of, reply_only, simulate

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.chat import ChatRequest
from dialoom.errors import (
    RunConflict,
)
from dialoom.store import RunStore
from dialoom.store.database import lock

__all__ = ["fixed_date"]


def test_a_finished_run_is_read_again_and_no_model_is_asked(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, NO_CRITIC)
    before = files_of(simulate(scene))
    silent = ScriptedClient([], name=MODEL)
    assert files_of(simulate(scene, silent)) == before
    assert silent.requests == []


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


@pytest.mark.parametrize(
    "left", [("run.lock",), ("run.lock", "run.lock-journal", ".manifest.json.partial")]
)
def test_a_run_begins_where_another_process_died_before_its_manifest(
    tmp_path: Path, left: tuple[str, ...]
) -> None:
    out = tmp_path / "run"
    out.mkdir()
    for name in left:
        (out / name).touch()
    run = simulate(write_scene(tmp_path, NO_CRITIC), out=out)
    assert run.summary.state == "finished"
    assert not {"run.lock-journal", ".manifest.json.partial"} & {
        file.name for file in out.iterdir()
    }


def test_a_run_does_not_begin_where_another_process_is_about_to(tmp_path: Path) -> None:
    out = tmp_path / "run"
    out.mkdir()
    holder = lock(out / "run.lock")
    with pytest.raises(RunConflict, match="another dialoom process"):
        simulate(write_scene(tmp_path, NO_CRITIC), out=out)
    holder.close()
    assert [file.name for file in out.iterdir()] == ["run.lock"]


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


def test_a_fresh_run_is_not_begun_over_another(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, NO_CRITIC)
    before = files_of(simulate(scene))
    with pytest.raises(RunConflict, match="name another --out, or remove this directory"):
        simulate(scene, fresh=True)
    assert files_of(simulate(scene)) == before


def test_a_fresh_run_begins_in_a_directory_that_is_new(tmp_path: Path) -> None:
    run = simulate(write_scene(tmp_path, NO_CRITIC), fresh=True)
    assert run.summary.state == "finished"


@pytest.mark.parametrize("lost", [Path.unlink, partial(Path.write_bytes, data=b"")])
def test_trees_of_a_run_that_lost_its_database_are_not_written_over(
    tmp_path: Path, lost: Callable[[Path], object]
) -> None:
    scene = write_scene(tmp_path, NO_CRITIC)
    run = simulate(scene)
    before = files_of(run)
    lost(run.directory / "run.db")
    silent = ScriptedClient([], name=MODEL)
    with pytest.raises(RunConflict, match="put it back, or name another --out"):
        simulate(scene, silent)
    assert files_of(run) == before
    assert silent.requests == []
