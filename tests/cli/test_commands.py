import inspect
import json
from pathlib import Path

import pytest
from pages import telling_run
from scenes import SCENE, write_scene
from typer.models import CommandInfo
from typer.testing import CliRunner, Result

from dialoom.cli.main import dialoom

TREES = Path(__file__).parent.parent / "data" / "oasst_en_100_trees.jsonl.gz"


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(dialoom, [str(word) for word in words], env={"COLUMNS": "120"})


@pytest.fixture
def run(tmp_path: Path) -> Path:
    out = tmp_path / "run"
    done = call("run", write_scene(tmp_path), "--model", "scripted/demo", "--out", out)
    assert done.exit_code == 0, done.output
    return out


def test_check_says_what_a_good_file_is(tmp_path: Path) -> None:
    scene = write_scene(tmp_path)
    assert call("check", scene).stdout == f"{scene}: ok (scenario)\n"


def test_no_line_that_goes_to_a_file_ends_with_spaces(tmp_path: Path) -> None:
    out = tmp_path / "run"
    lines = call("run", write_scene(tmp_path), "--model", "scripted/demo", "--out", out).output
    lines += call("watch", out).output + call("show", out, "--reasons").output
    lines += call("plan", write_scene(tmp_path)).output
    assert [line for line in lines.splitlines() if line != line.rstrip()] == []


def test_check_reports_the_faults_of_all_files(tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text(SCENE.replace("max: 4", "max: 0"), encoding="utf-8")
    two.write_text("name: two\ndisplay_name: Two\n", encoding="utf-8")
    done = call("check", one, two)
    assert done.exit_code == 2
    assert "one.yaml" in done.stderr
    assert "two.yaml" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("empty,", "emptyy,", "did you mean 'empty'"),
        ("{length: {min: 2}}", "{length: {mni: 2}}", "did you mean 'min'"),
        ("[quality, toxicity]", "[qualty]", "did you mean 'quality'"),
        ("turns: {max: 4}", "turns: {policy: alternat}", "did you mean 'alternate'"),
        ("sample: 4", "export: {dpo: {min_margn: 1}}", "did you mean 'min_margin'"),
        ("sample: 4", "export: {sftt: {}}", "did you mean 'sft'"),
        ("sample: 4", "export: {dpo: {}}\nbranch: {assistant: {width: 1}}", "compares siblings"),
        ("sample: 4", "models: {assistent: scripted/demo}", "did you mean 'assistant'"),
    ],
)
def test_names_and_options_of_parts_are_checked_with_their_line(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in SCENE
    done = call("check", write_scene(tmp_path, SCENE.replace(old, new)))
    assert done.exit_code == 2
    assert told in done.stderr
    assert "scene.yaml:" in done.stderr


def test_show_prints_trees_with_labels_and_asked_for_reasons(run: Path) -> None:
    plain = call("show", run, "--tree", "1").stdout
    assert "tree 1 " in plain
    assert "labels: " in plain
    assert "critic: " not in plain
    assert "critic: quality" in call("show", run, "--tree", "1", "--reasons").stdout


def test_show_says_what_messages_do_to_facts(tmp_path: Path) -> None:
    run = telling_run(tmp_path)
    assert "fact:" not in call("show", run).stdout
    facts = [line for line in call("show", run, "--facts").stdout.splitlines() if "fact:" in line]
    assert [line.split(":")[1] for line in facts] == [
        " tells paid with",
        " invents where the parcel is now",
        " asks ada for order number",
        " tells order number, which was asked for",
    ]
    done = call("show", TREES, "--facts")
    assert done.exit_code == 2
    assert "doesn't say who speaks; name a run's directory" in done.stderr


def test_show_reads_foreign_trees_and_stops_at_its_limit() -> None:
    done = call("show", TREES, "--limit", "2")
    assert done.stdout.count("tree ") >= 2
    assert "the first 2 trees" in done.stderr


def test_show_says_when_a_tree_is_not_there(run: Path) -> None:
    done = call("show", run, "--tree", "99")
    assert (done.exit_code, done.stderr) == (2, f"error: {run}: no such tree\n")


def test_model_text_cannot_reach_the_terminal_as_commands(tmp_path: Path) -> None:
    node = {"message_id": "a", "text": "\x1b[31mred\x07 \u202egnp", "role": "prompter"}
    file = tmp_path / "trees.jsonl"
    file.write_text(json.dumps({"message_tree_id": "a", "prompt": node}), encoding="utf-8")
    shown = call("show", file).stdout
    assert "\x1b[31mred" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown
    assert r"\x1b[31mred" in shown


def test_export_writes_what_is_asked_for_with_its_options(run: Path, tmp_path: Path) -> None:
    done = call(
        "export", run, "--as", "sft", "--as", "dpo", "--set", "dpo.policy=all", "--set",
        "dpo.max_pairs=9", "--out", tmp_path / "rows", "--json",
    )  # fmt: skip
    written = json.loads(done.stdout)
    rows = (tmp_path / "rows" / "dpo.jsonl").read_text(encoding="utf-8").splitlines()
    assert written["dpo"]["rows"] == len(rows)
    assert {json.loads(row)["meta"]["policy"] for row in rows} <= {"all"}
    assert (tmp_path / "rows" / "sft.jsonl").exists()


def test_export_of_an_unknown_format_writes_nothing(run: Path, tmp_path: Path) -> None:
    done = call("export", run, "--as", "sft", "--as", "dpoo", "--out", tmp_path / "rows")
    assert done.exit_code == 2
    assert "did you mean 'dpo'" in done.stderr
    assert not (tmp_path / "rows").exists()


def test_tag_adds_labels_and_keeps_the_ranks_of_people(tmp_path: Path) -> None:
    out = tmp_path / "tagged.jsonl"
    done = call("tag", TREES, "--out", out, "--heuristic", "length", "--json")
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)
    assert (figures["trees"], figures["messages"]) == (100, 1167)
    assert figures["ranked"] > 400
    verdicts = Path(figures["verdicts"]).read_text(encoding="utf-8").splitlines()
    assert all(json.loads(line)["reason"] for line in verdicts)


