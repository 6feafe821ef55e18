import pytest

from dialoom.intervals import (
    Interval,
    Part,
    mean,
    mean_difference,
    rate,
    rate_difference,
    wilson,
)


def rounded(interval: Interval | None, places: int = 4) -> tuple[float, ...]:
    assert interval is not None
    return tuple(round(bound, places) for bound in interval)


def test_the_score_interval_has_the_values_of_the_literature() -> None:
    # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3
    assert rounded(wilson(81, 263))[1:] == (0.2553, 0.3662)
    assert rounded(wilson(15, 148))[1:] == (0.0624, 0.1605)
    assert rounded(wilson(0, 20))[1:] == (0.0, 0.1611)
    assert rounded(wilson(1, 29))[1:] == (0.0061, 0.1718)


def test_the_interval_of_a_difference_has_the_values_of_the_literature() -> None:
    # Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10
    assert rounded(rate_difference(wilson(48, 80), wilson(56, 70))) == (0.2, 0.0524, 0.3339)
    assert rounded(rate_difference(wilson(3, 10), wilson(9, 10))) == (0.6, 0.1705, 0.8090)
    assert rounded(rate_difference(wilson(0, 10), wilson(10, 10))) == (1.0, 0.6075, 1.0)


def test_a_rate_without_trials_is_no_rate() -> None:
    assert wilson(0, 0) is None
    assert rate([]) is None
    assert rate_difference(wilson(1, 2), None) is None


def test_messages_that_are_trees_of_their_own_count_in_full() -> None:
    parts = [Part(float(number < 8), 1) for number in range(10)]
    assert rate(parts) == wilson(8, 10)


def test_trees_whose_messages_are_all_alike_count_once_each() -> None:
    alike = [Part(100.0 * (number < 8), 100) for number in range(10)]
    wide, narrow = rate(alike), wilson(800, 1000)
    assert wide is not None
    assert narrow is not None
    assert wide.value == narrow.value == 0.8
    assert wide.high - wide.low == pytest.approx(0.49, abs=0.05)
    assert narrow.high - narrow.low < 0.06


def test_a_rate_of_all_counts_each_tree_once() -> None:
    assert rate([Part(50, 50)] * 6) == wilson(6, 6)


def test_trees_that_vary_less_than_chance_count_no_more_than_their_messages() -> None:
    assert rate([Part(5, 10)] * 4) == wilson(20, 40)


def test_a_mean_weighs_trees_by_their_messages() -> None:
    found = mean([Part(1.0, 1), Part(0.0, 3)])
    assert found is not None
    assert found.value == 0.25
    assert (found.low, found.high) == (0.0, 1.0)


def test_the_same_values_give_the_same_interval() -> None:
    parts = [Part(number**1.5, 2) for number in range(40)]
    assert mean(parts) == mean(parts)
    assert mean(parts, seed=1) != mean(parts, seed=2)


def test_the_bootstrap_comes_near_to_the_normal_interval_of_many_trees() -> None:
    parts = [Part(float(number % 10), 1) for number in range(400)]
    found = mean(parts)
    assert found is not None
    half = 1.96 * (8.25 / 400) ** 0.5
    assert found.value == 4.5
    assert found.low == pytest.approx(4.5 - half, abs=0.05)
    assert found.high == pytest.approx(4.5 + half, abs=0.05)


def test_a_difference_of_means_knows_its_direction() -> None:
    low, high = [Part(1.0, 2)] * 5 + [Part(2.0, 2)], [Part(4.0, 2)] * 6
    found = mean_difference(low, high)
    assert found is not None
    assert found.value == pytest.approx(2 - 7 / 12)
    assert 0 < found.low <= found.value <= found.high
    assert mean_difference([], high) is None
