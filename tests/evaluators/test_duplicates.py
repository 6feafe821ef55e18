"""Planted duplicates are found among real messages, and nothing else is merged."""

import gzip
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from records import bot, record, user

from dialoom.evaluators.duplicates import (
    JACCARD,
    LEXICAL,
    MIN_WORDS,
    Duplicate,
    DuplicateTexts,
    alike,
    jaccard,
)
from dialoom.evaluators.near_identical import contradict
from dialoom.evaluators.text import likeness, normalised
from dialoom.messages import messages, parse_tree
from dialoom.tree import TreeRecord

REAL = Path(__file__).parents[1] / "data" / "oasst_en_100_trees.jsonl.gz"
LONG = "I ordered a blue kettle from your shop last week and it has not come yet."


@cache
def real_texts() -> tuple[str, ...]:
    with gzip.open(REAL, "rt", encoding="utf-8") as lines:
        found = [message.text for line in lines for message in messages(parse_tree(line))]
    return tuple(dict.fromkeys(text for text in found if len(text.split()) >= 12))


def alone(place: int, text: str) -> TreeRecord:
    return record(user(text, message_id=f"m{place}"), name=f"t{place}")


def found(*records: TreeRecord) -> list[Duplicate]:
    texts = DuplicateTexts()
    for one in records:
        texts.add(one)
    return list(texts.duplicates())


def shouted(text: str, chance: random.Random) -> str:
    return f"  {text.upper()} !!"


def lengthened(text: str, chance: random.Random) -> str:
    words = text.split()
    return " ".join([*words, *chance.sample(["please", "thanks", "truly"], 1)])


def misspelt(text: str, chance: random.Random) -> str:
    words = text.split()
    for _ in range(max(1, len(words) // 30)):
        at = chance.randrange(len(words))
        if words[at].isalpha() and len(words[at]) > 6:
            words[at] = words[at][:3] + words[at][4:]
    return " ".join(words)


@pytest.mark.parametrize("change", [shouted, lengthened, misspelt])
def test_planted_duplicates_of_real_messages_are_found(
    change: Callable[[str, random.Random], str],
) -> None:
    chance = random.Random(5)
    planted = chance.sample(real_texts(), 200)
    records = [alone(place, text) for place, text in enumerate(real_texts())]
    copies = [alone(10_000 + place, change(text, chance)) for place, text in enumerate(planted)]
    copied = {one.message_id for one in found(*records, *copies)} - {
        one.message_id for one in found(*records)
    }
    assert len(copied) >= 0.99 * len(planted)


def test_no_two_real_messages_are_merged_that_comparing_all_pairs_keeps_apart() -> None:
    texts = [normalised(text) for text in real_texts()]
    for one in found(*(alone(place, text) for place, text in enumerate(real_texts()))):
        own = texts[int(one.message_id[1:])]
        assert any(alike(own, other) for other in texts if other is not own), one


def test_siblings_are_compared_by_their_own_words_and_not_by_what_they_reply_to() -> None:
    tree = record(
        user(
            LONG,
            bot("Which order number do you have for that?", message_id="a"),
            bot("Let me look into this for you at once.", message_id="b"),
            bot("which order number do you have for that", message_id="c"),
        )
    )
    assert found(tree) == [Duplicate("c", "a", "exact", within=True)]


def test_the_same_words_of_the_other_role_are_no_duplicate() -> None:
    assert found(record(user(LONG, bot(LONG, message_id="echo")))) == []


def test_a_duplicate_in_another_tree_names_the_earliest() -> None:
    near = LONG.replace("blue", "big blue")
    one, two = found(alone(0, LONG), alone(1, near), alone(2, LONG))
    assert one == Duplicate("m1", "m0", "near", within=False)
    assert two == Duplicate("m2", "m0", "exact", within=False)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I can send the refund to you today.", "I can't send the refund to you today."),
        ("The parcel comes within 5 days of it.", "The parcel comes within 9 days of it."),
        ("This is what he told me, number 12.", "This is what he told me, number 13."),
        ("The cat sat on the mat by the door.", "The dog lay in the sun by the gate."),
    ],
)
def test_texts_that_say_other_things_are_not_merged(one: str, other: str) -> None:
    assert found(alone(0, one), alone(1, other)) == []


def test_short_answers_may_be_given_again() -> None:
    assert found(alone(0, "Yes, please do that."), alone(1, "Yes, please do that.")) == []
    assert MIN_WORDS == 5


def test_openers_of_the_author_are_meant_to_come_again() -> None:
    trees = [alone(0, LONG), alone(1, LONG)]
    for tree in trees:
        tree.tree.origin = "dialoom/scene"
        assert tree.tree.prompt is not None
        tree.tree.prompt.synthetic = False
    assert found(*trees) == []


def test_the_figures_count_each_kind_and_show_examples() -> None:
    texts = DuplicateTexts()
    for place, text in enumerate((LONG, LONG, LONG.replace("blue", "big blue"), "Something else")):
        texts.add(alone(place, text))
    figures = texts.found()["duplicates"]
    assert (figures.exact, figures.near, figures.clusters) == (1, 1, 1)
    assert (figures.within, figures.across) == (0, 2)
    assert figures.examples == (("m0", "m1"), ("m0", "m2"))


@pytest.mark.parametrize(
    ("texts", "count"), [([], 0), (["", ""], 0), (["\ud800 " * 9] * 2, 0), (["漢字" * 50] * 2, 1)]
)
def test_odd_texts_do_no_harm(texts: list[str], count: int) -> None:
    assert len(found(*(alone(place, text) for place, text in enumerate(texts)))) == count


def test_jaccard_counts_triples_in_common() -> None:
    assert jaccard("a b c d e", "a b c d f") == 2 / 4
    assert jaccard("a b", "a b") == 1.0
    assert jaccard("a b c", "x y z") == 0.0


def test_either_measure_is_enough() -> None:
    words = [f"word{n}" for n in range(40)]
    long, changed = " ".join(words), " ".join([*words[:38], "other"])
    assert jaccard(long, changed) >= JACCARD
    assert contradict(long, changed)
    short, typo = normalised(LONG), normalised(LONG.replace("ordered", "orderd"))
    assert likeness(short, typo, least=LEXICAL)
    assert alike(long, changed)
    assert alike(short, typo)


def test_the_copies_among_real_messages_are_found_within_and_across_trees() -> None:
    texts = DuplicateTexts()
    with gzip.open(REAL, "rt", encoding="utf-8") as lines:
        for line in lines:
            texts.add(TreeRecord(parse_tree(line)))
    figures = texts.found()["duplicates"]
    assert (figures.exact, figures.near, figures.within, figures.across) == (3, 11, 13, 1)