def test_tag_asks_the_critic_that_is_named(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "tagged.jsonl"
    done = call("tag", run / "trees.jsonl", "--out", out, "--critic", "scripted/demo")
    assert done.exit_code == 0, done.output
    assert '"quality":{' in out.read_text(encoding="utf-8")


def test_a_file_that_holds_no_trees_is_said_in_one_sentence(tmp_path: Path) -> None:
    done = call("tag", write_scene(tmp_path), "--out", tmp_path / "out.jsonl")
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out.jsonl").exists()


def test_models_tells_what_mends_a_back_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    done = call("models", "scripted/demo", "ollama/llama3.2", "--json")
    works, broken = json.loads(done.stdout)
    assert (works["model"], works["works"]) == ("scripted/demo", True)
    assert not broken["works"]
    assert "ollama serve" in broken["detail"]
    assert done.exit_code == 3


@pytest.mark.parametrize("kind", ["scenario", "persona"])
def test_schema_prints_a_json_schema(kind: str) -> None:
    schema = json.loads(call("schema", kind).stdout)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert "name" in schema["required"]


@pytest.mark.parametrize("command", dialoom.registered_commands, ids=lambda one: one.name)
def test_the_help_of_a_command_breaks_no_line_in_mid_sentence(command: CommandInfo) -> None:
    prose = inspect.getdoc(command.callback) or ""
    # typer prints a paragraph's line ends as they are, wherever the terminal wraps
    paragraphs = prose.partition("Examples:")[0].strip().split("\n\n")
    assert [one for one in paragraphs if "\n" in one] == []
    assert paragraphs[0]
