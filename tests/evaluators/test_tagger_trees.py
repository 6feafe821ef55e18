import asyncio
from typing import Any, Literal

import pytest
from tagging import (
    HOPELESS,
    Says,
    critic,
    done_without_waiting,
)

from dialoom.evaluators.tagger import Tagger
from dialoom.messages import Label, Message, MessageTree
from dialoom.tree import MessageNotes


def message(
    name: str,
    text: str,
    *children: Message,
    role: Literal["prompter", "assistant"] = "assistant",
    **fields: Any,
) -> Message:
    for child in children:
        child.parent_id = name
    return Message(message_id=name, text=text, role=role, replies=list(children), **fields)


def tree(*children: Message) -> MessageTree:
    prompt = message("p", "Why?", *children, role="prompter", lang="en", review_result=True)
    return MessageTree(message_tree_id="p", prompt=prompt)


def prompt_of(tree: MessageTree) -> Message:
    assert tree.prompt is not None
    return tree.prompt


def answers(tree: MessageTree) -> list[Message]:
    return prompt_of(tree).replies or []


@pytest.mark.parametrize("asked", [False, True])
def test_a_tree_is_tagged_throughout_and_its_replies_put_in_order(asked: bool) -> None:
    found = tree(
        message("a", "a rude 2", message("c", "grade 4", role="prompter")),
        message("b", "level 5"),
        message("d", "hopeless 1"),
    )
    tagger = Tagger([Says("rude"), HOPELESS], *([critic()] if asked else []))
    record = asyncio.run(tagger.tag_tree(found, 1))
    assert record.tree is found
    assert [(reply.message_id, reply.rank) for reply in answers(found)] == [
        ("b", 0),
        ("a", 1),
        ("d", None),
    ]
    assert [reply.review_result for reply in answers(found)] == [None, None, False]
    assert set(record.notes) == {"p", "a", "b", "c", "d"}
    assert record.notes["a"].basis == ("heuristics+critic" if asked else "heuristics")
    assert record.notes["a"].score == (0.125 if asked else 0.5)
    labels = prompt_of(found).labels or {}
    assert (labels, prompt_of(found).rank) == ({"score": Label(value=1.0, count=1)}, None)


def test_labels_ranks_and_reviews_by_people_are_kept() -> None:
    human = {"quality": Label(value=0.9, count=3), "spam": Label(value=0.0, count=3)}
    found = tree(
        message("a", "a hopeless 2", rank=0, labels=dict(human), review_result=True),
        message("b", "level 5", rank=1, labels=dict(human)),
        message("c", "grade 5"),
    )
    record = asyncio.run(Tagger([HOPELESS], critic()).tag_tree(found, 1))
    first, second, third = answers(found)
    assert [(reply.message_id, reply.rank) for reply in (first, second, third)] == [
        ("a", 0),
        ("b", 1),
        ("c", None),
    ]
    assert first.review_result is True
    assert first.labels == {
        **human,
        "says": Label(value=1.0, count=1),
        "score": Label(value=0.0, count=1),
    }
    assert second.labels == {**human, "score": Label(value=1.0, count=1)}
    assert (third.labels or {})["quality"] == Label(value=1.0, count=1)
    assert record.notes["a"].score == 0


def test_what_dialoom_drew_is_tagged_anew_and_labels_of_others_stay() -> None:
    human = {"humor": Label(value=0.5, count=1)}
    found = tree(message("a", "a rude one", labels=human), message("b", "a plain hopeless answer"))
    drawn = {name: MessageNotes(speaker="sam", seed=4) for name in "ab"}
    first = asyncio.run(Tagger([Says("rude"), HOPELESS]).tag_tree(found, notes=drawn))
    rude, hopeless = answers(found)
    assert (set(rude.labels or {}), hopeless.review_result) == ({"humor", "says", "score"}, False)

    second = asyncio.run(Tagger([Says("plain")]).tag_tree(found, notes=first.notes))
    assert [(reply.message_id, reply.rank) for reply in answers(found)] == [("a", 0), ("b", 1)]
    assert rude.labels == {**human, "score": Label(value=1.0, count=1)}
    assert hopeless.review_result is True
    assert [verdict.reason for verdict in second.notes["b"].verdicts] == ["says 'plain'"]


def test_what_others_gave_outlasts_any_number_of_taggings() -> None:
    found = tree(message("a", "a rude one", rank=0), message("b", "fine", rank=1))
    first = asyncio.run(Tagger([HOPELESS]).tag_tree(found))
    asyncio.run(Tagger([Says("rude"), Says("Why", "hopeless")]).tag_tree(found, notes=first.notes))
    assert [(reply.message_id, reply.rank) for reply in answers(found)] == [("a", 0), ("b", 1)]
    assert prompt_of(found).review_result is True


def test_notes_of_a_run_are_kept_beside_the_new_verdicts() -> None:
    notes = {"a": MessageNotes(speaker="sam", model="x/y", seed=4, candidate=0)}
    record = asyncio.run(Tagger([Says("rude")]).tag_tree(tree(message("a", "rude")), notes=notes))
    note = record.notes["a"]
    assert (note.speaker, note.model, note.seed, note.score) == ("sam", "x/y", 4, 0.5)
    assert notes["a"].score is None


def test_a_tree_without_a_critic_is_tagged_without_waiting() -> None:
    found = tree(message("a", "rude"), message("b", "fine"))
    assert done_without_waiting(Tagger([Says("rude")]).tag_tree(found))
    assert [reply.message_id for reply in answers(found)] == ["b", "a"]


def test_an_empty_tree_stays_empty() -> None:
    record = asyncio.run(Tagger([HOPELESS]).tag_tree(MessageTree(message_tree_id="x")))
    assert (record.tree.prompt, record.notes) == (None, {})
