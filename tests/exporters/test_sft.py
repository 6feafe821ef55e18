from collections import Counter
from typing import Any

import pytest
from records import bot, notes, record, said, user

from dialoom.errors import InputError
from dialoom.exporters.base import EXPORTERS
from dialoom.exporters.sft import Sft
from dialoom.messages import Label, Message
from dialoom.spec import Choice
from dialoom.tree import TreeRecord


def two_branches() -> TreeRecord:
    good = bot("a1", user("u2", bot("a2"), bot("b2", rank=1)), rank=0)
    return record(user("u1", good, bot("b1", user("v2", bot("c2")), rank=1)))


def test_the_best_path_becomes_one_row_of_messages() -> None:
    rows = list(Sft().rows([two_branches()]))

    assert [row["messages"] for row in rows] == [said("u1", "a1", "u2", "b2")]


def test_a_row_says_where_it_comes_from() -> None:
    tree = record(user("u1", bot("a1", model_name="m/one")), notes=notes(a1=0.7))

    (row,) = Sft().rows([tree])

    assert row == {
        "messages": said("u1", "a1"),
        "id": row["id"],
        "source": "run",
        "meta": {
            "tree_id": "t",
            "message_ids": ["a1"],
            "speaker": "agent",
            "lang": "en",
            "model": "m/one",
            "score": 0.7,
            "cut": "",
        },
    }


def test_an_id_changes_with_the_content_and_with_nothing_else() -> None:
    first, same, other = (
        next(Sft().rows([record(user("u1", bot(text, **fields)))]))["id"]
        for text, fields in (("a1", {}), ("a1", {"model_name": "m"}), ("a2", {}))
    )

    assert first == same != other


def test_every_branch_trains_every_assistant_message_exactly_once() -> None:
    rows = list(Sft(branches="all").rows([two_branches()]))

    assert Counter(row["meta"]["message_ids"][0] for row in rows) == dict.fromkeys(
        ["a1", "b1", "a2", "b2", "c2"], 1
    )
    assert rows[1]["prompt"] == said("u1", "a1", "u2")
    assert rows[1]["completion"] == [{"role": "assistant", "content": "b2"}]


def test_top_k_takes_the_best_siblings_at_each_turn() -> None:
    tree = record(user("u", *(bot(f"a{rank}", rank=rank) for rank in (2, 0, 1))))

    rows = list(Sft(branches="top_k", k=2).rows([tree]))

    assert [row["meta"]["message_ids"] for row in rows] == [["a0"], ["a1"]]


def test_a_thread_is_cut_before_a_rejected_message() -> None:
    exporter = Sft()
    tail = user("u2", bot("bad", user("u3", bot("a3")), review_result=False))

    (row,) = exporter.rows([record(user("u1", bot("a1", tail)))])

    assert row["messages"] == said("u1", "a1")
    assert row["meta"]["cut"] == "a rejected message"


@pytest.mark.parametrize(
    ("prompt", "reason"),
    [
        (user("u1"), "nobody replied"),
        (user("u1", bot("a1", review_result=False)), "a rejected message"),
        (user("u1", bot("a1"), review_result=False), "a rejected message"),
        (user("u1", bot("a1", deleted=True)), "a deleted message"),
        (user("u1", bot(" \n")), "an empty message"),
        (bot("a0", user("u1", bot("a1"))), "starts with the assistant"),
    ],
)
def test_a_thread_without_a_usable_reply_is_counted(prompt: Message, reason: str) -> None:
    exporter = Sft()

    assert list(exporter.rows([record(prompt)])) == []
    assert exporter.dropped == {reason: 1}


def test_each_trained_message_is_held_to_the_floor() -> None:
    prompt = user("u1", bot("a1", user("u2", bot("a2"))))
    tree = record(prompt, notes=notes(a1=0.8, a2=0.4))

    (row,) = Sft(min_quality=0.5).rows([tree])

    assert row["messages"] == said("u1", "a1")
    assert row["meta"]["cut"] == "a score under min_quality"


def test_the_floor_looks_at_the_score_label_before_quality() -> None:
    labels = {"quality": Label(value=0.9, count=3), "score": Label(value=0.2, count=1)}
    exporter = Sft(min_quality=0.5)

    assert list(exporter.rows([record(user("u1", bot("a1", labels=labels)))])) == []
    assert exporter.dropped == {"a score under min_quality": 1}


@pytest.mark.parametrize(("unscored", "count"), [("keep", 1), ("drop", 0)])
def test_messages_nobody_scored_pass_the_floor_if_asked_to(unscored: Any, count: int) -> None:
    exporter = Sft(min_quality=0.5, unscored=unscored)

    assert len(list(exporter.rows([record(user("u1", bot("a1")))]))) == count


def test_a_trailing_prompter_is_cut_off() -> None:
    (row,) = Sft().rows([record(user("u1", bot("a1", user("u2"))))])

    assert row["messages"] == said("u1", "a1")


def test_texts_are_stripped_and_otherwise_left_alone() -> None:
    (row,) = Sft().rows([record(user("  u  1\n", bot("\ta\n\n  b ")))])

    assert row["messages"] == said("u  1", "a\n\n  b")


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("persona", [{"role": "system", "content": "Be kind."}, *said("u1", "a1")]),
        ("none", said("u1", "a1")),
        ("fold", said("Be kind.\n\nu1", "a1")),
    ],
)
def test_the_system_prompt_goes_where_it_is_wanted(system: Any, expected: list[Any]) -> None:
    tree = record(user("u1", bot("a1")), systems={"agent": "Be kind.\n", "ada": "Complain."})

    (row,) = Sft(system=system).rows([tree])

    assert row["messages"] == expected


