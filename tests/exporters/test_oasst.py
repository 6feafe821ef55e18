import json

import pytest

from dialoom.errors import RowRejected
from dialoom.exporters.oasst import Oasst
from dialoom.exporters.oasst_messages import OasstMessages
from dialoom.messages import Label, Message, MessageTree, parse_tree
from dialoom.tree import TreeRecord

KEYS = set(Message.model_fields)


def message(name: str, *replies: Message, rank: int | None = None) -> Message:
    return Message(
        message_id=name,
        text=name,
        role="assistant" if name.startswith("a") else "prompter",
        rank=rank,
        replies=[reply.model_copy(update={"parent_id": name}) for reply in replies],
    )


def record(prompt: Message | None) -> TreeRecord:
    return TreeRecord(MessageTree(message_tree_id="u", tree_state="growing", prompt=prompt))


def test_every_node_carries_all_twenty_keys() -> None:
    (row,) = Oasst().rows([record(message("u", message("a")))])

    assert len(KEYS) == 20
    assert set(row["prompt"]) == set(row["prompt"]["replies"][0]) == KEYS


def test_replies_stand_by_rank_with_the_unranked_last() -> None:
    replies = [message(f"a{rank}", rank=rank) for rank in (None, 2, 0, 1)]

    (row,) = Oasst().rows([record(message("u", *replies))])

    assert [reply["message_id"] for reply in row["prompt"]["replies"]] == [
        "a0",
        "a1",
        "a2",
        "aNone",
    ]


def test_a_leaf_has_an_empty_list_of_replies() -> None:
    leaf = Message(message_id="u", text="Hi", role="prompter")

    (row,) = Oasst().rows([record(leaf)])

    assert row["prompt"]["replies"] == []


def test_lines_say_the_same_as_rows() -> None:
    prompt = message("u", message("a").model_copy(update={"labels": {"spam": Label(count=1)}}))

    (line,) = Oasst().lines([record(prompt)])

    assert json.loads(line) == next(Oasst().rows([record(prompt)]))
    assert parse_tree(line).prompt == prompt


def test_a_thread_too_long_to_be_nested_is_refused() -> None:
    prompt = message("a300")
    for place in reversed(range(300)):
        prompt = message(f"u{place}", prompt)

    for written in (Oasst().rows, Oasst().lines):
        with pytest.raises(RowRejected, match="a thread has too many messages to be nested"):
            list(written([record(prompt)]))
    assert len(list(OasstMessages().rows([record(prompt)]))) == 301


def test_a_tree_without_a_prompt_is_counted() -> None:
    exporter = Oasst()

    assert list(exporter.rows([record(None)])) == []
    assert exporter.dropped == {"tree without a prompt": 1}


@pytest.mark.parametrize(
    ("prompt", "fault"),
    [
        (message("u", message("a"), message("a")), "'a' is there twice"),
        (
            message("u").model_copy(update={"parent_id": "x"}),
            "'u' has the parent 'x', which is not above it",
        ),
        (
            message("u").model_copy(update={"replies": [message("a")]}),
            "'a' has the parent None, which is not above it",
        ),
    ],
)
def test_ids_that_do_not_fit_together_are_refused(prompt: Message, fault: str) -> None:
    with pytest.raises(RowRejected, match=fault):
        list(Oasst().rows([record(prompt)]))
