import pytest

from dialoom.errors import InputError
from dialoom.evaluators.base import HEURISTICS, Subject
from dialoom.evaluators.length import Length
from dialoom.spec import Choice
from dialoom.verdicts import Verdict


def found(text: str, rule: Length) -> list[Verdict]:
    return list(rule.check(Subject(text, "ada", "assistant")))


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("Yes.", 2, 600),
        ("Gulp!", 2, 600),
        ("Don't!", 2, 600),
        ("**Hello**", 2, 600),
        ("好", 2, 600),
        ("Not quite enough", 4, 600),
        ("word " * 601, 2, 600),
        ("one two three four", 1, 3),
        ("你好世界", 1, 3),
        ("word " * 30_000, 2, 20_000),
    ],
)
def test_a_reply_outside_the_limits_is_a_fault(text: str, least: int, most: int) -> None:
    (verdict,) = found(text, Length(min=least, max=most))
    assert (verdict.name, verdict.severity, verdict.weight) == ("length", "fault", 0.3)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("Yes, please.", 2, 600),
        ("word " * 600, 2, 600),
        ("well-known", 2, 600),
        ("Yes.", 1, 600),
        ("Yes.", 0, 600),
        ("你好", 2, 600),
        ("one - two", 2, 2),
        ("word " * 30_000, 2, 30_000),
        ("", 2, 600),
        ("...", 2, 600),
    ],
)
def test_a_reply_within_the_limits_is_left_alone(text: str, least: int, most: int) -> None:
    assert found(text, Length(min=least, max=most)) == []


def test_the_reason_gives_the_count_and_the_limit() -> None:
    assert found("Yes.", Length())[0].reason == 'the reply has 1 word "Yes.", fewer than 2'
    long = found("word " * 1_200, Length())[0].reason
    assert long == "the reply has 1,200 words, more than 600"


def test_options_are_taken_from_yaml() -> None:
    rule = HEURISTICS.make(Choice.parse({"length": {"min": 3, "max": 5}}))
    assert list(rule.check(Subject("two words", "ada", "assistant")))
    assert not list(rule.check(Subject("three words here", "ada", "assistant")))
    assert list(rule.check(Subject("this is more than five words", "ada", "assistant")))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"min": -1}, "min is -1; give a whole number from 0 on"),
        ({"min": "two"}, "min is 'two'; give a whole number from 0 on"),
        ({"min": True}, "min is True; give a whole number from 0 on"),
        ({"max": 0}, "max is 0; give a whole number from 1 on"),
        ({"min": 9, "max": 3}, "min is 9 and max 3; min may not be the larger"),
    ],
)
def test_wrong_limits_are_refused_in_a_sentence(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=f"^length: {sentence}$"):
        HEURISTICS.make(Choice.parse({"length": options}))
