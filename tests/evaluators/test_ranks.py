import doctest
from collections.abc import Sequence
from pathlib import Path

import pytest

from dialoom.evaluators.ranks import (
    Findings,
    Grade,
    critic_quality,
    grades,
    heuristic_score,
    ranks,
)
from dialoom.messages import OASST_LABELS, Role
from dialoom.verdicts import EvaluatorFailure, Severity, Verdict

DOCS = Path(__file__).parents[2] / "docs"
FAILED = EvaluatorFailure("critic", "1", "ModelTimeout", "too slow")


def rule(
    severity: Severity, weight: float = 0.0, *, user_fault: bool = False, by: str = "rule"
) -> Verdict:
    return Verdict(by, 1.0, "fired", by, "1", "heuristic", severity, weight, user_fault)


def said(name: str, value: float, version: str = "1") -> Verdict:
    return Verdict(name, value, "because", "critic", version, "critic")


def found(
    *verdicts: Verdict, role: Role = "assistant", failures: Sequence[EvaluatorFailure] = ()
) -> Findings:
    return Findings(role, verdicts, failures)


def scored(*scores: float) -> list[Grade]:
    return [Grade(score, "heuristics", rejected=False) for score in scores]


def distinct(count: int) -> list[str]:
    return ["red apples", "four green bicycles", "the moon is far", "no", "yes please"][:count]


def test_a_message_without_faults_scores_1() -> None:
    assert heuristic_score(found()) == 1


def test_faults_multiply_and_notes_change_nothing() -> None:
    score = heuristic_score(found(rule("fault", 0.5), rule("note", 0.9), rule("fault", 0.2)))
    assert score == pytest.approx(0.4)


def test_a_hopeless_message_is_rejected_with_score_0() -> None:
    assert grades([found(rule("hopeless"))]) == [Grade(0, "heuristics", rejected=True)]


def test_the_users_faults_cost_an_assistants_reply_nothing() -> None:
    faults = [rule("hopeless", user_fault=True), rule("fault", 0.5, user_fault=True)]
    assert grades([found(*faults)]) == [Grade(1, "heuristics", rejected=False)]


def test_the_users_faults_count_for_the_users_message() -> None:
    fault = rule("fault", 0.5, user_fault=True)
    assert grades([found(fault, role="prompter")])[0].score == 0.5
    assert grades([found(rule("hopeless", user_fault=True), role="prompter")])[0].rejected


def test_merits_are_averaged() -> None:
    assert critic_quality([said("quality", 0.5), said("helpfulness", 1.0)]) == 0.75


def test_each_harm_takes_its_share() -> None:
    verdicts = [said("quality", 1.0), said("toxicity", 0.25), said("spam", 0.5)]
    assert critic_quality(verdicts) == pytest.approx(0.375)


def test_no_merit_makes_up_for_a_whole_harm() -> None:
    assert critic_quality([said("quality", 1.0), said("hate_speech", 1.0)]) == 0


def test_a_rubric_of_harms_alone_starts_from_1() -> None:
    assert critic_quality([said("toxicity", 0.25)]) == 0.75


def test_several_judgements_of_a_criterion_count_as_their_mean() -> None:
    assert critic_quality([said("quality", 0.0), said("quality", 1.0)]) == 0.5


def test_what_a_message_is_about_says_nothing_of_its_quality() -> None:
    assert critic_quality([said("political_content", 1.0)]) is None
    assert critic_quality([said("quality", 0.5), said("moral_judgement", 1.0)]) == 0.5


@pytest.mark.parametrize("name", OASST_LABELS)
def test_every_oasst_label_is_a_merit_a_harm_or_neutral(name: str) -> None:
    low, high = (critic_quality([said(name, value)]) for value in (0.25, 0.75))
    if name in ("quality", "helpfulness", "creativity", "humor"):
        assert (low, high) == (0.25, 0.75)
    elif name in ("moral_judgement", "political_content"):
        assert (low, high) == (None, None)
    else:
        assert (low, high) == (0.75, 0.25)


def test_the_score_is_the_product_of_both_and_says_so() -> None:
    group = [found(rule("fault", 0.2), said("quality", 0.5)), found(said("quality", 0.75))]
    assert grades(group) == [
        Grade(0.4, "heuristics+critic", rejected=False),
        Grade(0.75, "heuristics+critic", rejected=False),
    ]


def test_an_untrusted_critic_decides_no_score_and_the_basis_says_so() -> None:
    group = [found(rule("fault", 0.2), said("quality", 0.5)), found(said("quality", 0.75))]
    assert grades(group, trusted=False) == [
        Grade(0.8, "heuristics", rejected=False),
        Grade(1, "heuristics", rejected=False),
    ]


