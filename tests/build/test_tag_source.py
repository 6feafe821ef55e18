"""Trees from anywhere are tagged and filtered, and an interruption costs no answer."""

import asyncio
import json
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from typing import Any

import pytest
from records import bot, user

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import tagging
from dialoom.build.tagged import TagFiles, Tagged
from dialoom.build.tagging import TagOptions, tag_file
from dialoom.build.what_if import Rows, what_if
from dialoom.chat import ChatRequest
from dialoom.errors import InputError
from dialoom.events import Event, Notice, TreeTagged
from dialoom.messages import Message, MessageTree, messages, read_trees, tree_line
from dialoom.quality import Quality
from dialoom.scenarios.keep import keep_rule

CRITIC = "scripted/critic"
REPLIES = ("Certainly, I will look.", "No idea at all.", "Ask somebody else, will you?")


def written(folder: Path, *prompts: Message) -> Path:
    file = folder / "trees.jsonl"
    trees = [MessageTree(message_tree_id=f"t{n}", prompt=one) for n, one in enumerate(prompts)]
    file.write_text("".join(tree_line(tree) + "\n" for tree in trees), encoding="utf-8")
    return file


def ten(folder: Path) -> Path:
    def tree(number: int) -> Message:
        replies = [
            bot(f"{text} ({number})", message_id=f"r{number}.{place}")
            for place, text in enumerate(REPLIES)
        ]
        return user(f"Where is parcel {number} of mine?", *replies, message_id=f"u{number}")

    return written(folder, *(tree(number) for number in range(10)))


def judge(request: ChatRequest, seed: int) -> str:
    said = request.messages[-1]["content"]
    items = request.json_schema["properties"] if request.json_schema else {}
    value = 5 if "Certainly" in said.rpartition("Ada")[2] else 2
    return json.dumps({name: {"reason": "so", "answer": value} for name in items})


def tag(source: Path, client: ScriptedClient | None = None, **options: Any) -> Tagged:
    told: list[Event] = options.pop("told", [])
    critics = {CRITIC: client} if client else {}
    given = TagOptions(critics=tuple(critics), rubric=("quality",), canaries=0, **options)
    files = TagFiles.beside(source.with_name("tagged.jsonl"))
    return asyncio.run(tag_file(source, files, given, listener=told.append, clients=dict(critics)))


def files_of(folder: Path) -> dict[str, bytes]:
    names = ("tagged.jsonl", "tagged.verdicts.jsonl", "tagged.quality.json")
    return {name: (folder / name).read_bytes() for name in names}


def said(folder: Path) -> list[Message]:
    trees = read_trees(folder / "tagged.jsonl")
    return [message for tree in trees for message in messages(tree)]


def test_rules_mark_what_they_drop_with_a_reason(tmp_path: Path) -> None:
    labelled = bot("Fine.", labels={"quality": {"value": 0.25, "count": 1}}, message_id="low")
    source = written(tmp_path, user("Is it here yet?", labelled, message_id="u"))
    told: list[Event] = []
    tagged = tag(source, keep=("quality >= 0.5", "without pii"), told=told)
    assert tagged.dropped == 1
    low = next(message for message in said(tmp_path) if message.message_id == "low")
    assert low.review_result is False
    assert "dropped" in (low.labels or {})
    lines = (tmp_path / "tagged.verdicts.jsonl").read_bytes().splitlines()
    rows = [json.loads(line) for line in lines]
    (reason,) = [row["reason"] for row in rows if row["evaluator"] == "keep"]
    assert reason == "quality is 0.25, and keep asks for quality >= 0.5"
    assert [step.rule for step in tagged.funnel] == [
        "rejected when tagged",
        "quality >= 0.5",
        "without pii",
    ]
    assert not any(isinstance(event, Notice) for event in told)


def test_the_evidence_stands_beside_the_trees(tmp_path: Path) -> None:
    (tmp_path / "bench.txt").write_text("Where is parcel 3 of mine?", encoding="utf-8")
    tag(ten(tmp_path), against=(tmp_path / "bench.txt",), ngram=6, keep=("score > 0.01",))
    quality = Quality.model_validate_json((tmp_path / "tagged.quality.json").read_bytes())
    assert quality.contaminated == {str(tmp_path / "bench.txt"): 1}
    assert [step.rule for step in quality.funnel][1:] == ["decontaminate", "score > 0.01"]
    assert quality.duplicates is not None
    assert quality.diversity["prompter"].messages == 9
    assert quality.diversity["prompter"].question_rate == 1.0


