import json
from pathlib import Path
from typing import Any

import pytest
from environment import clean_environment
from typer.testing import CliRunner, Result

from dialoom.cli.main import dialoom

__all__ = ["clean_environment"]

QUESTIONS = "frage,antwort,note\nWie?,So.,5\nWo?,Da.,1\n"


def run(*words: str) -> Result:
    return CliRunner().invoke(dialoom, list(words))


@pytest.fixture
def questions() -> Path:
    file = Path("questions.csv")
    file.write_text(QUESTIONS, encoding="utf-8")
    return file


def test_an_import_says_what_it_took_the_columns_for(questions: Path) -> None:
    mapping = ["--map", "prompt=frage", "--map", "response=antwort", "--map", "score=note"]
    done = run("import", str(questions), *mapping, "--out", "trees.jsonl", "--lang", "de")

    assert (done.exit_code, done.stdout) == (0, "2 trees, 4 messages from 2 rows\ntrees.jsonl\n")
    assert done.stderr.splitlines() == [
        "read as columns, from CSV",
        "  prompt    from 'frage': the first message, or the turns before the reply",
        "  response  from 'antwort': the reply",
        "  score     from 'note': how good the reply is",
        "  scores lie between 1 and 5 (--scores says otherwise)",
    ]


def test_a_dry_run_shows_the_first_conversation_and_writes_nothing(questions: Path) -> None:
    done = run("import", str(questions), "--map", "prompt=frage", "--dry-run")

    assert done.exit_code == 0
    assert "  not used: 'antwort', 'note'" in done.stdout
    assert "    Wie?" in done.stdout
    assert [path.name for path in Path().iterdir()] == ["questions.csv"]


def test_rows_that_are_not_read_end_with_one(tmp_path: Path) -> None:
    Path("rows.jsonl").write_text('{"prompt": "Hi"}\n{"prompt": ""}\n{}\n', encoding="utf-8")
    done = run("import", "rows.jsonl", "--out", "trees.jsonl")

    assert done.exit_code == 1
    assert done.stderr.splitlines()[-4:] == [
        "not read, 2 rows:",
        "  a message of the prompter is empty (1)",
        "  prompt is missing (1)",
        "they are in trees.quarantine.jsonl",
    ]


def test_figures_come_as_json(questions: Path) -> None:
    done = run("import", str(questions), "--map", "prompt=frage", "--out", "t.jsonl", "--json")
    figures: dict[str, Any] = json.loads(done.stdout)

    assert figures["columns"] == {"prompt": "frage"}
    assert (figures["trees"], figures["quarantined"], figures["quarantine"]) == (2, {}, None)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "error: say where the trees go: --out TREES.jsonl (or --dry-run for a look)"),
        (["--out", "t", "--as", "alpca"],
         "error: questions.csv: no format is named 'alpca'; did you mean 'alpaca'?"),
        (["--out", "t", "--synthetic", "yes"],
         "error: --synthetic is none, assistant or all; not 'yes'"),
        (["--out", "t", "--scores", "5"],
         "error: --scores takes LOW:HIGH, like 1:10; not '5'"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_one_sentence(words: list[str], message: str, questions: Path) -> None:
    done = run("import", str(questions), *words)

    assert (done.exit_code, done.stderr) == (2, f"{message}\n")


def test_a_missing_file_may_be_a_data_set_of_the_hub() -> None:
    done = run("import", "owner/name", "--out", "t.jsonl")

    assert done.exit_code == 2
    said = "error: owner/name: no such file; a data set of the Hub is hf:owner/name\n"
    assert done.stderr == said


def test_an_imported_tree_is_shown_tagged_and_exported(questions: Path) -> None:
    options = ["--map", "prompt=frage", "--map", "response=antwort", "--out", "trees.jsonl"]
    assert run("import", str(questions), *options).exit_code == 0

    assert "Wie?" in run("show", "trees.jsonl").stdout
    tagged = run("tag", "trees.jsonl", "--heuristic", "empty", "--out", "tagged.jsonl")
    assert tagged.exit_code == 0
    exported = run("export", "tagged.jsonl", "--as", "sft", "--out", "rows")
    assert exported.stdout == "sft: 2 rows in rows/sft.jsonl\n"