def test_when_one_sibling_could_not_be_judged_the_critic_counts_for_none() -> None:
    group = [found(said("quality", 0.1)), found(failures=[FAILED]), found(said("quality", 0.9))]
    assert grades(group) == [Grade(1, "heuristics", rejected=False)] * 3


def test_siblings_judged_by_another_rubric_or_version_are_not_comparable() -> None:
    for other in (said("helpfulness", 0.9), said("quality", 0.9, "2")):
        assert {grade.basis for grade in grades([found(said("quality", 0.1)), found(other)])} == {
            "heuristics"
        }


def test_a_hopeless_sibling_without_a_judgement_hides_nobody_elses() -> None:
    group = [found(rule("hopeless")), found(said("quality", 0.5))]
    assert grades(group) == [
        Grade(0, "heuristics", rejected=True),
        Grade(0.5, "heuristics+critic", rejected=False),
    ]


def test_a_heuristic_that_fails_on_one_sibling_scores_none_of_them() -> None:
    failure = EvaluatorFailure("length", "1", "KeyError", "'x'")
    group = [found(rule("fault", 0.5, by="length")), found(failures=[failure])]
    assert [grade.score for grade in grades(group)] == [1, 1]


def test_without_heuristics_the_critic_is_the_basis() -> None:
    assert grades([found(said("quality", 0.5))], screened=False) == [
        Grade(0.5, "critic", rejected=False)
    ]


def test_what_nobody_judged_has_no_score() -> None:
    assert grades([found()], screened=False) == [Grade(None, "", rejected=False)]


def test_the_order_of_siblings_changes_no_grade() -> None:
    group = [
        found(rule("fault", 0.3), said("quality", 0.5)),
        found(rule("hopeless")),
        found(said("quality", 0.75)),
    ]
    assert grades(group[::-1]) == grades(group)[::-1]


def test_siblings_are_ranked_by_score_from_0() -> None:
    assert ranks(scored(0.2, 0.9, 0.5), distinct(3)) == [2, 0, 1]


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ((0.5, 0.5, 0.5), [None, None, None]),
        ((0.9, 0.9, 0.5), [0, None, 1]),
        ((0.5, 0.9, 0.5), [1, 0, None]),
        ((0.5, 0.5 + 1e-12), [None, None]),
        ((0.5, 0.5 + 1e-6), [1, 0]),
        ((0.9, 0.9, 0.5, 0.5), [0, None, 1, None]),
        ((0.7,), [None]),
    ],
)
def test_a_tie_claims_no_preference(scores: tuple[float, ...], expected: list[int | None]) -> None:
    assert ranks(scored(*scores), distinct(len(scores))) == expected


def test_a_sibling_near_identical_to_a_better_placed_one_is_unranked() -> None:
    texts = ["Please send me the order number.", "Go away.", "Please, send me the order number!"]
    assert ranks(scored(0.9, 0.2, 0.8), texts) == [0, 1, None]
    assert ranks(scored(0.9, 0.8), [texts[0], texts[2]]) == [None, None]


def test_texts_that_differ_in_a_number_or_a_denial_are_not_near_identical() -> None:
    texts = ["Your refund takes 5 days to arrive.", "Your refund takes 9 days to arrive."]
    assert ranks(scored(0.9, 0.8), texts) == [0, 1]


def test_rejected_and_unscored_siblings_are_unranked() -> None:
    graded = [
        Grade(0.0, "heuristics", rejected=True),
        *scored(0.4, 0.9),
        Grade(None, "", rejected=False),
    ]
    assert ranks(graded, distinct(4)) == [None, 1, 0, None]


def test_a_lone_fit_sibling_is_unranked() -> None:
    graded = [Grade(0.0, "heuristics", rejected=True), *scored(0.9)]
    assert ranks(graded, distinct(2)) == [None, None]


def test_ranks_count_up_from_0_without_gaps() -> None:
    for scores in ((0.1, 0.1, 0.2, 0.3, 0.3), (0.5, 0.4, 0.5, 0.4, 0.1)):
        placed = [rank for rank in ranks(scored(*scores), distinct(5)) if rank is not None]
        assert sorted(placed) == list(range(len(placed)))


def test_the_example_in_the_documentation_holds() -> None:
    found = doctest.testfile(str(DOCS / "tagging.md"), module_relative=False)
    assert (found.failed, found.attempted) == (0, 7)


def test_what_does_not_apply_leaves_the_score_alone_and_siblings_comparable() -> None:
    def both(tact: float | None) -> Findings:
        verdicts = [Verdict("tact", tact, "", "critic", "1", kind="critic"), said("quality", 0.5)]
        return Findings("assistant", verdicts)

    graded = grades([both(None), both(1.0)], polarity={"tact": 1, "quality": 1})
    assert [(grade.score, grade.basis) for grade in graded] == [
        (0.5, "heuristics+critic"),
        (0.75, "heuristics+critic"),
    ]
