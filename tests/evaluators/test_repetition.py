import time

import pytest

from dialoom.errors import InputError
from dialoom.evaluators.base import HEURISTICS, Said, Subject
from dialoom.evaluators.repetition import Repetition
from dialoom.spec import Choice
from dialoom.verdicts import Verdict

SORRY = "I'm sorry that your parcel is late."
REFUND = "I will refund the whole price to your card within five days."
POEM = (
    "The night is cold, the moon is high,\nand still the river runs.\n"
    "The owl is calling from the sky\nto all her sleeping sons."
)


def found(text: str, *earlier: str, rule: Repetition | None = None) -> list[Verdict]:
    thread = [Said("rita", "prompter", "My parcel is late.")]
    for said in earlier:
        thread += [
            Said("ada", "assistant", said),
            Said("rita", "prompter", "What else can you do?"),
        ]
    subject = Subject(text, "ada", "assistant", thread=tuple(thread))
    return list((rule or Repetition()).check(subject))


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry for your family. " * 20,
        "I'm so sorry to hear about your family's health.\n\n" * 8 + "I'm so sorry to hear",
        "I can help you with fractions, and I'm here to help you. But I'm not just a tutor, I'm a "
        "tutor. " * 4,
        "You can buy a game. I'll give you a gift card to a casino. I'll give you a gift card to a "
        "casino. I'll give you a gift card to a casino. I'll give you a gift card to a casino.",
        "yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes",
        "the price of the price of the price of the price of the price of the price",
        "hahahahahahahahahahahahahahahahahahahahahaha",
        "Nooooooooooooooooooooooooooooooooooooooooo",
        "1. Go on. " * 12,
        "我很抱歉。" * 20,
    ],
)
def test_a_reply_that_is_mostly_repetition_is_hopeless(text: str) -> None:
    verdicts = found(text)
    assert [verdict.severity for verdict in verdicts] == ["hopeless"]
    assert (verdicts[0].name, verdicts[0].version) == ("repetition", "1")


@pytest.mark.parametrize(
    "text",
    [
        f"{SORRY} {REFUND} {SORRY}",
        f"{SORRY} Let me see. {SORRY.upper()}",
        f"{SORRY}\n\n{REFUND}\n\n{SORRY}",
        "Now I am angry!!!!!!!!!!!!!!!!!!!! Do something.",
        "What????????????????? I paid for that, and it is my money.",
        "It is the best of the best phones there are, and the best of the best phones there are "
        "cost more, since the best of the best phones there are hard to find in any town.",
        "Well, that was sooooooooooooooooooooooooooooooooooooon, and I am glad of it, because we "
        "needed it and had nothing else to go by in those long days.",
        f"{REFUND} And then, as I said: {REFUND}",
    ],
)
def test_a_sentence_or_sign_that_recurs_is_a_fault(text: str) -> None:
    (verdict,) = found(text)
    assert verdict.severity == "fault"
    assert 0 < verdict.weight <= 1


@pytest.mark.parametrize(
    "text",
    [
        f"{SORRY} {REFUND}",
        POEM,
        "Yes. Yes. You are right. Yes.",
        "No, no, no! That is not what I meant.",
        "Thank you! Thank you so much! Thank you!",
        "Hmm... let me think... yes...",
        "Chapter 1 ........................ 5",
        "---------------------------------\nTitle\n---------------------------------",
        "```\nfor i in range(3):\n    print(i)\nfor i in range(3):\n    print(i)\n```",
        "The commit is e3a82186438a9a2ef80c2a3fdba0182fb9b2d5f1, as far as I know.",
        "1. Open the app.\n2. Open the menu.\n3. Open the order.\n4. Open the chat.",
        "Either you get the money back or you get another parcel or you get a voucher.",
        "Supercalifragilisticexpialidocious!",
        "",
    ],
)
def test_a_reply_that_goes_on_is_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        SORRY,
        SORRY.upper(),
        SORRY.replace(".", "!"),
        SORRY.replace("I'm", "I am"),
        f"**{SORRY}**",
        f"{SORRY} Sorry.",
        f"Well, {SORRY}",
        f"Oh no. {SORRY} How bad.",
    ],
)
def test_what_the_speaker_said_before_is_a_fault(text: str) -> None:
    (verdict,) = found(text, SORRY, REFUND)
    assert verdict.severity == "fault"
    assert "before" in verdict.reason or "earlier" in verdict.reason


@pytest.mark.parametrize(
    ("text", "earlier"),
    [
        ("Thank you.", "Thank you."),
        ("Yes, of course!", "Yes, of course!"),
        (REFUND, SORRY),
        (f"{SORRY} {REFUND} It will be there by Monday at the latest.", SORRY),
        (REFUND.replace("price", "sum").replace("card", "bank").replace("five", "ten"), REFUND),
        ("My parcel is late.", REFUND),
        (f"{REFUND} Is that fine with you, or would you like another parcel instead?", REFUND),
        (POEM, SORRY),
    ],
)
def test_what_is_new_or_short_is_left_alone(text: str, earlier: str) -> None:
    assert found(text, earlier) == []


def test_what_somebody_else_said_before_is_no_repetition() -> None:
    thread = (Said("rita", "prompter", SORRY),)
    assert list(Repetition().check(Subject(SORRY, "ada", "assistant", thread=thread))) == []


def test_the_span_is_where_the_sentence_comes_again() -> None:
    text = f"{SORRY} {REFUND} {SORRY}"
    (verdict,) = found(text)
    assert verdict.span is not None
    assert text[slice(*verdict.span)] == SORRY.rstrip(".")
    assert verdict.span[0] > len(SORRY)


def test_the_share_that_may_recur_can_be_set() -> None:
    text = "Open the box and take the old lamp. Open the box and take the new lamp, I mean it."
    assert found(text) == []
    assert found(text, rule=Repetition(max_share=0.1)) != []


def test_the_likeness_of_turns_can_be_set() -> None:
    other = SORRY.replace("parcel", "order").replace("late", "lost")
    assert found(other, SORRY) == []
    assert found(other, SORRY, rule=Repetition(similarity=0.7)) != []


def test_how_short_a_sentence_may_recur_can_be_set() -> None:
    assert found("Thank you very much. Really. Thank you very much.") == []
    text = "Thank you very much. Really. Thank you very much."
    assert found(text, rule=Repetition(min_words=4)) != []


def test_how_many_turns_are_looked_at_can_be_set() -> None:
    assert found(SORRY, SORRY, REFUND) != []
    assert found(SORRY, SORRY, REFUND, rule=Repetition(turns=1)) == []


@pytest.mark.parametrize(
    "options", [{"max_share": 0}, {"similarity": 1.5}, {"min_words": 0}, {"turns": 0.5}]
)
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InputError, match=f"^repetition: {next(iter(options))} is .*; give a "):
        HEURISTICS.make(Choice.parse({"repetition": options}))


@pytest.mark.parametrize("unit", ["ab ", "a", "!", "The same again. ", "word"])
def test_a_reply_of_100000_characters_is_judged_in_50_ms(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    start = time.process_time()
    found(text, text[1:], text[2:])
    assert time.process_time() - start < 0.05
