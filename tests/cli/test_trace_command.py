"""`dialoom trace`."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from traced import rows, run
from typer.testing import CliRunner

from dialoom.cli import main

__all__ = ["run"]


def invoked(*words: object) -> Any:
    return CliRunner().invoke(main.dialoom, ["trace", *map(str, words)])


def test_the_command_prints_run_cast_thread_siblings_calls_and_prompt(run: Path) -> None:
    row = rows(run / "dpo.jsonl")[0]

    said = invoked(row["id"], "--in", run)

    assert said.exit_code == 0
    heads = [line.split()[0] for line in said.stdout.splitlines() if line and line[0] != " "]
    assert heads[:4] == ["row", "run", "tree", "cast"]
    for part in ("  chosen\n", "  rejected\n", "scenario ", "seed 0", "word for word", "$0"):
        assert part in said.stdout
    assert row["meta"]["why"] in said.stdout


def test_the_command_looks_into_every_run_when_none_is_named(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(run, tmp_path / "runs" / "mine")
    monkeypatch.chdir(tmp_path)

    said = invoked(rows(run / "dpo.jsonl")[0]["id"], "--json")

    document = json.loads(said.stdout)
    assert document["tree"]["source"] == str(Path("runs") / "mine")
    assert {message["mark"] for message in document["messages"]} == {"chosen", "rejected"}
    assert document["messages"][0]["siblings"]
    assert document["messages"][0]["verdicts"]
    assert document["messages"][0]["call"]["seeds"]


def test_the_command_lists_dependents(run: Path) -> None:
    row = rows(run / "dpo.jsonl")[0]

    said = invoked("--depends", "persona=ada", "--in", run)
    as_json = invoked("--depends", "persona=ada", "--in", run, "--json")

    assert said.stdout.splitlines()[0] == f"{row['id']}  {run / 'dpo.jsonl'}:1"
    assert "rows depend on persona=ada" in said.stderr
    assert json.loads(as_json.stdout.splitlines()[0])["id"] == row["id"]


@pytest.mark.parametrize("words", [["feed"], ["--depends", "persona=ada"]])
def test_where_no_run_is_the_command_says_so(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    said = invoked(*words)

    assert (said.exit_code, said.stderr) == (
        2,
        "error: no run is in ./runs; name one with --in\n",
    )


@pytest.mark.parametrize("words", [[], ["feed", "--depends", "persona=ada"]])
def test_the_command_wants_one_of_id_and_depends(words: list[str]) -> None:
    said = invoked(*words)

    assert said.exit_code == 2
    assert said.stderr == "error: give either the ID of a row or a message, or --depends\n"


def test_hostile_text_is_shown_and_not_obeyed(run: Path, tmp_path: Path) -> None:
    tree = json.loads((run / "trees.jsonl").read_text(encoding="utf-8").splitlines()[0])
    tree["prompt"]["text"] = "\x1b[31m[bold]red[/bold]"
    file = tmp_path / "trees.jsonl"
    file.write_text(json.dumps(tree), encoding="utf-8")

    said = invoked(tree["prompt"]["message_id"], "--in", file)

    assert "\\x1b[31m[bold]red[/bold]" in said.stdout
