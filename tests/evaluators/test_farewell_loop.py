import pytest

from dialoom.errors import InputError
from dialoom.evaluators.base import HEURISTICS, Said, Subject
from dialoom.evaluators.farewell_loop import FarewellLoop
from dialoom.messages import Role
from dialoom.spec import Choice
from dialoom.verdicts import Verdict


def found(*texts: str, rule: FarewellLoop | None = None) -> list[Verdict]:
    """Return what is found of the last of these messages, the assistant speaking last."""
    turns: list[tuple[str, Role]] = [("ada", "assistant"), ("rita", "prompter")]
    said = [Said(*turns[(len(texts) - 1 - i) % 2], text) for i, text in enumerate(texts)]
    *before, last = said
    subject = Subject(last.text, last.speaker, last.role, thread=tuple(before))
    return list((rule or FarewellLoop()).check(subject))


@pytest.mark.parametrize(
    "texts",
    [
        ("Goodbye!", "Bye!", "Bye!"),
        ("Thank you, goodbye.", "Goodbye, Rita.", "Goodbye!"),
        ("Have a great day!", "You have a great day too!", "Thank you, take care!"),
        ("See you soon!", "See you then!", "Looking forward to it. See you soon!"),
        ("Bye!", "Take care.", "You're welcome!"),
        ("Auf Wiedersehen!", "Auf Wiedersehen!", "Auf Wiedersehen!"),
        ("Au revoir !", "Bonne journée !", "Merci, à bientôt !"),
        ("Goodbye!", "Bye!", "Enjoy your trip and have a safe flight!"),
        ("Thanks!", "You're welcome!", "Thank you!", "My pleasure!", "Thanks again!"),
        ("Where is it?", "It is there.", "Thanks, bye.", "Have a nice evening!", "Bye bye!"),
    ],
)
def test_one_more_goodbye_after_both_took_leave_is_a_fault(texts: tuple[str, ...]) -> None:
    (verdict,) = found(*texts)
    assert (verdict.name, verdict.severity, verdict.weight) == ("farewell_loop", "fault", 0.4)
    assert verdict.version == "1"


@pytest.mark.parametrize(
    "texts",
    [
        ("Goodbye!",),
        ("Thanks, bye!", "Goodbye!"),
        ("Thanks!", "You're welcome!", "Bye!"),
        ("Thanks!", "You're welcome. Goodbye!", "Bye!"),
        ("Bye!", "Bye!", "Wait, what about my refund?"),
        ("Goodbye!", "Bye! Is there anything else?", "No. Bye!"),
        ("Bye!", "Goodbye!", "I have sent the refund just now, it is on your card."),
        ("Goodbye", "So you leave now, do you?", "Goodbye!"),
        ("I said goodbye to my old phone " + "and more " * 60, "Take care.", "Bye!"),
        ("Bye!", "Goodbye!", "Thanks! " + "And one more thing that I forgot to say. " * 10),
        ("What is a bye in sports?", "A bye is a round off.", "And a farewell match?"),
        ("Thanks!", "You're welcome!", "Thank you!", "My pleasure!"),
    ],
)
def test_leave_that_is_taken_once_is_left_alone(texts: tuple[str, ...]) -> None:
    assert found(*texts) == []


def test_the_reason_and_span_show_the_goodbye() -> None:
    (verdict,) = found("Bye!", "Goodbye!", "Well then, take care!")
    assert verdict.reason == 'after 2 goodbyes in a row, one more: "Well then, take care!"'
    assert verdict.span == (11, 20)


def test_how_many_goodbyes_are_enough_can_be_set() -> None:
    texts = ("Bye!", "Goodbye!", "Take care!")
    assert found(*texts, rule=FarewellLoop(times=3)) == []
    assert found(*texts, "Bye!", rule=FarewellLoop(times=3)) != []
    assert found("Bye!", "Goodbye!", rule=FarewellLoop(times=1)) != []


@pytest.mark.parametrize("times", [0, -1, 1.5, "twice"])
def test_a_wrong_number_of_times_is_refused(times: object) -> None:
    with pytest.raises(InputError, match=r"^farewell_loop: times is .*; give a whole number"):
        HEURISTICS.make(Choice.parse({"farewell_loop": {"times": times}}))
