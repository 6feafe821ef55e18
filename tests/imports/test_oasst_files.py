import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from records import bot, record, user

from dialoom.errors import InputError
from dialoom.exporters.base import write_lines
from dialoom.exporters.oasst import Oasst
from dialoom.exporters.oasst_messages import OasstMessages
from dialoom.imports.oasst import read_records
from dialoom.messages import Label, messages

TREES = [
    record(user("u1", bot("a1", user("u2")), bot("b1")), name="u1"),
    record(user("v1"), name="v1"),
]


def flat(**fields: Any) -> bytes:
    return json.dumps({"message_id": "m", "text": "Hi", "role": "prompter", **fields}).encode()


def read(path: Path, *lines: bytes) -> list[list[str]]:
    path.write_bytes(b"\n".join(lines))
    return [[message.message_id for message in messages(r.tree)] for r in read_records(path)]


@pytest.mark.parametrize("name", ["trees.jsonl", "trees.jsonl.gz", "packed.jsonl"])
def test_trees_are_read_packed_or_not(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    write_lines(path, Oasst().lines(TREES))
    if name == "packed.jsonl":
        path.write_bytes(gzip.compress(path.read_bytes()))

    found = list(read_records(path))

    assert [record.tree for record in found] == [record.tree for record in TREES]
    assert [record.number for record in found] == [0, 1]


def test_flat_messages_become_trees_again(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl.gz"
    write_lines(path, OasstMessages().lines(TREES))

    found = list(read_records(path))

    assert [record.tree.prompt for record in found] == [record.tree.prompt for record in TREES]
    assert [record.tree.message_tree_id for record in found] == ["u1", "v1"]


def test_labels_in_columns_are_understood(tmp_path: Path) -> None:
    labels = {"name": ["spam", "quality"], "value": [0.0, 0.5], "count": [3, 2]}
    emojis = {"name": ["+1"], "count": [2]}
    path = tmp_path / "messages.jsonl"
    path.write_bytes(flat(labels=labels, emojis=emojis))

    (found,) = read_records(path)

    assert found.tree.prompt is not None
    assert found.tree.prompt.labels == {
        "spam": Label(value=0.0, count=3),
        "quality": Label(value=0.5, count=2),
    }
    assert found.tree.prompt.emojis == {"+1": 2}


def test_blank_lines_are_passed_over(tmp_path: Path) -> None:
    lines = Oasst().lines(TREES)

    assert read(tmp_path / "f", next(lines), b"", next(lines), b"  ", b"") == [
        ["u1", "a1", "u2", "b1"],
        ["v1"],
    ]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([b"{}"], ":1: neither an OASST tree nor a message"),
        ([b"[1]"], ":1: neither an OASST tree nor a message"),
        ([b"\xff\xfe"], ":1: neither an OASST tree nor a message"),
        ([flat(), flat(message_id="x", parent_id="nobody")], ":2: the message 'x' comes before"),
        ([flat(), flat(role="robot")], ":2: role: Input should be 'prompter' or 'assistant'"),
        ([b'{"message_tree_id": "t", "prompt": {}}'], ":1: prompt.message_id: Field required"),
    ],
)
def test_a_line_that_does_not_fit_is_named(
    lines: list[bytes], message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as error:
        read(tmp_path / "f", *lines)

    assert str(tmp_path / "f") + message in str(error.value)


def test_a_damaged_packed_file_is_an_input_error(tmp_path: Path) -> None:
    path = tmp_path / "trees.jsonl.gz"
    write_lines(path, Oasst().lines(TREES * 50))
    path.write_bytes(path.read_bytes()[:-30])

    with pytest.raises(InputError, match="the packed file is damaged"):
        list(read_records(path))


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        list(read_records(tmp_path / "none"))


def test_a_thread_of_two_hundred_messages_is_read(tmp_path: Path) -> None:
    prompt = user("199")
    for place in reversed(range(199)):
        prompt = user(f"{place}", prompt)
    tree = record(prompt)
    write_lines(tmp_path / "trees.jsonl", Oasst().lines([tree]))

    (found,) = read_records(tmp_path / "trees.jsonl")

    assert [m.message_id for m in messages(found.tree)] == [f"{place}" for place in range(200)]


def test_a_thread_too_long_for_its_reader_is_an_input_error(tmp_path: Path) -> None:
    node = '{"message_id": "m", "text": "t", "role": "prompter", "replies": ['
    line = '{"message_tree_id": "t", "prompt": ' + node * 2000 + "]}" * 2000 + "}"
    (tmp_path / "trees.jsonl").write_text(line, encoding="utf-8")

    with pytest.raises(InputError, match=r"trees.jsonl:1: a thread has too many messages"):
        list(read_records(tmp_path / "trees.jsonl"))
