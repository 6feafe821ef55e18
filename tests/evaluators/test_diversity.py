"""Values worked out by hand, and what must hold whatever the texts are."""

import math
import random
from functools import partial

import pytest

from dialoom.evaluators.diversity import (
    compression_ratio,
    distinct,
    length_range,
    mtld,
    self_bleu,
)

VOCABULARY = [f"word{n}" for n in range(400)]


def texts(count: int, *, vocabulary: int = 400, seed: int = 1) -> list[list[str]]:
    chance = random.Random(seed)
    return [chance.choices(VOCABULARY[:vocabulary], k=12) for _ in range(count)]


def test_two_words_in_turn_end_a_stretch_every_three_words() -> None:
    # a b a: 2 of 3 are different, under 0.72
    assert mtld(["a", "b"] * 30) == pytest.approx(3.0)


def test_a_stretch_that_is_not_over_counts_in_part() -> None:
    # forward: 50 words without a repeat, then one; 50 of 51, so (1 - 50/51) / 0.28 of a stretch
    words = [*VOCABULARY[:50], VOCABULARY[0]]
    assert mtld(words) == pytest.approx(51 / ((1 - 50 / 51) / 0.28))


def test_directions_are_averaged() -> None:
    words = [*["a", "b"] * 20, *VOCABULARY[:40]]
    assert mtld(words) == pytest.approx(mtld(words[::-1]))


@pytest.mark.parametrize("words", [[], ["a"] * 49, VOCABULARY[:60]])
def test_mtld_is_undefined_for_few_words_and_without_any_repeat(words: list[str]) -> None:
    assert mtld(words) is None


def test_distinct_is_different_n_grams_over_all() -> None:
    corpus = [["a", "b", "a", "b"], ["a", "b"]]
    assert distinct(corpus, 1) == 2 / 6
    assert distinct(corpus, 2) == 2 / 4  # ab ba ab | ab
    assert distinct(corpus, 3) == 2 / 2
    assert distinct(corpus, 5) is None
    assert distinct([], 1) is None


def test_self_bleu_of_one_text_again_and_again_is_one() -> None:
    assert self_bleu([["a", "b", "c", "d", "e"]] * 3) == pytest.approx(1.0)


def test_self_bleu_of_texts_with_nothing_in_common_is_what_smoothing_leaves() -> None:
    value = (0.1 / 5 * 0.1 / 4 * 0.1 / 3 * 0.1 / 2) ** 0.25
    assert self_bleu([["a", "b", "c", "d", "e"], ["f", "g", "h", "i", "j"]]) == pytest.approx(value)


def test_self_bleu_counts_no_word_more_often_than_a_reference_has_it() -> None:
    one, two = ["a", "a", "a", "a"], ["a", "b", "c", "d"]
    smoothed = 0.1
    first = (1 / 4 * smoothed / 3 * smoothed / 2 * smoothed / 1) ** 0.25
    assert self_bleu([one, two]) == pytest.approx(first)  # the same for both


def test_a_shorter_text_pays_for_its_brevity() -> None:
    short, long = ["a", "b", "c", "d"], ["a", "b", "c", "d", "e", "f"]
    inside = (4 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25
    assert self_bleu([short, long]) == pytest.approx((math.exp(1 - 6 / 4) + inside) / 2)


@pytest.mark.parametrize("corpus", [[], [["a", "b", "c", "d"]], [["a"], ["b"], ["c"]]])
def test_self_bleu_needs_two_texts_of_four_words(corpus: list[list[str]]) -> None:
    assert self_bleu(corpus) is None


def test_text_that_repeats_gets_smaller() -> None:
    assert compression_ratio([]) is None
    assert compression_ratio([""]) is None
    once, often = compression_ratio(["abcdefgh"]), compression_ratio(["abcdefgh"] * 100)
    assert once is not None
    assert often is not None
    assert once < 1 < 20 < often


@pytest.mark.parametrize("size", [1, 2, 3])
def test_saying_everything_twice_lowers_distinct(size: int) -> None:
    corpus = texts(50)
    before, after = distinct(corpus, size), distinct(corpus * 2, size)
    assert before is not None
    assert after == pytest.approx(before / 2)


@pytest.mark.parametrize("measure", [self_bleu, lambda t: compression_ratio(map(" ".join, t))])
def test_saying_everything_twice_raises_what_measures_repeats(measure: object) -> None:
    assert callable(measure)
    corpus = texts(50)
    assert measure(corpus * 2) > measure(corpus)


def test_a_smaller_vocabulary_is_seen_by_every_measure() -> None:
    rich, poor = texts(60), texts(60, vocabulary=20)
    falls = [partial(distinct, size=1), partial(distinct, size=2)]
    for fall in falls:
        one, other = fall(rich), fall(poor)
        assert one is not None
        assert other is not None
        assert other < one
    one, other = (mtld([word for text in corpus for word in text]) for corpus in (rich, poor))
    assert one is not None
    assert other is not None
    assert other < one
    first, second = self_bleu(rich), self_bleu(poor)
    assert first is not None
    assert second is not None
    assert second > first


def test_the_order_of_texts_changes_nothing_but_mtld() -> None:
    corpus = texts(40)
    turned = corpus[::-1]
    assert distinct(corpus, 2) == distinct(turned, 2)
    assert self_bleu(corpus) == pytest.approx(self_bleu(turned))


def test_other_names_for_the_words_change_nothing() -> None:
    corpus = texts(30)
    renamed = [[f"x{word}" for word in text] for text in corpus]
    assert self_bleu(corpus) == pytest.approx(self_bleu(renamed))
    assert distinct(corpus, 3) == distinct(renamed, 3)
    assert mtld([w for t in corpus for w in t]) == mtld([w for t in renamed for w in t])


@pytest.mark.parametrize(
    ("words", "name"), [(0, "0-9"), (9, "0-9"), (10, "10-19"), (319, "160-319"), (320, "320-")]
)
def test_lengths_fall_into_ranges(words: int, name: str) -> None:
    assert length_range(words) == name
