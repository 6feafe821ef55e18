"""What an import makes of rows: mapping, merging, ranks, and what it keeps out."""

import json
from pathlib import Path
from typing import Any

import pytest
from imported import Outline, brought, outline

from dialoom.build.importing import ImportOptions, import_files, preview
from dialoom.errors import InputError
from dialoom.imports import merging
from dialoom.imports.mapping import column_map, given_columns
from dialoom.imports.oasst import read_records
from dialoom.imports.preferences import Contradiction, ranks_of
from dialoom.imports.scores import ScoreRange, parse_range, range_of
from dialoom.messages import messages


def turn(role: str, content: Any) -> dict[str, Any]:
    return {"role": role, "content": content}


def talk(*contents: str) -> dict[str, Any]:
    sides = ("user", "assistant") * len(contents)
    return {"messages": [turn(*one) for one in zip(sides, contents, strict=False)]}


# ---- columns ---------------------------------------------------------------------------


def test_columns_the_user_names_go_before_what_their_names_say() -> None:
    rows = [{"prompt": "a", "frage": "b", "response": "c", "antwort": "d"}]

    found = column_map(rows, given_columns(["prompt=frage", "response=antwort"]))

    assert dict(found.columns) == {"prompt": "frage", "response": "antwort"}


def test_an_empty_column_takes_a_guess_back() -> None:
    rows = [{"prompt": "a", "response": "b", "system": "c"}]

    assert "system" not in column_map(rows, given_columns(["system="])).columns


def test_a_format_that_is_asked_for_decides_which_columns_count() -> None:
    rows = [{"messages": [turn("user", "Hi")], "prompt": "a", "chosen": "b", "rejected": "c"}]

    assert column_map(rows, {}).format == "preference"
    assert dict(column_map(rows, {}, "messages").columns) == {"messages": "messages"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["prompt"], "--map takes FIELD=COLUMN, like prompt=question; not 'prompt'"),
        (["promt=a"], "--map promt=a: no field is named 'promt'; did you mean 'prompt'?"),
        (["prompt=questio"], "no column is named 'questio'; did you mean 'question'?"),
    ],
)
def test_a_mapping_that_does_not_fit_is_an_input_error(given: list[str], message: str) -> None:
    with pytest.raises(InputError) as error:
        column_map([{"question": "a"}], given_columns(given))

    assert message in str(error.value)


def test_columns_that_say_nothing_ask_for_a_mapping() -> None:
    with pytest.raises(InputError, match="no column looks like a conversation; there are a, b, c"):
        column_map([{"a": "x", "b": "y", "c": "z"}], {})


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([0.0, 0.5, 1.0], (0, 1)),
        ([1, 5, 3], (1, 5)),
        ([0, 4], (0, 5)),
        ([7.5, 1], (1, 10)),
        ([99], (0, 100)),
        ([-1.0, 0.5], (0, 1)),  # -1 is what dialoom's own rows have where nobody scored
        ([-3.0], None),
        ([], None),
    ],
)
def test_scores_are_taken_for_the_narrowest_scale(values: list[float], found: Any) -> None:
    assert range_of(values) == found


@pytest.mark.parametrize("text", ["5", "5:1", "a:b", "nan:1", "0:inf", "1:1"])
def test_a_range_has_two_ends(text: str) -> None:
    with pytest.raises(InputError, match=r"--scores takes LOW:HIGH"):
        parse_range(text)


def test_scores_outside_of_their_range_are_kept_out(tmp_path: Path) -> None:
    rows = [{"prompt": "a", "response": "b", "score": score} for score in (1, 3, 7)]

    found, done = brought(tmp_path, *rows, scores=ScoreRange(1, 5))

    assert done.quarantined == {"the score 7 lies outside 1 to 5": 1}
    labels = [
        next(iter(m.labels.values())).value for r in found for m in messages(r.tree) if m.labels
    ]
    assert labels == [0.0]  # of two scores for one reply the first counts


