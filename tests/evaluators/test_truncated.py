import pytest

from dialoom.errors import InputError
from dialoom.evaluators.base import HEURISTICS, Subject
from dialoom.evaluators.truncated import Truncated
from dialoom.messages import Role
from dialoom.spec import Choice
from dialoom.verdicts import Verdict


def found(
    text: str,
    *,
    role: Role = "assistant",
    finish_reason: str = "stop",
    synthetic: bool = True,
    habit: float = 0.8,
) -> list[Verdict]:
    subject = Subject(text, "ada", role, finish_reason=finish_reason, synthetic=synthetic)
    return list(Truncated(habit=habit).check(subject))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("You can return it within 30 days. Just send it back in the", "it ends in 'the'"),
        ("I checked the order and", "it ends in 'and'"),
        ("First, open the app, then the menu,", "it ends in a comma"),
        ("These are the steps (", "a bracket is opened at the very end"),
        ("Sure! Here is the poem you asked for:", "nothing follows the colon"),
        ("Run this:\n```python\nprint('a')", "a code fence is left open"),
        ("```\na\n```\nand\n```\nb", "a code fence is left open"),
        ("Yes, it does. Dementia is a general term for a decline in c", "has no end"),
        ("That is late.\n\nI will ask the courier and let you know by the end", "has no end"),
        ("1. Open the app.\n2. Tap the menu.\n3. Choose the order that you", "has no end"),
        ("I will send it to", "it ends in 'to'"),
        ("- It is cheap.\n- It is fast.\n- It runs on every phone that has ever", "has no end"),
        ("It ships today! You will get a mail with a number so that you can", "has no end"),
    ],
)
def test_a_reply_that_stops_in_the_middle_is_a_fault(text: str, why: str) -> None:
    (verdict,) = found(text)
    assert why in verdict.reason
    assert (verdict.name, verdict.severity, verdict.version) == ("truncated", "fault", "1")
    assert verdict.span is not None
    assert verdict.span[1] == len(text)


@pytest.mark.parametrize(
    "text",
    [
        "That is all.",
        "Is it?",
        'He said "no."',
        "**Done!**",
        "It costs 5 euros",
        "I think php",
        "Hello. Bye 😊",
        "Use the menu. Or press:\n\n    ctrl+c",
        "See the manual.\nhttps://example.org/manual",
        "You need these:\n- eggs\n- milk\n- two pounds of flour",
        "1. Alpha\n2. Beta\n3. Gamma and the rest of it",
        "Run it:\n```\nls -l\n```",
        "Dear Rita, it is late. Sorry.\n\nSincerely,\nAda",
        "Kind regards,",
        "It is plan A",
        "Steps:\n1. Open the app\n2. Log in\n3. Go on",
        "I asked Dr. Lee",
        "I am sad :(",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "It is 5 km. So 5 * 2 = 10",
        "Wait\u2026",
        "你好。再见。",
        "",
    ],
)
def test_a_reply_that_is_whole_is_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("finish_reason", "why"),
    [("length", "token limit"), ("content_filter", "content filter")],
)
def test_what_the_model_says_of_its_end_is_believed(finish_reason: str, why: str) -> None:
    (verdict,) = found("The refund is on", finish_reason=finish_reason)
    assert why in verdict.reason
    assert verdict.weight == 0.5


def test_a_stopped_reply_that_ends_well_weighs_half() -> None:
    (verdict,) = found("The refund is on its way.", finish_reason="length")
    assert verdict.weight == 0.25


def test_a_missing_full_stop_weighs_half() -> None:
    assert found("It is late. I will ask them now")[0].weight == 0.25


def test_people_may_leave_out_the_last_full_stop() -> None:
    text = "I waited for a week. Now I want my money back"
    assert found(text) != []
    assert found(text, synthetic=False) == []
    assert found(text + " and", synthetic=False) != []


def test_a_colon_at_the_end_of_a_question_is_no_cut() -> None:
    assert found("Please correct the following text:", role="prompter") == []


def test_the_habit_decides_whether_a_missing_full_stop_counts() -> None:
    text = "It is late.\nWe are sorry\nWe will send another one to you now"
    assert found(text) == []
    assert found(text, habit=0.5) != []


@pytest.mark.parametrize("habit", [0, 2, "often"])
def test_a_habit_that_is_no_share_is_refused(habit: object) -> None:
    with pytest.raises(InputError, match=r"truncated: habit is .*; give a number above 0"):
        HEURISTICS.make(Choice.parse({"truncated": {"habit": habit}}))
