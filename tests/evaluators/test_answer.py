"""Replies are marked by the answer they say they give, and the candidates' answers are voted on."""

from typing import Any

import pytest
from pydantic import ValidationError

from dialoom.evaluators.answer import Answer
from dialoom.evaluators.answers import is_right, majority, said_answer
from dialoom.evaluators.base import Said, Subject
from dialoom.scenarios.check import Check, number
from dialoom.verdicts import Verdict

OPENING = (Said("ada", "prompter", "What is it?"),)


def check(kind: str, answer: Any = None, **fields: Any) -> Check:
    return Check.model_validate({"type": kind, "answer": answer, **fields})


def verdicts(*texts: str, candidate: int = 0, given: Check, **fields: Any) -> list[Verdict]:
    fields = {"thread": OPENING, "role": "assistant", **fields}
    subject = Subject(
        texts[candidate], "bob", siblings=texts, candidate=candidate, check=given, **fields
    )
    return list(Answer().check(subject))


def marks(*texts: str, given: Check) -> list[dict[str, float | None]]:
    return [
        {one.name: one.value for one in verdicts(*texts, candidate=place, given=given)}
        for place in range(len(texts))
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("42", 42),
        ("-3", -3),
        ("\u22123", -3),
        ("3/4", 0.75),
        ("1,250", 1250),
        ("1,250,000.5", 1250000.5),
        ("2,5", 2.5),
        (".5", 0.5),
        ("1e3", 1000),
        ("15 % of it", 15),
        ("CHF 80.", 80),
        ("1/0", None),
        ("none", None),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, value: float | None) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("numeric", "First 3 x 4 = 12, then 2 more. The answer is 14.", "14"),
        ("numeric", "So we get 60 * 15 / 100 = 9", "9"),
        ("numeric", r"Hence \boxed{7} it is, not 8.", "7"),
        ("numeric", "We had 3 and 4.\n#### 12", "12"),
        ("numeric", "That makes nine... no, 9 apples!", "That makes nine... no, 9 apples!"),
        ("numeric", "Is it 3 or 4? Which do you think?", None),
        ("numeric", "What have you tried?", None),
        ("mcq", "The answer is (C) because it rains.", "C) because it rains"),
        ("mcq", "B", "B"),
        ("mcq", "b) The second one", "b) The second one"),
        ("mcq", "A good question! What do you think?", None),
        ("set", "The answer is: red, green and blue.", "red, green and blue"),
        ("exact", "Answer: Bern", "Bern"),
    ],
)
def test_an_answer_is_what_a_reply_says_is_one(kind: str, text: str, said: str | None) -> None:
    assert said_answer(text, check(kind)) == said


@pytest.mark.parametrize(
    ("kind", "answer", "said", "right"),
    [
        ("numeric", 15, "15 francs", True),
        ("numeric", "15", "15.0", True),
        ("numeric", "5/6", "0.8333333333", True),
        ("numeric", "3/4", "0.76", False),
        ("numeric", "not known", "0", False),
        ("exact", "Bern", " BERN. ", True),
        ("exact", "Bern", "Not Bern", False),
        ("exact", "correct", "The answer is not correct.", False),
        ("set", "red, green", "Green and red", True),
        ("set", ["red", "green"], "red; green; blue", False),
        ("mcq", "C", "(c)", True),
        ("mcq", "C", "B", False),
        ("regex", r"\bBern\b", "I think it is bern, yes", True),
        ("regex", r"\bBern\b", "Berne", False),
        ("jsonschema", {"required": ["a"]}, '{"a": 1}', True),
        ("jsonschema", {"required": ["a"]}, '{"b": 1}', False),
        ("jsonschema", {"required": ["a"]}, "a: 1", False),
    ],
)
def test_an_answer_is_right_when_it_is_the_one_given(
    kind: str, answer: Any, said: str, right: bool
) -> None:
    unchecked = Check.model_construct(type=kind, answer=answer, tolerance=0)
    assert is_right(said, unchecked) is right


@pytest.mark.parametrize(
    ("tolerance", "said", "right"),
    [
        (0, "10.1", False),
        (0.1, "10.1", True),
        (0.1, "10.2", False),
        ("1%", "10.1", True),
        ("1%", "10.2", False),
        ("0%", "10", True),
    ],
)
def test_tolerance_is_a_number_or_a_share_of_the_answer(
    tolerance: Any, said: str, right: bool
) -> None:
    assert is_right(said, check("numeric", 10, tolerance=tolerance)) is right