def test_the_words_of_two_users_are_merged_under_their_names() -> None:
    prompt = user("Hi.", user("Hello!", bot("a1", user("Bye.", bot("a2"))), by="bob"))

    (row,) = Sft().rows([record(prompt)])

    assert row["messages"] == said("ada: Hi.\n\nbob: Hello!", "a1", "ada: Bye.", "a2")


def test_two_assistants_give_a_row_each_seen_from_their_side() -> None:
    prompt = user("Hi.", bot("I am A.", bot("I am B.", user("Bye.", bot("Bye!")), by="b")))

    rows = list(Sft().rows([record(prompt, systems={"agent": "You are A.", "b": "You are B."})]))

    assert [row["messages"] for row in rows] == [
        [
            {"role": "system", "content": "You are A."},
            *said("ada: Hi.", "I am A.", "b: I am B.\n\nada: Bye.", "Bye!"),
        ],
        [
            {"role": "system", "content": "You are B."},
            *said("ada: Hi.\n\nagent: I am A.", "I am B."),
        ],
    ]


def test_anonymous_annotators_are_one_assistant_and_one_user() -> None:
    ids = [f"2ea3e1e2-0000-4000-8000-00000000000{digit}" for digit in range(4)]
    prompt = user(
        "u1", bot("a1", user("u2", bot("a2", by=ids[3]), by=ids[2]), by=ids[1]), by=ids[0]
    )

    (row,) = Sft().rows([record(prompt)])

    assert row["messages"] == said("u1", "a1", "u2", "a2")


def test_the_same_text_is_never_trained_twice() -> None:
    exporter = Sft()
    trees = [record(user("u1", bot("Sure,  I can."))), record(user("u2", bot("sure, i can. ")))]

    assert len(list(exporter.rows(trees))) == 1
    assert exporter.dropped == {"same text as an earlier row": 1}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"branches": "bset"}, "branches is 'bset'; it can be best, all, top_k"),
        ({"min_quality": 50}, "min_quality is 50; it is a number from 0 to 1"),
        ({"k": 0}, "k is 0; it is a whole number of at least 1"),
        ({"system": "keep"}, "system is 'keep'; it can be persona, none, fold"),
        ({"unscored": "no"}, "unscored is 'no'; it can be keep, drop"),
        ({"target": "last"}, "target is 'last'; it can be all_turns, last_turn"),
        (
            {"branches": "all", "target": "all_turns"},
            "target 'all_turns' with branches 'all' trains shared turns once a branch;"
            " use target 'last_turn'",
        ),
        ({"min_qualty": 0.5}, "there is no option 'min_qualty'; did you mean 'min_quality'?"),
    ],
)
def test_a_wrong_option_is_an_input_error(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as error:
        EXPORTERS.make(Choice("sft", (), options))

    assert str(error.value).startswith(f"sft: {message}")


def test_roles_turned_round_train_the_user_simulator() -> None:
    tree = record(
        user("My order?", bot("Number?", user("AB1.", bot("Thanks.")))),
        systems={"ada": "You are Ada.", "agent": "You help."},
    )

    (row,) = Sft(role="prompter").rows([tree])

    assert row["messages"] == [
        {"role": "system", "content": "You are Ada."},
        *said("(The conversation begins. You speak first.)", "My order?", "Number?", "AB1."),
    ]
    assert row["meta"]["message_ids"] == ["My order?", "AB1."]


def test_branches_of_user_simulators_train_each_message_once() -> None:
    prompt = user("u1", bot("a1", user("u2", bot("a2")), user("v2")), bot("b1"))

    rows = list(Sft(role="prompter", branches="all").rows([record(prompt)]))

    assert [row["meta"]["message_ids"] for row in rows] == [["u1"], ["u2"], ["v2"]]
    assert rows[1]["completion"] == [{"role": "assistant", "content": "u2"}]


def test_what_follows_the_speakers_own_message_is_no_last_turn() -> None:
    exporter = Sft(branches="all")

    rows = list(exporter.rows([record(user("u1", bot("a1", bot("a2"))))]))

    assert [row["meta"]["message_ids"] for row in rows] == [["a1"]]
    assert exporter.dropped == {"follows the speaker's own message": 1}


def test_messages_a_speaker_adds_to_its_own_become_one_turn() -> None:
    (row,) = Sft().rows([record(user("u1", bot("a1", bot("a2"))))])

    assert row["messages"] == said("u1", "a1\n\na2")
    assert row["meta"]["message_ids"] == ["a1", "a2"]


@pytest.mark.parametrize(("scores", "expected"), [({"a1": 1, "a2": 0.5}, 0.5), ({}, -1.0)])
def test_a_row_has_the_least_score_of_what_it_trains(
    scores: dict[str, float], expected: float
) -> None:
    prompt = user("u1", bot("a1", user("u2", bot("a2"))))

    (row,) = Sft().rows([record(prompt, notes=notes(**scores))])

    assert row["meta"]["score"] == expected
    assert isinstance(row["meta"]["score"], float)
