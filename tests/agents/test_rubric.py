import pytest

from dialoom.agents.rubric import OASST_CRITERIA, Criterion, rubric_of
from dialoom.errors import InputError
from dialoom.messages import FLAG_LABELS, LIKERT_LABELS


def test_every_oasst_label_is_a_criterion_with_its_scale() -> None:
    assert set(OASST_CRITERIA) == {*FLAG_LABELS, *LIKERT_LABELS}
    for name in LIKERT_LABELS:
        assert list(OASST_CRITERIA[name].values.values()) == [0, 0.25, 0.5, 0.75, 1]
    for name in FLAG_LABELS:
        assert OASST_CRITERIA[name].values == {"no": 0, "yes": 1}


def test_a_rubric_keeps_the_order_asked_for_and_takes_own_criteria() -> None:
    own = Criterion("tact", "How tactful is it?", "blunt", "tactful")
    assert [item.name for item in rubric_of(["toxicity", own, "quality"])] == [
        "toxicity",
        "tact",
        "quality",
    ]


def test_all_faults_of_a_rubric_are_told_at_once_with_the_nearest_name() -> None:
    with pytest.raises(InputError) as error:
        rubric_of(["helpfullness", "spam", "spam"])
    assert [str(fault) for fault in error.value.faults] == [
        "no rubric item is named 'helpfullness'; did you mean 'helpfulness'?",
        "the rubric names 'spam' twice",
    ]


def test_an_empty_rubric_is_an_error_that_lists_the_names() -> None:
    with pytest.raises(InputError, match=r"the rubric is empty; there are spam, fails_task, .*"):
        rubric_of([])