def test_each_tree_is_told_of_when_it_is_tagged(tmp_path: Path) -> None:
    told: list[Event] = []
    tag(ten(tmp_path), told=told)
    assert [event for event in told if isinstance(event, TreeTagged)] == [TreeTagged(4)] * 10


def test_more_than_half_dropped_is_told(tmp_path: Path) -> None:
    told: list[Event] = []
    tag(ten(tmp_path), keep=("any: score < 0.1",), told=told)
    assert any(isinstance(event, Notice) and "are dropped" in event.message for event in told)


@pytest.mark.parametrize("calls", [0, 1, 7, 29])
def test_an_interruption_costs_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    monkeypatch.setattr(tagging, "TREES_AHEAD", 1)

    class Stopped(Exception):
        """Stands for a process that ends."""

    whole = tmp_path / "whole"
    whole.mkdir()
    expected = ScriptedClient(judge, name=CRITIC)
    tag(ten(whole), expected)
    answered: list[str] = []

    def stops(request: ChatRequest, seed: int) -> str | Exception:
        if len(answered) >= calls:
            return Stopped()
        answered.append(request.key(CRITIC))
        return judge(request, seed)

    source = ten(tmp_path)
    with pytest.raises((Stopped, ExceptionGroup)):
        tag(source, ScriptedClient(stops, name=CRITIC))
    assert not (tmp_path / "tagged.jsonl").exists()
    with closing(connect(tmp_path / "tagged.calls" / "calls.db")) as database:
        (kept,) = database.execute("SELECT count(*) FROM calls").fetchone()
    resumed = ScriptedClient(judge, name=CRITIC)
    tag(source, resumed)
    assert files_of(tmp_path) == files_of(whole)
    assert kept + len(resumed.requests) == len(expected.requests)
    assert kept >= calls // 3 * 3  # a tree has three replies


def test_other_rules_ask_nothing_again(tmp_path: Path) -> None:
    source = ten(tmp_path)
    tag(source, ScriptedClient(judge, name=CRITIC))
    tagged = tag(source, ScriptedClient([], name=CRITIC), keep=("quality >= 0.5",))
    assert tagged.funnel[1].rule == "quality >= 0.5"
    assert tagged.funnel[1].unrated == 0


def test_what_is_no_rule_is_said_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'quality is 3': no rule"):
        tag(tmp_path / "gone.jsonl", keep=("quality is 3", "score >= 0.5"))


def test_a_preview_counts_rows_and_writes_nothing(tmp_path: Path) -> None:
    def scored(text: str, score: float) -> Message:
        return bot(text, labels={"score": {"value": score, "count": 1}})

    source = written(
        tmp_path,
        user("Where is it?", scored("On its way to you.", 0.9), scored("I don't know.", 0.2)),
        user("And when?", scored("Tomorrow at noon.", 0.6), scored("Soon, I hope.", 0.3)),
    )
    before = sorted(tmp_path.iterdir())
    found = what_if(source, [keep_rule("score >= 0.7")])
    assert found.rows == {"sft": Rows(2, 1), "dpo": Rows(2, 0)}
    assert [(step.before, step.dropped) for step in found.funnel] == [(6, 0), (6, 3)]
    assert what_if(source, [keep_rule("score >= 0.25")]).rows["dpo"] == Rows(2, 1)
    assert sorted(tmp_path.iterdir()) == before


def test_a_thread_too_deep_to_be_read_is_one_sentence(tmp_path: Path) -> None:
    text = "".join(
        f'{{"message_id": "m{n}", "role": "prompter", "text": "x", "replies": [' for n in range(400)
    )
    file = tmp_path / "deep.jsonl"
    tree = f'{{"message_tree_id": "t", "prompt": {text}{"]}" * 400}}}\n'
    file.write_text(tree, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        tag(file)
    assert str(caught.value) == f"{file}:1: a thread has too many messages"