def test_more_votes_than_anything_else_are_a_majority_and_ties_abstain() -> None:
    assert majority(["a", "b", "a"]) == "a"
    assert majority(["a", "b", "b", "a"]) is None
    assert majority(["a", "b"]) is None
    assert majority(["a", None, "a", None]) == "a"
    assert majority(["a"]) is None
    assert majority([]) is None


def test_every_candidate_keeps_its_own_answer_in_the_vote() -> None:
    # those without an answer must not shift the others
    texts = ("What do you think?", "The answer is 7.", "Hm.", "The answer is 9.", "It is = 9")
    assert marks(*texts, given=check("numeric", 7)) == [
        {},
        {"correct": 1.0, "majority": 0.0},
        {},
        {"correct": 0.0, "majority": 1.0},
        {"correct": 0.0, "majority": 1.0},
    ]


def test_a_wrong_answer_is_a_fault_that_says_both() -> None:
    (wrong,) = verdicts("The answer is 12.", given=check("numeric", 15))
    assert (wrong.severity, wrong.weight, wrong.user_fault) == ("fault", 0.8, False)
    assert wrong.reason == 'the answer "12" is wrong; right is "15"'
    (right,) = verdicts("The answer is 15.", given=check("numeric", 15))
    assert (right.severity, right.weight) == ("note", 0.0)


def test_where_nobody_knows_the_answer_the_minority_is_marked_down() -> None:
    texts = ("The answer is 3.", "The answer is 3.", "The answer is 4.")
    by_vote = check("numeric")
    assert marks(*texts, given=by_vote) == [{"majority": 1.0}, {"majority": 1.0}, {"majority": 0.0}]
    (against,) = verdicts(*texts, candidate=2, given=by_vote)
    assert (against.severity, against.weight) == ("fault", 0.3)
    assert against.reason == '"4": 1 of 3 answers say so, against the majority'
    assert verdicts("The answer is 3.", "The answer is 4.", given=by_vote) == []


def test_the_rule_is_silent_without_a_check_or_elsewhere() -> None:
    text = "The answer is 12."
    assert list(Answer().check(Subject(text, "bob", "assistant", siblings=(text,)))) == []
    assert verdicts(text, given=check("numeric", 15), role="prompter") == []
    assert verdicts(text, given=check("numeric", 15, at=[3])) == []
    assert len(verdicts(text, given=check("numeric", 15, at=[1]))) == 1


def test_a_pattern_says_where_the_answer_stands() -> None:
    given = check("exact", "blue", pattern=r"colour: (\w+)")
    assert said_answer("colour: red, I mean colour: blue", given) == "blue"
    assert said_answer("blue", given) is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"type": "regex"}, "needs an `answer`"),
        ({"type": "regex", "answer": "("}, "not a regular expression"),
        ({"type": "jsonschema", "answer": "x"}, "a mapping"),
        ({"type": "numeric", "answer": "many"}, "is no number"),
        ({"type": "mcq", "answer": "Bern"}, "no letter"),
        ({"type": "exact", "answer": ["a"]}, "one value"),
        ({"type": "exact", "answer": "a", "tolerance": 1}, "option of numeric"),
        ({"type": "numeric", "answer": 1, "tolerance": "much"}, "from 0 on"),
        ({"type": "numeric", "answer": 1, "tolerance": -1}, "from 0 on"),
        ({"type": "regex", "answer": "a", "pattern": "b"}, "whole reply"),
        ({"type": "numeric", "answer": 1, "pattern": "("}, "not a regular expression"),
        ({"type": "numeric", "answer": 1, "at": [0]}, "greater than or equal to 1"),
    ],
)
def test_a_check_that_cannot_be_made_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Check.model_validate(fields)


@pytest.mark.parametrize("text", ["", " ", "=" * 5000, "answer is " * 3000, "1" * 5000, "(" * 5000])
@pytest.mark.parametrize("kind", ["numeric", "exact", "set", "mcq"])
def test_odd_replies_do_no_harm(text: str, kind: str) -> None:
    for one in verdicts(text or " ", given=check(kind, "1" if kind == "numeric" else "a")):
        assert one.value in (0.0, 1.0)
