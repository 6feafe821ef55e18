from math import log

import pytest

from dialoom.agents.likelihood import likelihood
from dialoom.agents.rubric import OASST_CRITERIA
from dialoom.errors import EvaluatorError

QUALITY = OASST_CRITERIA["quality"].values
SPAM = OASST_CRITERIA["spam"].values


def test_the_expected_value_weighs_each_answer_by_its_probability() -> None:
    odds = likelihood([("5", log(0.5)), ("3", log(0.3)), ("1", log(0.2))], QUALITY)
    assert odds.expected(QUALITY) == pytest.approx(0.5 * 1 + 0.3 * 0.5)
    assert (
        str(odds) == "P(5)=.50, P(3)=.30, P(1)=.20; 100% of the model's probability is on the scale"
    )


def test_probability_off_the_scale_counts_for_no_answer() -> None:
    odds = likelihood([("This", log(0.6)), ("4", log(0.3)), ("2", log(0.1))], QUALITY)
    assert odds.expected(QUALITY) == pytest.approx(0.75 * 0.75 + 0.25 * 0.25)
    assert odds.mass == pytest.approx(0.4)
    assert str(odds) == "P(4)=.75, P(2)=.25; 40% of the model's probability is on the scale"


@pytest.mark.parametrize("token", ["yes", " Yes", "YES", "\u2581yes", "\u0120Yes", "**yes", '"yes'])
def test_an_answer_is_known_whatever_case_and_space_the_tokenizer_gives_it(token: str) -> None:
    assert likelihood([(token, log(0.9)), ("no", log(0.1))], SPAM).expected(SPAM) == pytest.approx(
        0.9
    )


@pytest.mark.parametrize("token", ["15", "not 5", "5th", "4.5", "yes!no", ""])
def test_a_token_that_only_contains_an_answer_is_none(token: str) -> None:
    odds = likelihood([(token, log(0.5)), ("2", log(0.4))], QUALITY)
    assert odds.shares == {"1": 0, "2": 1, "3": 0, "4": 0, "5": 0}


def test_an_answer_never_considered_is_no_better_than_a_barely_considered_one() -> None:
    never = likelihood([("1", log(0.99))], QUALITY).expected(QUALITY)
    barely = likelihood([("1", log(0.98)), ("5", log(0.01))], QUALITY).expected(QUALITY)
    assert never == 0 < barely


@pytest.mark.parametrize("top", [[], [("This", log(0.9)), ("5", log(0.04))], [("5", float("nan"))]])
def test_a_model_that_does_not_answer_on_the_scale_gives_no_value(
    top: list[tuple[str, float]],
) -> None:
    with pytest.raises(EvaluatorError, match=r"does not answer on the scale 1/2/3/4/5"):
        likelihood(top, QUALITY)
