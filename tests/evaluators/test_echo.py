import pytest

from dialoom.errors import InputError
from dialoom.evaluators.base import HEURISTICS, Said, Subject
from dialoom.evaluators.echo import Echo
from dialoom.spec import Choice
from dialoom.verdicts import Verdict

ASKED = (
    "Hi, my order AB123456 is five days late. I called twice and nobody picked up the phone. "
    "I want my money back."
)


def found(text: str, asked: str = ASKED, rule: Echo | None = None) -> list[Verdict]:
    thread = (Said("rita", "prompter", asked),)
    return list((rule or Echo()).check(Subject(text, "ada", "assistant", thread=thread)))


@pytest.mark.parametrize(
    "text",
    [
        ASKED,
        ASKED.upper(),
        f"> {ASKED}",
        f'"{ASKED}"',
        ASKED.replace(".", "!"),
        ASKED.replace("my money", "the money"),
        ASKED.replace("Hi, ", ""),
        ASKED + " Okay?",
    ],
)
def test_a_reply_that_gives_the_whole_message_back_is_hopeless(text: str) -> None:
    (verdict,) = found(text)
    assert (verdict.name, verdict.severity, verdict.version) == ("echo", "hopeless", "1")


@pytest.mark.parametrize(
    "text",
    [
        ASKED[:80] + " and I will look into that for you at once, so please wait for a moment.",
        "Hi my order AB123456 is five days late I called twice and that is a pity, of course.",
        "I called twice and nobody picked up the phone. That is bad.",
        "My dear. I called twice and nobody picked up the phone. I want my money back.",
        "Oh! I want my money back.",
        "I want my money back. I want my money back. Sure.",
        "Hi, my order AB123456 is five days late. It is on its way.",
        "So so. I called twice and nobody picked up the phone! I see.",
    ],
)
def test_a_long_beginning_or_whole_sentences_are_a_fault(text: str) -> None:
    (verdict,) = found(text)
    assert verdict.severity == "fault"
    assert 0.4 <= verdict.weight <= 0.8
    assert verdict.span is not None


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("I'm sorry that it is five days late. You will get your money back.", ASKED),
        ("So your order AB123456 is five days late? Let me see what I can do.", ASKED),
        ("Nice to meet you!", "Nice to meet you!"),
        ("Thank you.", "Thank you."),
        ("Hello there!", "Hello there, how are you today?"),
        ("You called twice and nobody picked up the phone: that must not happen.", ASKED),
        ("Five days late, you say.", ASKED),
        (
            "I want my money back, you say. But the parcel left here on Monday and it will be at "
            "your door by noon, as the courier has told me just now on the phone.",
            ASKED,
        ),
        ("Sure: what is the order number?", "What is it?"),
        ("", ASKED),
    ],
)
def test_an_answer_in_the_others_words_is_left_alone(text: str, asked: str) -> None:
    assert found(text, asked) == []


def test_a_first_message_echoes_nobody() -> None:
    assert list(Echo().check(Subject(ASKED, "rita", "prompter"))) == []


def test_what_the_speaker_said_itself_is_no_echo() -> None:
    thread = (Said("ada", "assistant", ASKED),)
    assert list(Echo().check(Subject(ASKED, "ada", "assistant", thread=thread))) == []


def test_an_echo_of_an_older_message_is_not_looked_for() -> None:
    thread = (
        Said("rita", "prompter", ASKED),
        Said("ada", "assistant", "I will see to that."),
        Said("rita", "prompter", "When will you?"),
    )
    assert list(Echo().check(Subject(ASKED, "ada", "assistant", thread=thread))) == []


def test_among_several_the_last_message_of_each_counts() -> None:
    thread = (
        Said("rita", "prompter", ASKED),
        Said("tom", "prompter", "I agree with her about that."),
    )
    assert list(Echo().check(Subject(ASKED, "ada", "assistant", thread=thread))) != []


def test_an_echo_of_the_user_is_the_users_fault() -> None:
    thread = (Said("ada", "assistant", "How can I help you with that today?"),)
    (verdict,) = Echo().check(
        Subject("How can I help you with that today?", "rita", "prompter", thread=thread)
    )
    assert verdict.user_fault


def test_the_options_change_what_is_an_echo() -> None:
    half = ASKED[:40] + "and that is really a shame, I will see what can be done for you today."
    assert found(half) == []
    assert found(half, rule=Echo(prefix=6)) != []
    assert found("Nice to meet you!", "Nice to meet you!", rule=Echo(min_words=3)) != []
    loose = (
        ASKED.replace("order", "parcel")
        .replace("called", "phoned")
        .replace("money", "cash")
        .replace("want", "need")
    )
    assert found(loose) == []
    assert found(loose, rule=Echo(similarity=0.7))[0].severity == "hopeless"


@pytest.mark.parametrize("options", [{"similarity": 0}, {"min_words": 0}, {"prefix": "long"}])
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InputError, match=f"^echo: {next(iter(options))} is .*; give a "):
        HEURISTICS.make(Choice.parse({"echo": options}))
