"""What an import makes of rows: trees, merged and ranked."""

import json
from pathlib import Path
from typing import Any

import pytest
from imported import Outline, brought, outline, talk, turn

from dialoom.build.importing import ImportOptions, import_files
from dialoom.imports import merging
from dialoom.imports.oasst import read_records
from dialoom.imports.preferences import Contradiction, ranks_of
from dialoom.messages import messages


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
