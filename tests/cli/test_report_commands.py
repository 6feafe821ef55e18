import json
import subprocess
import sys
from pathlib import Path

import pytest
from environment import clean_environment
from pages import demo_run
from records import bot, record, user
from typer.core import TyperGroup as Group
from typer.main import get_command
from typer.testing import CliRunner, Result

from dialoom.cli.main import dialoom
from dialoom.messages import tree_line

__all__ = ["clean_environment"]


def run(*words: str) -> Result:
    return CliRunner().invoke(dialoom, list(words))


def test_a_report_goes_into_its_run_and_its_name_to_stdout() -> None:
    demo_run(Path("run"), trees=1)
    done = run("report", "run")
    assert (done.exit_code, done.stdout) == (0, "run/report.html\n")
    assert "! The replies are scripted" in done.stderr
    assert Path("run/report.html").read_text("utf-8").startswith("<!DOCTYPE html>")


def test_a_report_of_a_file_goes_beside_it_or_where_it_is_told() -> None:
    demo_run(Path("run"), trees=1)
    assert run("report", "run/trees.jsonl").stdout == "run/trees.html\n"
    assert run("report", "run/trees.jsonl", "--out", "page.html").stdout == "page.html\n"
    assert Path("page.html").exists()


def test_a_source_that_is_not_there_ends_with_two() -> None:
    done = run("report", "nowhere")
    assert done.exit_code == 2
    assert "error: nowhere: no such run directory or trees file" in done.stderr


def test_a_comparison_is_printed_as_a_table() -> None:
    demo_run(Path("a"), trees=2)
    demo_run(Path("b"), seed=1, trees=2)
    lines = run("compare", "a", "b").stdout.splitlines()
    assert lines[0] == "seed: 0 in the first, 1 in the second"
    assert lines[1].split() == ["first", "second", "difference"]
    assert next(line for line in lines if line.startswith("kept")).split()[1:3] == ["100.0", "%"]


def test_a_comparison_is_printed_as_json() -> None:
    demo_run(Path("a"), trees=2)
    found = json.loads(run("compare", "a", "a", "--json").stdout)
    assert found["settings"] == []
    kept = next(change for change in found["changes"] if change["name"] == "kept")
    assert kept["unit"] == "share"
    assert kept["first"]["value"] == 1.0
    assert kept["clear"] is False


def completed(shell: str, line: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what the shell is offered for the last word of a line."""
    monkeypatch.setenv("_DIALOOM_COMPLETE", f"complete_{shell}")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from dialoom.cli.main import dialoom; dialoom(prog_name='dialoom')",
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_completes_commands(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    offered = completed(shell, "dialoom re", monkeypatch)
    assert "report" in offered
    assert "repl" in offered


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("dialoom run supp", "support"),
        ("dialoom plan supp", "support"),
        ("dialoom repl frus", "frustrated_customer"),
        ("dialoom repl x --in supp", "support"),
        ("dialoom export run --as ka", ""),
        ("dialoom export run --as sha", "sharegpt"),
    ],
)
def test_the_shell_completes_names(line: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert completed("bash", line, monkeypatch).split()[:1] == ([name] if name else [])


def test_every_command_has_an_example_in_its_help() -> None:
    group = get_command(dialoom)
    assert isinstance(group, Group)
    for name, command in group.commands.items():
        subs = command.commands if isinstance(command, Group) else {}
        for words in ([name], *([name, sub] for sub in subs)):
            assert "Example" in run(*words, "--help").stdout, words
    assert "Example" in run("--help").stdout


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from dialoom.cli.main import dialoom\n"
        "try: dialoom(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'pygal', 'jinja2', 'pydantic', 'yaml', 'openai'} & sys.modules.keys()\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "compare" in done.stdout


def test_warnings_obey_no_terminal() -> None:
    replies = [bot("same", by="\x1b[31mred", message_id=str(number)) for number in range(20)]
    tree = record(user("q", *replies)).tree
    Path("trees.jsonl").write_text(tree_line(tree) + "\n", encoding="utf-8")
    said = run("report", "trees.jsonl").stderr
    assert r"\x1b[31mred repeats itself" in said
    assert "\x1b" not in said
