from random import Random
from typing import Any

import pytest

from dialoom.scenarios.forms import BadForm, form


def all_values(given: Any) -> list[Any]:
    made = form(given)
    return [made.nth(index) for index in range(made.size or 0)]


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ("calm", ["calm"]),
        (3, [3]),
        ([1, "two", 3.5, False], [1, "two", 3.5, False]),
        ([{"item": "pan", "price": 3}], [{"item": "pan", "price": 3}]),
        ({"weighted": {"calm": 3, 7: 1}}, ["calm", 7]),
        ({"range": [2, 5]}, [2, 3, 4, 5]),
        ({"range": [0, 10, 4]}, [0, 4, 8]),
        ({"range": [0, 1, 0.1]}, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]),
        ({"range": [-1.5, -1, 0.25]}, [-1.5, -1.25, -1]),
        ({"range": [4, 4]}, [4]),
    ],
)
def test_values_are_counted_off_in_order(given: Any, values: list[Any]) -> None:
    assert all_values(given) == values


def test_draws_stay_among_the_values() -> None:
    for given in (["a", "b"], {"range": [2, 5]}, {"range": [0, 1, 0.25]}, {"weighted": {"a": 1}}):
        made = form(given)
        assert {made.draw(Random(seed)) for seed in range(200)} == set(all_values(given))


def test_weights_set_how_often_a_value_is_drawn() -> None:
    made = form({"weighted": {"calm": 3, "furious": 1}})

    drawn = [made.draw(Random(seed)) for seed in range(4000)]

    assert drawn.count("calm") / 4000 == pytest.approx(0.75, abs=0.03)


def test_a_range_without_step_of_floats_is_continuous() -> None:
    made = form({"range": [0.5, 0.6]})

    drawn = [made.draw(Random(seed)) for seed in range(100)]

    assert made.size is None
    assert len(set(drawn)) == 100
    assert all(0.5 <= value <= 0.6 and round(value, 6) == value for value in drawn)


@pytest.mark.parametrize(
    ("given", "place", "message"),
    [
        ([], (), "the list is empty"),
        (None, (), "a value is empty; write '' for no text"),
        ([1, None], (1,), "a value is empty"),
        (float("nan"), (), "can't be nan"),
        ([["a"]], (0,), "can't be ['a']"),
        ([{}], (0,), "the mapping is empty"),
        ({}, (), "a mapping of nothing says no values"),
        ({"patern": "a"}, (), "did you mean 'pattern'?"),
        ({"range": [1, 2], "pattern": "a"}, (), "a mapping of range, pattern says no values"),
        ({"weighted": ["a"]}, ("weighted",), "write `weighted: {value: weight, …}`"),
        ({"weighted": {}}, ("weighted",), "write `weighted: {value: weight, …}`"),
        ({"weighted": {"a": 0}}, ("weighted", "a"), "a number above 0"),
        ({"weighted": {"a": -1}}, ("weighted", "a"), "a number above 0"),
        ({"weighted": {"a": float("nan")}}, ("weighted", "a"), "it is nan"),
        ({"weighted": {"a": float("inf")}}, ("weighted", "a"), "it is inf"),
        ({"weighted": {"a": "3"}}, ("weighted", "a"), "it is '3'"),
        ({"weighted": {"a": True}}, ("weighted", "a"), "it is True"),
        ({"weighted": {"a": 10**400}}, ("weighted", "a"), "at most 1,000,000,000"),
        ({"range": 3}, ("range",), "write `range: [low, high]`"),
        ({"range": [1]}, ("range",), "write `range: [low, high]`"),
        ({"range": [1, "9"]}, ("range",), "write `range: [low, high]`"),
        ({"range": [0, float("inf")]}, ("range",), "write `range: [low, high]`"),
        ({"range": [5, 2]}, ("range",), "low 5 is above high 2"),
        ({"range": [1, 5, 0]}, ("range", 2), "the step must be above 0; it is 0"),
        ({"pattern": 7}, ("pattern",), "write `pattern: regular expression`"),
        ({"pattern": "(a"}, ("pattern",), "is not a regular expression"),
    ],
)
def test_a_form_that_spells_nothing_is_refused(
    given: Any, place: tuple[Any, ...], message: str
) -> None:
    with pytest.raises(BadForm) as caught:
        form(given)

    assert message in str(caught.value)
    assert caught.value.place == place


def test_huge_numbers_are_no_trouble() -> None:
    assert form({"range": [0, 10**400]}).draw(Random(1)) <= 10**400
    assert form({"range": [1e-300, 1e300, 1e-300]}).draw(Random(1)) <= 1e300
