"""What holds for the rows of every format, on 100 real trees."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic_core import from_json

from dialoom.exporters.base import EXPORTERS, Row
from dialoom.exporters.dpo import Dpo
from dialoom.exporters.oasst import Oasst
from dialoom.exporters.oasst_messages import OasstMessages
from dialoom.exporters.pairing import POLICIES
from dialoom.exporters.sft import Sft
from dialoom.imports.oasst import read_records
from dialoom.messages import Message, MessageTree, messages, parse_tree
from dialoom.spec import Choice
from dialoom.tree import TreeRecord

REAL = Path(__file__).parent.parent / "data" / "oasst_en_100_trees.jsonl.gz"
ROW_FORMATS = sorted(set(EXPORTERS.names()) - {"llamafactory", "oasst", "oasst_messages"})
SAMPLES = ("alpaca", "openai", "sft", "sharegpt", "swift", "torchtune", "xtuner")
TRAPS = {"labels", "input_ids", "completion_mask", "assistant_masks", "seq_lengths", "images"}
"""Columns that TRL takes for something else."""


@cache
def real() -> tuple[TreeRecord, ...]:
    systems = {"assistant": "You are a helpful assistant."}
    return tuple(replace(record, systems=systems) for record in read_records(REAL))


@cache
def rows(name: str) -> tuple[Row, ...]:
    return tuple(EXPORTERS.make(Choice(name, (), {})).rows(real()))


def chats(value: Any) -> Iterator[list[dict[str, str]]]:
    """Yield every list of chat messages in a row."""
    if isinstance(value, list) and value and isinstance(value[0], dict) and "role" in value[0]:
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from chats(item)


@pytest.mark.parametrize("name", ROW_FORMATS)
def test_every_row_has_the_same_columns_and_no_trap(name: str) -> None:
    columns = {tuple(row) for row in rows(name)}
    metas = {tuple(row["meta"]) for row in rows(name) if "meta" in row}

    assert len(columns) == 1
    assert len(metas) < 2
    assert not TRAPS & set(*columns)
    assert not {"messages", "prompt"} <= set(*columns)


CHOICES: dict[str, list[dict[str, Any]]] = {
    "samples": [
        {"system": "fold"},
        {"system": "none", "role": "prompter"},
        {"target": "last_turn"},
        {"target": "last_turn", "branches": "all", "system": "fold"},
        {"target": "last_turn", "branches": "top_k", "role": "prompter"},
        {"unscored": "drop", "min_quality": 0.0},
    ],
    "pairs": [
        *({"policy": policy, "max_pairs": 9} for policy in POLICIES),
        {"system": "fold", "length": "balance", "max_length_ratio": 2.0},
        {"min_margin": 0.0, "min_chosen": 0.0, "user_faults": "allow", "system": "none"},
    ],
}
"""Options that each format of a kind has."""
PAIRS = ("dpo", "openai_preference", "reward", "swift_preference", "torchtune_preference")
WISHES = [
    (name, options)
    for kind, names in (("samples", SAMPLES), ("pairs", PAIRS))
    for name in names
    for options in CHOICES[kind]
    if name != "torchtune" or "target" not in options
]


@pytest.mark.parametrize(("name", "options"), WISHES)
def test_options_change_no_column_and_break_no_chat(name: str, options: dict[str, Any]) -> None:
    found = list(EXPORTERS.make(Choice(name, (), options)).rows(real()[:30]))

    (columns,) = {tuple(row) for row in found}
    assert not TRAPS & set(columns)
    assert not {"messages", "prompt"} <= set(columns)
    for row in found:
        for chat in chats(row):
            roles = [message["role"] for message in chat]
            assert "system" not in roles[1:]
            assert roles[0] != "system" or options.get("system", "persona") == "persona"
            said = roles[1:] if roles[0] == "system" else roles
            assert all(one != two for one, two in pairwise(said))


def leaves(value: Any, place: str = "") -> Iterator[tuple[str, type]]:
    """Yield the type of every value in a row with its place, all items of a list being one."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{place}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, f"{place}[]")
    else:
        yield place, type(value)


