import pytest

from dialoom.errors import InputError
from dialoom.evaluators.base import HEURISTICS, Subject
from dialoom.evaluators.near_identical import NearIdentical
from dialoom.spec import Choice
from dialoom.verdicts import Verdict

FIRST = "I'm sorry that your parcel is late. I will refund the whole price today."


def found(text: str, *earlier: str, similarity: float = 0.92) -> list[Verdict]:
    siblings = (*earlier, text, FIRST)
    subject = Subject(text, "ada", "assistant", siblings=siblings, candidate=len(earlier))
    return list(NearIdentical(similarity=similarity).check(subject))


@pytest.mark.parametrize(
    "text",
    [
        FIRST,
        FIRST.upper(),
        FIRST.replace(".", "!"),
        FIRST + "\n",
        f"**{FIRST}**",
        FIRST.replace("'", "\u2019"),
        FIRST.replace("the whole", "your whole"),
        FIRST.replace("today", "to you"),
        "So " + FIRST,
        FIRST + " Okay",
        FIRST.replace("I'm sorry", "I am sorry"),
    ],
)
def test_a_candidate_almost_equal_to_an_earlier_one_is_noted(text: str) -> None:
    (verdict,) = found(text, "Something else altogether.", FIRST)
    assert (verdict.name, verdict.severity, verdict.weight) == ("near_identical", "note", 0.0)
    assert "candidate 1" in verdict.reason
    assert verdict.value is not None
    assert 0.92 <= verdict.value <= 1


@pytest.mark.parametrize(
    "text",
    [
        "I can't refund it, but I can send you another one.",
        FIRST.replace("will refund", "will not refund"),
        FIRST.replace("will refund", "won't refund"),
        FIRST.replace("the whole price", "40 % of the price"),
        FIRST.replace("today", "in 5 days"),
        "I'm sorry that your parcel is late.",
        FIRST + " Is there anything else that I can do for you before you go?",
        "Sorry!",
        "",
    ],
)
def test_a_candidate_that_says_something_else_is_left_alone(text: str) -> None:
    assert found(text, FIRST) == []


@pytest.mark.parametrize(("one", "other"), [("5 days", "6 days"), ("You can", "You can't")])
def test_a_number_or_a_denial_makes_texts_different_however_alike(one: str, other: str) -> None:
    rest = " get the whole amount back if the parcel has not arrived by then, as I said before."
    assert found(one + rest, other + rest) == []
    assert found(one + rest, one + rest + " Yes") != []


def test_the_first_of_two_equal_candidates_is_not_at_fault() -> None:
    subject = Subject(FIRST, "ada", "assistant", siblings=(FIRST, FIRST), candidate=0)
    assert list(NearIdentical().check(subject)) == []


def test_a_message_without_siblings_is_left_alone() -> None:
    assert list(NearIdentical().check(Subject(FIRST, "ada", "assistant"))) == []


def test_long_texts_that_differ_late_are_not_called_equal() -> None:
    start = "All of this is the same in both of the texts. " * 200
    (verdict,) = found(start + "But the ends differ a lot: refund.", start + "Nothing to add.")
    assert "like candidate 0" in verdict.reason


def test_the_similarity_can_be_set() -> None:
    other = FIRST.replace("parcel", "order").replace("whole price", "full amount")
    assert found(other, FIRST) == []
    assert found(other, FIRST, similarity=0.7) != []


@pytest.mark.parametrize("similarity", [0, 1.2, -1, "high", True])
def test_a_similarity_that_is_no_share_is_refused(similarity: object) -> None:
    with pytest.raises(InputError, match="give a number above 0 and at most 1"):
        HEURISTICS.make(Choice.parse({"near_identical": {"similarity": similarity}}))


def test_its_version_is_stated() -> None:
    assert found(FIRST, FIRST)[0].version == "1"
