"""Length control and the preference for one model's replies; policies are in test_dpo."""

from typing import Any

import pytest
from records import bot, labelled, record, user

from dialoom.errors import InputError
from dialoom.exporters.base import EXPORTERS
from dialoom.exporters.dpo import Dpo
from dialoom.spec import Choice
from dialoom.tree import TreeRecord

LONG, SHORT = "A long and winding answer to it all.", "Short."


def two(number: int, good: str, bad: str) -> TreeRecord:
    replies = [
        bot(f"{good} {number}", labels=labelled(0.9)),
        bot(f"{bad} {number}", labels=labelled(0.1)),
    ]
    return record(user(f"u{number}", *replies), name=f"t{number}")


def by_models(*models: tuple[str, float]) -> TreeRecord:
    replies = [
        bot(text, labels=labelled(score), model_name=model)
        for text, (model, score) in zip(("One.", "Two!", "Three?", LONG), models, strict=False)
    ]
    return record(user("u", *replies))


def chosen(exporter: Dpo, *trees: TreeRecord) -> list[str]:
    return [row["chosen"][0]["content"] for row in exporter.rows(trees)]


def test_a_pair_too_unlike_in_length_is_refused() -> None:
    exporter = Dpo(max_length_ratio=2)

    assert chosen(exporter, two(1, LONG, SHORT), two(2, SHORT, LONG), two(3, LONG, LONG[::-1])) == [
        f"{LONG} 3"
    ]
    assert exporter.dropped == {"lengths over max_length_ratio": 2}


def test_balance_takes_no_more_longer_than_shorter_chosen_replies() -> None:
    exporter = Dpo(length="balance")
    trees = [two(1, LONG, SHORT), two(2, LONG, SHORT), two(3, SHORT, LONG), two(4, LONG, SHORT)]

    assert chosen(exporter, *trees) == [f"{LONG} 1", f"{SHORT} 3", f"{LONG} 4"]
    assert exporter.dropped == {"refused for the balance of lengths": 1}


def test_the_lengths_of_both_sides_are_reported() -> None:
    exporter = Dpo()

    assert len(chosen(exporter, two(1, "four", "ab"), two(2, "it", "be"))) == 2
    assert exporter.figures() == {"chosen_longer": 0.5, "length_ratio": 1.25}


def test_a_pair_that_is_not_written_again_is_not_reported_again() -> None:
    longer = (bot("A long answer.", labels=labelled(0.9)), bot("No.", labels=labelled(0.1)))
    shorter = (bot("Yes.", labels=labelled(0.9)), bot("A long refusal.", labels=labelled(0.1)))
    trees = [record(user("u", *longer)), record(user("u", *longer)), record(user("u", *shorter))]
    exporter = Dpo()

    assert len(list(exporter.rows(trees))) == 2
    assert exporter.figures()["chosen_longer"] == 0.5


def test_without_pairs_there_is_nothing_to_report() -> None:
    assert Dpo().figures() == {}


def test_pairs_of_one_model_are_preferred() -> None:
    tree = by_models(("other", 1.0), ("mine", 0.8), ("mine", 0.2))

    (row,) = Dpo(model="mine").rows([tree])

    assert (row["score_chosen"], row["score_rejected"]) == (0.8, 0.2)


def test_other_models_serve_where_the_one_gives_no_pair() -> None:
    exporter = Dpo(model="mine", policy="best_vs_worst")

    (row,) = exporter.rows([by_models(("other", 1.0), ("mine", 0.8), ("other", 0.2))])

    assert (row["score_chosen"], row["score_rejected"]) == (1.0, 0.2)
    assert exporter.dropped == {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_length_ratio": 0.5}, "max_length_ratio is 0.5; it is a number of at least 1.0"),
        ({"length": "short"}, "length is 'short'; it can be any, balance"),
        ({"model": 3}, "model is 3; it is a model's name"),
    ],
)
def test_a_wrong_option_is_an_input_error(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as error:
        EXPORTERS.make(Choice("dpo", (), options))

    assert str(error.value) == f"dpo: {message}"
