"""Messages that hold a run of words of a file are told apart from those that don't."""

import gzip
import json
from pathlib import Path

import pytest

from dialoom.errors import InputError
from dialoom.evaluators.contamination import Contamination

QUESTION = "A train leaves Basel at nine and arrives in Lyon at one; how far is it?"
ASKED = "My homework: a train leaves Basel at nine, and ARRIVES in Lyon at one. Help!"


def against(folder: Path, name: str, data: str | bytes, *, ngram: int = 8) -> Contamination:
    file = folder / name
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return Contamination({name: file}, ngram=ngram)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("bench.txt", f"Question 1\n{QUESTION}\n"),
        ("bench.jsonl", json.dumps({"id": 1, "question": QUESTION}) + "\n\n"),
        ("chats.jsonl", json.dumps({"messages": [{"role": "user", "content": QUESTION}]})),
        ("bench.json", json.dumps([{"q": "Other"}, {"q": QUESTION}])),
        ("tree.jsonl", json.dumps({"prompt": {"text": "Hi", "replies": [{"text": QUESTION}]}})),
        ("bench.jsonl.gz", gzip.compress(json.dumps(QUESTION).encode(), mtime=0)),
    ],
)
def test_a_shared_run_of_words_is_quoted_with_its_file(
    tmp_path: Path, name: str, data: str | bytes
) -> None:
    shared = against(tmp_path, name, data).shared(ASKED)
    assert shared is not None
    assert shared.words == '"a train leaves Basel at nine, and ARRIVES"'
    assert shared.file == name


def test_the_length_of_the_run_decides(tmp_path: Path) -> None:
    text = "When a train leaves Basel at six, I miss it."
    assert against(tmp_path, "a.txt", QUESTION, ngram=5).shared(text) is not None
    assert against(tmp_path, "a.txt", QUESTION, ngram=6).shared(text) is None
    assert against(tmp_path, "a.txt", QUESTION, ngram=6).shared("a train leaves") is None


def test_runs_do_not_reach_from_one_text_of_a_file_into_the_next(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"text": half}) + "\n" for half in (QUESTION[:30], QUESTION[30:]))
    assert against(tmp_path, "halves.jsonl", lines, ngram=8).shared(ASKED) is None


def test_long_texts_are_looked_at_to_their_end(tmp_path: Path) -> None:
    padding = "word " * 10_000
    assert against(tmp_path, "long.txt", padding + QUESTION).shared(padding + ASKED) is not None
    assert against(tmp_path, "long.txt", QUESTION).shared("more " * 10_000 + ASKED) is not None


def test_every_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"a": 1}\n{"a": \n', encoding="utf-8")
    packed = tmp_path / "packed.txt.gz"
    packed.write_bytes(b"no gzip")
    (tmp_path / "short.txt").write_text("A few words.", encoding="utf-8")
    (tmp_path / "rows.parquet").write_bytes(b"PAR1\0\0\1")
    names = ("gone.txt", "broken.jsonl", "packed.txt.gz", "short.txt", "rows.parquet", "")
    with pytest.raises(InputError) as caught:
        Contamination({name: tmp_path / name for name in names}, ngram=8)
    faults = [str(fault) for fault in caught.value.faults]
    assert [fault.split(": ")[0].rsplit("/", 1)[-1] for fault in faults] == [
        "gone.txt",
        "broken.jsonl:2",
        "packed.txt.gz",
        "short.txt",
        "rows.parquet",
        tmp_path.name,
    ]


def test_deep_nesting_is_a_fault_and_no_crash(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not JSON"):
        against(tmp_path, "deep.json", "[" * 100_000)
