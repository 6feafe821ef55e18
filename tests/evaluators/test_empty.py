import pytest

from dialoom.evaluators.base import HEURISTICS, Subject
from dialoom.evaluators.empty import Empty
from dialoom.messages import Role
from dialoom.spec import Choice
from dialoom.verdicts import Verdict


def found(text: str, *, role: Role = "assistant") -> list[Verdict]:
    return list(Empty().check(Subject(text, "ada", role)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n\t ",
        "...",
        "\u2026",
        "---",
        "* * *",
        "\u200b\u200b",
        '""',
        "?!",
        "```\n\n```",
        "```python\n```",
        "<think>I should greet her.</think>",
        "<think>cut off in the middle of a thou",
        "<think></think>\n\n",
        "<br>",
        "<|im_end|>",
        "[no response]",
        "(silence)",
        "*pause*",
        "[empty]",
        "<None>",
    ],
)
def test_a_reply_that_says_nothing_is_hopeless(text: str) -> None:
    (verdict,) = found(text)
    assert verdict.severity == "hopeless"
    assert (verdict.name, verdict.evaluator, verdict.version) == ("spam", "empty", "1")


@pytest.mark.parametrize(
    "text",
    [
        "No.",
        "5",
        "👍",
        "Ja",
        "好",
        "OK",
        "x",
        "<3",
        "(laughs) No.",
        "[no response] was what I got from the server.",
        "<think>Hm.</think>Yes.",
        "```\nprint(1)\n```",
        "*sighs* Fine.",
        "null and void",
        "-1",
    ],
)
def test_a_reply_of_one_word_number_or_emoji_is_not_empty(text: str) -> None:
    assert found(text) == []


def test_the_reason_shows_what_stood_there_instead_of_words() -> None:
    assert found("")[0].reason == "the reply says nothing: no text at all"
    assert found("...")[0].reason == 'the reply says nothing: only "..."'
    assert found("...")[0].span == (0, 3)


def test_an_empty_message_of_the_user_is_the_users_fault() -> None:
    assert found("", role="prompter")[0].user_fault
    assert not found("")[0].user_fault


def test_it_is_registered_by_name() -> None:
    assert isinstance(HEURISTICS.make(Choice.parse("empty")), Empty)
