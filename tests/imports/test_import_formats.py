"""Every format that can be imported, down to the tree that comes of it."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from imported import Outline, brought, outline

from dialoom.build.importing import ImportOptions, import_files
from dialoom.exporters.base import EXPORTERS
from dialoom.imports.oasst import read_records
from dialoom.messages import messages
from dialoom.spec import Choice

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/exporters/golden"
REAL = ROOT / "tests/data/oasst_en_100_trees.jsonl.gz"

USER, HUMAN = {"role": "user", "content": "Hi"}, {"from": "human", "value": "Hi"}
GOOD, GPT = {"role": "assistant", "content": "Hello"}, {"from": "gpt", "value": "Hello"}
BAD = {"role": "assistant", "content": "No"}
PARTS = {"role": "model", "content": [{"type": "text", "text": "Hello"}]}
NECTAR = [{"answer": "No", "rank": 2}, {"answer": "Hello", "rank": 1}]
HELLO: list[Outline] = [("prompter", "Hi", None, [("assistant", "Hello", None, [])])]


def without_nulls(value: Any) -> Any:
    """Return JSON without null fields and empty replies: a file may write them or not."""
    if isinstance(value, dict):
        kept = {key: without_nulls(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item is not None and item != []}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"messages": [USER, GOOD]}, "messages"),
        ({"conversations": [HUMAN, GPT]}, "sharegpt"),
        ({"conversation": [USER, PARTS]}, "messages"),
        ({"dialog": ["Hi", "Hello"]}, "messages"),
        ({"x": [{"role": "user", "text": "Hi"}, {"role": "bot", "text": "Hello"}]}, "messages"),
        ({"instruction": "Hi", "input": "", "output": "Hello"}, "alpaca"),
        ({"prompt": "Hi", "completion": "Hello"}, "columns"),
        ({"prompt": [USER], "completion": [GOOD]}, "columns"),
        ({"question": "Hi", "answer": "Hello", "number": 3}, "columns"),
        ({"input": "Hi", "output": "Hello"}, "columns"),
        ({"frage": "Hi", "antwort": "Hello"}, "columns"),
        ({"prompt": "Hi", "completions": ["Hello"]}, "ranked"),
    ],
)
def test_a_conversation_comes_in_whatever_its_form(row: Any, name: str, tmp_path: Path) -> None:
    found, done = brought(tmp_path, row)

    assert [outline(record) for record in found] == [HELLO]
    assert done.reading.format == name


def test_an_alpaca_row_keeps_input_history_and_system(tmp_path: Path) -> None:
    row = {"instruction": "Sum up", "input": "this", "output": "done", "system": "Be brief."}
    (found,), _ = brought(tmp_path, {**row, "history": [["a", "b"]]})

    texts = [message.text for message in messages(found.tree)]
    assert texts == ["a", "b", "Sum up\n\nthis", "done"]
    assert found.systems == {"assistant": "Be brief."}


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "Hi", "chosen": "Hello", "rejected": "No"},
        {"chosen": [USER, GOOD], "rejected": [USER, BAD]},
        {"prompt": [USER], "chosen": [GOOD], "rejected": [BAD]},
        {"conversations": [HUMAN], "chosen": GPT, "rejected": {"from": "gpt", "value": "No"}},
        {"messages": [USER, GOOD], "rejected_response": "No"},
        {
            "prompt": "Hi",
            "prompt_id": "7",
            "messages": [USER],
            "chosen": [USER, GOOD],
            "rejected": [USER, BAD],
        },
        {"question": "Hi", "answers": NECTAR},
    ],
)
def test_preferences_become_ranked_siblings(row: Any, tmp_path: Path) -> None:
    (found,), _ = brought(tmp_path, row)

    replies: list[Outline] = [("assistant", "Hello", 0, []), ("assistant", "No", 1, [])]
    assert outline(found) == [("prompter", "Hi", None, replies)]


def test_ultrafeedback_brings_ratings_models_and_ranks(tmp_path: Path) -> None:
    def completion(text: str, model: str, score: float, helpfulness: str) -> Any:
        aspects = {"helpfulness": {"Rating": helpfulness, "Rationale": "…"}}
        return {
            "model": model,
            "response": text,
            "annotations": aspects,
            "overall_score": score,
        }

    row = {"source": "flan", "instruction": "Hi", "models": ["a", "b", "c"]}
    given = [("No", "a", 1.0, "1"), ("Hello", "b", 10.0, "5"), ("Hm", "c", 1.0, "N/A")]
    (found,), done = brought(tmp_path, {**row, "completions": [completion(*one) for one in given]})

    assert done.reading.format == "ultrafeedback"
    assert done.reading.scores == (1, 10)
    assert found.tree.origin == "flan"
    assert found.tree.prompt is not None
    replies = found.tree.prompt.replies or []
    assert [(reply.text, reply.rank, reply.model_name) for reply in replies] == [
        ("Hello", 0, "b"),
        ("No", 1, "a"),
        ("Hm", None, "c"),  # as good as the one before it: a tie has no rank
    ]
    labels = {name: label.value for name, label in (replies[0].labels or {}).items()}
    assert labels == {"helpfulness": 1.0, "score": 1.0}
    assert list(replies[2].labels or {}) == ["score"]


def test_wanted_and_unwanted_replies_keep_their_verdict(tmp_path: Path) -> None:
    rows = [
        {"prompt": "Hi", "completion": "Hello", "label": True},
        {"prompt": "Hi", "completion": "No", "label": False},
    ]
    (found,), done = brought(tmp_path, *rows)

    assert done.reading.format == "kto"
    assert found.tree.prompt is not None
    verdicts = {reply.text: reply.review_result for reply in found.tree.prompt.replies or []}
    assert verdicts == {"Hello": True, "No": False}


FORMATS = {
    "alpaca.jsonl": "alpaca",
    "dpo.jsonl": "dpo",
    "kto.jsonl": "kto",
    "openai_preference.jsonl": "openai_preference",
    "ranked.jsonl": "ranked",
    "reward.jsonl": "reward",
    "sft.jsonl": "sft",
    "sharegpt.jsonl": "sharegpt",
    "swift_preference.jsonl": "swift_preference",
    "torchtune.jsonl": "torchtune",
    "torchtune_preference.jsonl": "torchtune_preference",
    "openai.jsonl": "openai",
    "swift.jsonl": "swift",
    "xtuner.jsonl": "xtuner",
}
SAID = (
    *("messages", "conversations", "system", "instruction", "output", "history"),
    *("prompt", "completion", "chosen", "rejected", "rejected_response", "input", "label"),
    *("preferred_output", "non_preferred_output", "lang", "score_chosen", "score_rejected"),
)
OPTIONS: dict[str, dict[str, Any]] = {
    "alpaca": {"branches": "all", "target": "last_turn"},
    "reward": {"policy": "all", "max_pairs": 9},
    "openai": {"branches": "all"},
    "swift": {"branches": "all"},
    "xtuner": {"branches": "all"},
}


@pytest.mark.parametrize("file", FORMATS)
def test_what_dialoom_wrote_is_written_again_as_it_was(file: str, tmp_path: Path) -> None:
    out = tmp_path / "trees.jsonl"
    done = import_files([str(GOLDEN / file)], out, ImportOptions())
    assert not done.quarantined

    options = {"min_quality": 0.0} if FORMATS[file] in ("alpaca", "openai", "swift") else {}
    exporter = EXPORTERS.make(
        Choice(FORMATS[file], (), {**OPTIONS.get(FORMATS[file], {}), **options})
    )
    written = [said(row) for row in exporter.rows(read_records(out))]

    before = [said(json.loads(line)) for line in (GOLDEN / file).read_text("utf-8").splitlines()]
    assert sorted(written, key=str) == sorted(before, key=str)


def said(row: dict[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in SAID if key in row}


def test_the_hundred_real_trees_come_back_without_losing_a_field(tmp_path: Path) -> None:
    out = tmp_path / "trees.jsonl"
    done = import_files([str(REAL)], out, ImportOptions())

    with gzip.open(REAL, "rt", encoding="utf-8") as lines:
        before = [without_nulls(json.loads(line)) for line in lines]
    after = [without_nulls(json.loads(line)) for line in out.read_text("utf-8").splitlines()]
    assert after == before
    assert (done.trees, done.messages, done.quarantined) == (100, 1167, {})


def test_flat_messages_become_the_same_trees(tmp_path: Path) -> None:
    flat = EXPORTERS.make(Choice("oasst_messages", (), {}))
    file = tmp_path / "messages.jsonl"
    lines = flat.lines(read_records(REAL))
    file.write_bytes(b"\n".join(lines))

    import_files([str(file)], tmp_path / "trees.jsonl", ImportOptions())

    trees = EXPORTERS.make(Choice("oasst", (), {}))
    assert list(trees.rows(read_records(tmp_path / "trees.jsonl"))) == [
        {**row, "origin": None}
        for row in EXPORTERS.make(Choice("oasst", (), {})).rows(read_records(REAL))
    ]
