import json
from pathlib import Path

import pytest
from environment import clean_environment
from typer.testing import CliRunner, Result

from dialoom.cli.main import dialoom
from dialoom.personas.library import persona_names
from dialoom.scenarios.library import scenario_names

__all__ = ["clean_environment"]


def run(*words: str) -> Result:
    return CliRunner().invoke(dialoom, list(words))


@pytest.mark.parametrize("kind", ["personas", "scenarios"])
def test_each_shipped_file_has_a_line_with_its_description(kind: str) -> None:
    names = persona_names if kind == "personas" else scenario_names
    lines = run("list", kind).stdout.splitlines()
    assert [line.split()[0] for line in lines] == names()
    assert all(len(line.split()) > 3 for line in lines)
    assert "(no description)" not in run("list", kind).stdout


def test_files_of_the_working_directory_are_listed_too() -> None:
    Path("personas").mkdir()
    text = "name: kim\ndisplay_name: Kim\ndescription: >-\n  One\n  two.\n"
    Path("personas/kim.yaml").write_text(text, encoding="utf-8")
    rows = {row["name"]: row for row in json.loads(run("list", "personas", "--json").stdout)}
    assert rows["kim"] == {"name": "kim", "description": "One two.", "file": "personas/kim.yaml"}


def test_a_file_that_cannot_be_read_is_listed_with_the_reason() -> None:
    Path("scenarios").mkdir()
    Path("scenarios/broken.yaml").write_text("name: [", encoding="utf-8")
    done = run("list", "scenarios")
    assert done.exit_code == 0
    assert "(can't be read: " in next(
        line for line in done.stdout.splitlines() if line.startswith("broken")
    )


def test_descriptions_obey_no_terminal() -> None:
    Path("personas").mkdir()
    text = 'name: kim\ndisplay_name: Kim\ndescription: "\\e[31mred"\n'
    Path("personas/kim.yaml").write_text(text, encoding="utf-8")
    assert "\x1b" not in run("list", "personas").stdout
    assert r"\x1b[31mred" in run("list", "personas").stdout