def test_a_look_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"q": 1}\n{"prompt": "Hi", "response": "Hello"}\n', encoding="utf-8")

    found = preview([str(file)], ImportOptions())

    assert found.first is not None
    assert [message.text for message in messages(found.first)] == ["Hi", "Hello"]
    assert found.quarantined == {"prompt is missing": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


# ---- rows that can't be read -----------------------------------------------------------


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


# ---- trees -----------------------------------------------------------------------------


def test_conversations_that_begin_alike_are_one_tree(tmp_path: Path) -> None:
    rows = [talk("Hi", "Hello"), talk("Why?"), talk("Hi", "Hello", "And?", "So."), talk("Hi", "No")]

    found, _ = brought(tmp_path, *rows)

    below: list[Outline] = [("prompter", "And?", None, [("assistant", "So.", None, [])])]
    replies = [("assistant", "Hello", None, below), ("assistant", "No", None, [])]
    assert [outline(record) for record in found] == [
        [("prompter", "Hi", None, replies)],
        [("prompter", "Why?", None, [])],
    ]


def test_another_system_prompt_is_another_tree(tmp_path: Path) -> None:
    rows = [{**talk("Hi", "Hello"), "system": text} for text in ("Be kind.", "Be brief.", "")]

    found, _ = brought(tmp_path, *rows)

    assert [record.systems.get("assistant", "") for record in found] == [
        "Be kind.",
        "Be brief.",
        "",
    ]


def test_ids_are_made_of_what_was_said(tmp_path: Path) -> None:
    (one,), _ = brought(tmp_path, talk("Hi", "Hello"), lang="en", source="here")
    (two,), _ = brought(tmp_path, talk("Hi", "No"), talk("Hi", "Hello"), lang="de")

    def ids(record: Any) -> dict[str, str]:
        return {message.text: message.message_id for message in messages(record.tree)}

    assert ids(one) == {text: name for text, name in ids(two).items() if text != "No"}
    assert len(set(ids(two).values())) == 3


def test_neighbours_of_one_side_are_joined_and_counted(tmp_path: Path) -> None:
    row = {"messages": [turn("user", "Hi"), turn("human", "there"), turn("gpt", "Hello")]}

    (found,), done = brought(tmp_path, row)

    assert [message.text for message in messages(found.tree)] == ["Hi\n\nthere", "Hello"]
    assert done.notes == {"messages joined to the one before them": 1}


def test_definitions_of_tools_are_left_out_and_counted(tmp_path: Path) -> None:
    _, done = brought(tmp_path, {**talk("Hi", "Hello"), "tools": [{"name": "x"}]}, talk("Yo"))

    assert done.notes == {"definitions of tools left out": 1}


def test_what_rows_say_of_themselves_is_kept(tmp_path: Path) -> None:
    row = {**talk("Hi", "Hello"), "lang": "de", "model": "m", "source": "s", "license": "cc0"}
    (found, other), _ = brought(
        *(tmp_path, {**row, "id": 7}, talk("Why?", "So.")), lang="en", source="file", license="mit"
    )

    prompt, reply = messages(found.tree)
    assert (found.tree.origin, prompt.lang, reply.lang) == ("s", "de", "de")
    assert (prompt.model_name, reply.model_name, reply.synthetic) == (None, "m", True)
    about = {"type": "import", "file": "rows.jsonl", "line": 1, "id": "7", "license": "cc0"}
    assert prompt.events == {"import": [about]}
    prompt, reply = messages(other.tree)
    assert (other.tree.origin, prompt.lang, reply.synthetic) == ("file", "en", None)
    assert prompt.events is not None
    assert prompt.events["import"][0]["license"] == "mit"


@pytest.mark.parametrize(
    ("said", "flags"),
    [
        (None, [None, None]),
        ("none", [False, False]),
        ("assistant", [False, True]),
        ("all", [True, True]),
    ],
)
def test_who_wrote_the_messages_can_be_said(
    said: Any, flags: list[bool | None], tmp_path: Path
) -> None:
    (found,), _ = brought(tmp_path, talk("Hi", "Hello"), synthetic=said)

    assert [message.synthetic for message in messages(found.tree)] == flags


def test_a_beginning_that_is_too_common_makes_several_trees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "ROWS_A_TREE", 2)

    found, _ = brought(tmp_path, *(talk("Hi", f"{n}") for n in range(5)))

    assert [len(list(messages(record.tree))) for record in found] == [3, 3, 2]
    ids = [message.message_id for record in found for message in messages(record.tree)]
    assert len(set(ids)) == len(ids)


def test_pairs_of_several_rows_are_one_ranking(tmp_path: Path) -> None:
    pairs = [("b", "c"), ("a", "b"), ("a", "d")]

    (found,), _ = brought(
        tmp_path, *({"prompt": "Hi", "chosen": one, "rejected": two} for one, two in pairs)
    )

    assert found.tree.prompt is not None
    ranks = {reply.text: reply.rank for reply in found.tree.prompt.replies or []}
    assert ranks == {"a": 0, "b": 1, "c": 2, "d": None}


def test_rows_that_contradict_each_other_rank_nothing(tmp_path: Path) -> None:
    rows = [
        {"prompt": "Hi", "chosen": "a", "rejected": "b"},
        {"prompt": "Hi", "chosen": "b", "rejected": "a"},
    ]
    (found,), done = brought(tmp_path, *rows)

    assert [message.rank for message in messages(found.tree)] == [None, None, None]
    assert done.notes == {"groups unranked, since rows contradict each other": 1}


@pytest.mark.parametrize(
    ("orders", "ranks"),
    [
        ([], {}),
        ([[["a", "b"]]], {}),
        ([[["a"], ["b", "c"], ["d"]]], {"a": 0, "b": 1, "d": 2}),
        ([[["a"], ["b"]], [["c"], ["d"]]], {"a": 0, "b": 1}),
        ([[["a"], ["c"]], [["a"], ["b"]], [["b"], ["c"]]], {"a": 0, "b": 1, "c": 2}),
    ],
)
def test_ranks_are_the_longest_chain_of_comparisons(orders: Any, ranks: Any) -> None:
    assert ranks_of(orders) == ranks


def test_a_circle_of_comparisons_is_a_contradiction() -> None:
    with pytest.raises(Contradiction):
        ranks_of([[["a"], ["b"]], [["b"], ["c"]], [["c"], ["a"]]])


def test_an_interrupted_import_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(self: Any, row: list[Any]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(merging._Tree, "add", stop)
    with pytest.raises(KeyboardInterrupt):
        brought(tmp_path, talk("Hi"))

    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


def test_the_same_import_gives_the_same_bytes(tmp_path: Path) -> None:
    rows = [talk("Hi", "Hello"), talk("Why?"), talk("Hi", "No")]
    brought(tmp_path, *rows)
    before = (tmp_path / "trees.jsonl").read_bytes()

    brought(tmp_path, *rows)

    assert (tmp_path / "trees.jsonl").read_bytes() == before
    assert len(list(read_records(tmp_path / "trees.jsonl"))) == 2


def test_a_packed_file_of_trees_can_be_written(tmp_path: Path) -> None:
    source, out = tmp_path / "rows.jsonl", tmp_path / "trees.jsonl.gz"
    source.write_text(json.dumps(talk("Hi")), encoding="utf-8")

    import_files([str(source)], out, ImportOptions())

    assert out.read_bytes()[:2] == b"\x1f\x8b"
    assert len(list(read_records(out))) == 1
