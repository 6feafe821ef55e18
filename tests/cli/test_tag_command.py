"""`dialoom tag` as it is typed: rules, previews, files not to share words with, scorers."""

import json
from pathlib import Path

import pytest
from records import bot, user
from servers import Answer, FakeServer, serving
from typer.testing import CliRunner, Result

from dialoom.build import tagging
from dialoom.cli.main import dialoom
from dialoom.messages import Message, MessageTree, tree_line


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(dialoom, [str(word) for word in words], env={"COLUMNS": "120"})


def scored(text: str, score: float) -> Message:
    return bot(text, labels={"score": {"value": score, "count": 1}})


@pytest.fixture
def trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    prompts = (
        user("Where is it?", scored("On its way to you.", 0.9), scored("I don't know.", 0.2)),
        user("And when?", scored("Tomorrow at noon.", 0.6), scored("Soon, I hope.", 0.3)),
    )
    lines = [
        tree_line(MessageTree(message_tree_id=f"t{n}", prompt=one)) for n, one in enumerate(prompts)
    ]
    Path("trees.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Path("trees.jsonl")


def test_a_preview_prints_the_funnel_and_what_is_left(trees: Path) -> None:
    done = call("tag", trees, "--what-if", "score >= 0.7", "--what-if", "without pii")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "rejected when tagged  0 of 6 dropped",
        "score >= 0.7          3 of 6 dropped",
        "without pii           0 of 3 dropped",
        "sft: 1 row, 2 as it is",
        "dpo: 0 pairs, 2 as it is",
        "nothing was written",
    ]
    assert [file.name for file in Path().iterdir()] == ["trees.jsonl"]


def test_a_preview_as_json_has_the_same_figures(trees: Path) -> None:
    done = call("tag", trees, "--what-if", "score < 0.1", "--json")
    found = json.loads(done.stdout)
    assert found["rows"]["dpo"] == {"before": 2, "after": 0}
    assert [step["dropped"] for step in found["funnel"]] == [0, 4]
    assert "4 of 6 messages that tagging left are dropped" in found["warnings"][0]


def test_a_preview_takes_nothing_that_says_how_to_tag(trees: Path) -> None:
    done = call("tag", trees, "--what-if", "score >= 0.7", "--critic", "a/b", "--canaries", "0")
    assert done.exit_code == 2
    assert done.stderr == "error: --what-if tags nothing and takes no --critic and no --canaries\n"


def test_rules_given_to_tag_are_told_with_what_they_drop(trees: Path) -> None:
    done = call("tag", trees, "--out", "o.jsonl", "--keep", "score >= 0.7", "--heuristic", "empty")
    assert done.exit_code == 0, done.output
    assert "score >= 0.7  3 of 6 dropped" in done.stdout
    assert Path("o.jsonl").read_text(encoding="utf-8").count('"dropped":{') == 3


@pytest.mark.parametrize("words", [("--keep", "score is low"), ("--what-if", "score is low")])
def test_what_is_no_rule_is_one_sentence(trees: Path, words: tuple[str, str]) -> None:
    done = call("tag", trees, *words)
    assert done.exit_code == 2
    assert done.stderr.startswith("error: 'score is low': no rule; write a rule like")
    assert done.stderr.count("\n") == 1


def test_files_and_the_length_of_runs_can_be_given(trees: Path) -> None:
    Path("bench.txt").write_text("He is on its way to me", encoding="utf-8")
    for ngram, dropped in (("3", 1), ("4", 1), ("5", 0)):
        done = call(
            *(
                "tag",
                trees,
                "--out",
                "o.jsonl",
                "--against",
                "bench.txt",
                "--ngram",
                ngram,
                "--json",
            )
        )
        assert json.loads(done.stdout)["dropped"] == dropped
    done = call("tag", trees, "--what-if", "score > 0", "--against", "bench.txt", "--ngram", "4")
    assert "decontaminate         1 of 6 dropped" in done.stdout


def test_a_heuristic_can_be_given_with_options(trees: Path) -> None:
    for longest, found in (("3", "found: length (fault) 1"), ("80", "")):
        rule = f"{{length: {{max: {longest}, min: 1}}}}"
        done = call("tag", trees, "--out", "o.jsonl", "--heuristic", rule)
        assert done.exit_code == 0, done.output
        assert [line for line in done.stdout.splitlines() if "found" in line] == [found][
            : bool(found)
        ]


def test_a_scenario_says_who_speaks_and_which_heuristics_look(trees: Path) -> None:
    Path("scene.yaml").write_text(
        "name: scene\n"
        "cast:\n"
        "  - persona: {name: ada, display_name: Ada, description: A customer.}\n"
        "    role: prompter\n"
        "    goal: Know when it comes.\n"
        "    check: {type: regex, answer: tomorrow}\n"
        "  - persona: {name: bob, display_name: Bob, description: An agent.}\n"
        "    role: assistant\n"
        "evaluate: {heuristics: [{length: {min: 3}}]}\n",
        encoding="utf-8",
    )
    done = call("tag", trees, "--out", "o.jsonl", "--scenario", "scene.yaml")
    assert done.exit_code == 0, done.output
    found = "found: correct (fault) 3, correct (note) 1, length (fault) 1"
    assert found in done.stdout.splitlines()


def test_a_scorer_can_be_given(trees: Path) -> None:
    answer = Answer({"data": [{"score": 0.25}]})
    with serving(FakeServer({"/score": lambda received: answer}, "/score")) as server:
        scorer = f"{{reward: {{url: {server.origin}/score, scale: none}}}}"
        done = call("tag", trees, "--out", "o.jsonl", "--scorer", scorer)
    assert done.exit_code == 0, done.output
    text = Path("o.jsonl").read_text(encoding="utf-8")
    assert text.count('"reward":{"value":0.25,"count":1}') == 4


def test_an_unknown_scorer_is_named(trees: Path) -> None:
    done = call("tag", trees, "--scorer", "rewrad")
    assert done.exit_code == 2
    assert "did you mean 'reward'" in done.stderr


def test_an_interruption_says_how_to_go_on(trees: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def interrupted(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tagging, "write_tagged", interrupted)
    done = call("tag", trees, "--out", "o.jsonl", "--critic", "scripted/demo")
    assert done.exit_code == 130
    assert "the same command goes on with the answers in o.calls" in done.stderr
    assert not Path("o.jsonl").exists()
