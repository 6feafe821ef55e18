"""Rows that can't be read are kept, each with its reason."""

import json
from pathlib import Path
from typing import Any

import pytest
from imported import brought, outline, talk, turn

from dialoom.errors import InputError


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"messages": []}, "there is no message"),
        ({"messages": "Hi"}, "messages is no list of turns"),
        ({"messages": None}, "messages is missing"),
        ({"messages": [1]}, "a turn is a number, not a mapping of role and content"),
        ({"messages": [turn("assistant", "Hi")]}, "the assistant begins"),
        ({"messages": [turn("user", " ")]}, "a message of the prompter is empty"),
        ({"messages": [turn("user", None)]}, "a turn has no text"),
        ({"messages": [turn("user", 3)]}, "the text of a turn is a number"),
        ({"messages": [turn("robot", "Hi")]}, "a turn's role is 'robot', which is neither user, "),
        ({"messages": [{"content": "Hi"}]}, "a turn does not say whose it is"),
        ({"messages": [turn("user", [{"type": "image_url"}])]},
         "a part of a message is 'image_url', not text"),
        ({"messages": [turn("user", "Hi"), turn("tool", "{}")]}, "a turn of a tool, which"),
        ({"messages": [turn("user", "Hi"), {**turn("assistant", None), "tool_calls": [{}]}]},
         "a turn of a tool, which"),
        ({"messages": [turn("user", "Hi"), turn("system", "Be kind.")]},
         "a system prompt in the middle of the conversation"),
        ([1], "the row is no mapping of columns"),
        ({"messages": [turn("user", "Hi")], "lang": ["en"]}, "lang is no text"),
    ],
)  # fmt: skip
def test_a_row_that_is_no_conversation_is_kept_with_its_reason(
    row: Any, reason: str, tmp_path: Path
) -> None:
    good = {**talk("Good", "day"), "lang": "en"}
    found, done = brought(tmp_path, good, row)

    (kept,) = (tmp_path / "trees.quarantine.jsonl").read_text("utf-8").splitlines()
    assert json.loads(kept)["reason"].startswith(reason)
    assert json.loads(kept) | {"file": "rows.jsonl", "line": 2, "row": row} == json.loads(kept)
    assert (len(found), sum(done.quarantined.values())) == (1, 1)
    assert done.quarantine == tmp_path / "trees.quarantine.jsonl"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"prompt": "a", "chosen": "b", "rejected": "b "}, "chosen and rejected are the same"),
        ({"prompt": "a", "chosen": "b", "rejected": ""}, "a reply is empty"),
        ({"prompt": "a", "chosen": "b"}, "rejected is missing"),
        ({"prompt": "a", "chosen": [turn("user", "b")], "rejected": "c"},
         "chosen or rejected does not end with the assistant"),
        ({"prompt": [turn("user", "a"), turn("assistant", "b")], "chosen": "c", "rejected": "d"},
         "the turns before the reply do not end with the user"),
        ({"chosen": talk("a", "b")["messages"], "rejected": talk("x", "c")["messages"]},
         "chosen and rejected differ before their last message"),
    ],
)  # fmt: skip
def test_a_preference_that_says_nothing_is_kept_with_its_reason(
    row: Any, reason: str, tmp_path: Path
) -> None:
    _, done = brought(tmp_path, {"prompt": "a", "chosen": "b", "rejected": "c"}, row)

    assert done.quarantined == {reason: 1}


def test_a_damaged_tree_is_kept_with_its_reason(tmp_path: Path) -> None:
    def node(name: str, **more: Any) -> dict[str, Any]:
        return {"message_id": name, "text": name, "role": "prompter", **more}

    rows = [
        {"message_tree_id": "a", "prompt": node("a")},
        {"message_tree_id": "b", "prompt": node("b", role="robot")},
        {"message_tree_id": "c", "prompt": node("c", replies=[node("d", parent_id="x")])},
        {"message_tree_id": "e", "prompt": None},
        {"message_tree_id": "f"},
        "text",
    ]
    found, done = brought(tmp_path, *rows)

    assert [record.tree.message_tree_id for record in found] == ["a"]
    assert done.quarantined == {
        "prompt.role: Input should be 'prompter' or 'assistant'": 1,
        "tree 'c': 'd' has the parent 'x', which is not above it": 1,
        "the tree has no prompt": 2,
        "Input should be a valid dictionary or instance of MessageTree": 1,
    }


def test_messages_without_their_parent_are_kept_with_their_reason(tmp_path: Path) -> None:
    rows = [
        {"message_id": "a", "text": "Hi", "role": "prompter"},
        {"message_id": "b", "text": "x", "role": "assistant", "parent_id": "nobody"},
        {"message_id": "c", "text": "Hello", "role": "assistant", "parent_id": "a"},
        {"message_id": "d", "text": "y"},
    ]
    found, done = brought(tmp_path, *rows)

    assert [outline(record) for record in found] == [
        [("prompter", "Hi", None, [("assistant", "Hello", None, [])])]
    ]
    assert done.quarantined == {
        "its parent is not among the messages before it": 1,
        "role: Field required": 1,
    }


def test_nothing_is_written_where_no_row_holds_a_conversation(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no row holds a conversation: there is no message \(1\)"):
        brought(tmp_path, {"messages": []}, columns={"messages": "messages"})

    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


def test_the_quarantine_of_an_earlier_import_is_taken_away(tmp_path: Path) -> None:
    brought(tmp_path, talk("Hi"), {"messages": []})
    assert (tmp_path / "trees.quarantine.jsonl").exists()

    _, done = brought(tmp_path, talk("Hi"))

    assert done.quarantine is None
    assert not (tmp_path / "trees.quarantine.jsonl").exists()