@pytest.mark.parametrize("name", ROW_FORMATS)
def test_a_value_has_the_same_type_in_every_row_and_is_never_null(name: str) -> None:
    types: dict[str, set[type]] = {}
    for place, kind in (leaf for row in rows(name) for leaf in leaves(row)):
        types.setdefault(place, set()).add(kind)

    assert types
    assert {place: kinds for place, kinds in types.items() if len(kinds) > 1} == {}
    assert [place for place, kinds in types.items() if type(None) in kinds] == []


@pytest.mark.parametrize("name", ROW_FORMATS)
def test_every_chat_alternates_and_nothing_is_empty(name: str) -> None:
    for chat in (chat for row in rows(name) for chat in chats(row)):
        roles = [message["role"] for message in chat if message["role"] != "system"]
        assert all(one != two for one, two in pairwise(roles))
        assert all(message["content"] == message["content"].strip() != "" for message in chat)


@pytest.mark.parametrize(
    "name", sorted(set(ROW_FORMATS) - {"openai", "openai_preference", "xtuner"})
)
def test_ids_are_unique(name: str) -> None:
    ids = Counter(row["id"] for row in rows(name))

    assert ids
    assert max(ids.values()) == 1


@pytest.mark.parametrize("branches", ["best", "top_k", "all"])
def test_no_message_is_trained_twice(branches: Any) -> None:
    trained = Counter(
        message_id
        for row in Sft(branches=branches).rows(real())
        for message_id in row["meta"]["message_ids"]
    )

    assert set(trained.values()) == {1}


def test_all_branches_train_every_assistant_message() -> None:
    said = [m for record in real() for m in messages(record.tree) if m.role == "assistant"]
    exporter = Sft(branches="all")

    assert len(list(exporter.rows(real()))) == len(said) == 687
    assert exporter.dropped == {}


@pytest.mark.parametrize("name", ["openai", "swift", "xtuner"])
def test_masks_train_every_message_of_all_branches_once(name: str) -> None:
    exporter = EXPORTERS.make(Choice(name, (), {"branches": "all"}))
    said = [message for row in exporter.rows(real()) for message in row["messages"]]

    assert sum(bool(message.get("weight", message.get("loss"))) for message in said) == 687


def test_a_pairs_prompt_is_the_thread_to_the_parent_of_both() -> None:
    by_id = {message.message_id: message for record in real() for message in messages(record.tree)}

    def thread(message: Message | None) -> Iterator[str]:
        while message is not None:
            yield message.text.strip()
            message = by_id.get(message.parent_id or "")

    for row in rows("dpo"):
        chosen, rejected = by_id[row["meta"]["chosen_id"]], by_id[row["meta"]["rejected_id"]]
        said = [message["content"] for message in row["prompt"][1:]]
        assert chosen.parent_id == rejected.parent_id == row["meta"]["parent_id"]
        assert said == list(thread(by_id[row["meta"]["parent_id"]]))[::-1]
        assert chosen.rank is not None
        assert rejected.rank is not None
        assert chosen.rank < rejected.rank


def content(tree: MessageTree) -> list[object]:
    """Return a tree with nothing left out; a leaf without replies is one with none."""
    said = [message.model_dump() for message in messages(tree)]
    replies = [[reply["message_id"] for reply in message.pop("replies") or ()] for message in said]
    return [tree.model_dump(exclude={"prompt"}), said, replies]


def test_real_trees_go_through_without_losing_a_field() -> None:
    lines = list(Oasst().lines(real()))

    assert [content(parse_tree(line)) for line in lines] == [content(r.tree) for r in real()]


def test_real_trees_go_through_flat_files_without_losing_a_field(tmp_path: Path) -> None:
    flat = tmp_path / "messages.jsonl"
    flat.write_bytes(b"".join(line + b"\n" for line in OasstMessages().lines(real())))

    assert [content(r.tree) for r in read_records(flat)] == [content(r.tree) for r in real()]


@pytest.mark.parametrize(
    ("schema", "exporter"),
    [
        ("row_sft", Sft()),
        ("row_sft", Sft(branches="all")),
        ("row_dpo", Dpo()),
        ("row_dpo", Dpo(policy="all", max_pairs=9)),
    ],
)
def test_rows_keep_to_their_json_schema(schema: str, exporter: Sft | Dpo) -> None:
    document = from_json((files("dialoom.schemas") / f"{schema}.json").read_bytes())
    validator = jsonschema.Draft202012Validator(document)

    for row in exporter.rows(real()):
        validator.validate(row)
