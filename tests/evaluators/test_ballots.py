import pytest

from dialoom.evaluators.ballots import merged_preferences, preferences, ranked_pairs
from dialoom.evaluators.ranks import (
    Findings,
    grades,
)
from dialoom.verdicts import Verdict


@pytest.mark.parametrize(
    ("ballots", "order"),
    [
        (["wxzy"] * 3 + ["wyxz"] * 2 + ["xyzw"] * 4 + ["xzwy"] * 5 + ["ywxz"], "xzwy"),
        (["ab", "ba"], "ab"),
        (["abc", "bca", "cab"], "abc"),
        (["abc", "acb", "bac"], "abc"),
        (["abcd", "dcba", "acbd"], "acbd"),
        (["cab"], "cab"),
    ],
)
def test_ballots_merge_as_in_open_assistant(ballots: list[str], order: str) -> None:
    assert ranked_pairs(ballots) == list(order)


def test_the_majority_decides() -> None:
    assert ranked_pairs(["ba", "ba", "ab"]) == ["b", "a"]
    assert ranked_pairs(["ab", "ab", "ba"]) == ["a", "b"]


def test_of_a_cycle_the_weakest_majority_gives_way() -> None:
    assert ranked_pairs(["bac"] * 3 + ["acb"] * 2 + ["cba"] * 2) == ["b", "a", "c"]


def test_only_what_every_ballot_ranks_takes_part() -> None:
    assert ranked_pairs(["cab", "xba", "bxa"]) == ["b", "a"]
    assert ranked_pairs(["ab", "bc"]) == []
    assert ranked_pairs([]) == []


def test_the_order_of_ballots_changes_nothing() -> None:
    ballots = ["wxzy"] * 3 + ["wyxz"] * 2 + ["xyzw"] * 4 + ["xzwy"] * 5 + ["ywxz"]
    assert ranked_pairs(ballots[::-1]) == ranked_pairs(ballots)


def test_what_no_ballot_prefers_stays_level() -> None:
    assert preferences({}, ["a", "b", "c"]) == {"a": 0.5, "b": 0.5, "c": 0.5}
    assert preferences({("b", "a"): 2.0}, ["a", "b", "c"]) == {"a": 0.25, "b": 0.75, "c": 0.5}


def test_a_circle_is_opened_where_it_is_weakest() -> None:
    nets = {("a", "b"): 3.0, ("b", "c"): 2.0, ("c", "a"): 1.0}
    assert preferences(nets, ["a", "b", "c"]) == {"a": 1.0, "b": 0.5, "c": 0.0}


def test_ballots_of_several_critics_are_merged_by_majority() -> None:
    one, two, three = {0: 1.0, 1: 0.0}, {0: 0.0, 1: 1.0}, {0: 1.0, 1: 0.0}
    assert merged_preferences([one, two]) == {0: 0.5, 1: 0.5}
    assert merged_preferences([one, two, three]) == {0: 1.0, 1: 0.0}


def test_preferences_of_several_critics_count_as_one_merit() -> None:
    def compared(first: float, second: float, third: float) -> Findings:
        values = {"a": first, "b": second, "c": third}
        return Findings(
            "assistant",
            [Verdict("preference", v, "", "critic", c, kind="critic") for c, v in values.items()],
        )

    graded = grades([compared(1, 0, 1), compared(0, 1, 0)])
    assert [grade.score for grade in graded] == [1.0, 0.0]
    graded = grades([compared(1, 0, 1), compared(0, 1, 0)], doubted=["a"])
    assert [grade.score for grade in graded] == [0.5, 0.5]
