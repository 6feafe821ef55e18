from random import Random

import pytest
from shop_talk import part

from dialoom.evaluators.base import HEURISTICS, Said, Subject
from dialoom.evaluators.facts import Fact, asks_for, told_at
from dialoom.evaluators.ledger import Ledger, Move, ledger_of
from dialoom.personas.model import Persona
from dialoom.spec import Choice

RITA = Persona(
    name="rita",
    display_name="Rita",
    description="A customer.",
    knows={"item": "a blue teapot", "order_number": "QX204913", "since": "last Monday"},
    hides_until_asked=("order_number", "since"),
    doesnt_know=("where the parcel is now",),
)
PERSONAS = {"rita": RITA}


def thread(*texts: str) -> list[Said]:
    """Return what Rita and the shop say by turns, Rita first."""
    return [
        Said("rita", "prompter", text) if place % 2 == 0 else Said("shop", "assistant", text)
        for place, text in enumerate(texts)
    ]


def moves(*texts: str) -> list[tuple[int, str, str]]:
    return [(m.turn, m.fact, m.standing) for m in ledger_of(thread(*texts), PERSONAS).moves]


def fact(name: str, value: str) -> Fact:
    return Fact("rita", name, value, hidden=True)


def test_facts_stand_as_the_sheet_has_them_before_anybody_speaks() -> None:
    ledger = ledger_of([], PERSONAS)
    assert ledger.moves == ()
    assert [(line.fact, line.standing) for line in ledger.at(-1)] == [
        ("item", "open"),
        ("order_number", "hidden"),
        ("since", "hidden"),
        ("where the parcel is now", "unknown"),
    ]


def test_an_open_fact_is_said_whenever_it_is_told() -> None:
    assert moves("I want my blue teapot.") == [(0, "item", "said")]


def test_a_hidden_fact_is_asked_for_and_then_told() -> None:
    told = moves("Hello.", "What is your order number?", "It's QX204913.")
    assert told == [(1, "order_number", "asked"), (2, "order_number", "told")]


def test_a_hidden_fact_is_leaked_when_nobody_asked() -> None:
    assert moves("My order QX204913 is late.") == [(0, "order_number", "leaked")]


def test_a_fact_that_somebody_else_told_is_no_leak() -> None:
    told = moves("Hello.", "This is about order QX204913.", "Yes, order QX204913.")
    assert told == [(2, "order_number", "said")]


def test_a_fact_moves_once() -> None:
    told = moves("QX204913.", "Your order number?", "QX204913, as I said.")
    assert told == [(0, "order_number", "leaked")]


def test_an_unknown_topic_that_is_stated_is_invented() -> None:
    assert moves("The parcel is in Leipzig.") == [(0, "where the parcel is now", "invented")]


def test_the_ledger_tells_how_all_stands_after_each_message() -> None:
    ledger: Ledger = ledger_of(
        thread("My blue teapot is late.", "Since when?", "Last Monday."), PERSONAS
    )
    assert ledger.moves[-1] == Move(2, "rita", "since", "told", (0, 12))
    of_since = [
        next(line.standing for line in ledger.at(turn) if line.fact == "since")
        for turn in range(-1, 3)
    ]
    assert of_since == ["hidden", "hidden", "asked", "told"]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("order_number", "QX204913", "It is qx 204-913."),
        ("allergy", "penicillin, a rash as a child", "I'm allergic to penicillin."),
        ("strength", "6 out of 10", "I'd say a six out of ten."),
        ("years_in_kitchen", "8", "I worked eight years in a kitchen."),
        ("since", "a week", "It began about a week ago."),
        ("smoking", "ten cigarettes a day", "Ten cigarettes a day."),
        ("reason_for_selling", "a bad knee", "I'm selling because of my knee."),
        ("earlier_trouble", "the last order came broken", "The last one? Broken. The order too."),
    ],
)
def test_a_fact_is_told(name: str, value: str, text: str) -> None:
    assert told_at(fact(name, value), text)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("order_number", "QX204913", "It is QX204914."),
        ("order_number", "QX204913", "It is QX2049137."),
        ("years_in_kitchen", "8", "I have 8 dogs."),
        ("strength", "6 out of 10", "I waited 6 hours."),
        ("allergy", "penicillin, a rash as a child", "As a child I was fine."),
        ("earlier_trouble", "the last order came broken", "My order never came."),
        ("since", "a week", ""),
        ("name", "?!", "?!"),
    ],
)
def test_a_fact_is_not_told(name: str, value: str, text: str) -> None:
    assert told_at(fact(name, value), text) is None


@pytest.mark.parametrize(
    ("name", "text", "asks"),
    [
        ("order_number", "May I have your order number?", True),
        ("order_number", "Please give me the reference.", True),
        ("order_number", "Tell me more.", True),
        ("order_number", "How are you today?", False),
        ("order_number", "Your order is late.", False),
        ("strength", "On a scale from 1 to 10, how bad is it?", True),
        ("smoking", "Do you smoke?", True),
        ("smoking", "I don't smoke.", False),
    ],
)
def test_a_question_near_a_fact_asks_for_it(name: str, text: str, asks: bool) -> None:
    assert asks_for(fact(name, "x"), text) == asks


def verdicts(
    text: str, *before: str, synthetic: bool = True
) -> list[tuple[str, str, float | None]]:
    rule = HEURISTICS.make(Choice.parse("disclosure"))
    subject = Subject(
        text,
        "rita",
        "prompter",
        thread=tuple(thread(*before)),
        persona=RITA,
        synthetic=synthetic,
    )
    return [(v.reason, v.severity, v.value) for v in rule.check(subject)]


def test_the_rule_notes_what_is_told_and_faults_what_leaks() -> None:
    assert verdicts("My blue teapot, order QX204913.") == [
        ('tells item: "My blue teapot, order QX204913."', "note", 0.0),
        ('tells order_number before anybody asked for it: "QX204913"', "fault", 1.0),
    ]
    assert verdicts("QX204913.", "Hello.", "Your order number?") == [
        ('tells order_number, which it was asked for: "QX204913"', "note", 0.0)
    ]


def test_what_an_author_wrote_is_no_fault() -> None:
    (verdict,) = verdicts("QX204913.", synthetic=False)
    assert verdict[1:] == ("note", 0.0)


def test_the_ledger_follows_everybody_on_the_stage() -> None:
    who = part(Random(0)).persona
    shop = RITA.model_copy(update={"name": "shop", "knows": {"voucher": "WELCOME2024"}})
    ledger = ledger_of(
        thread(f"It's {who.knows['order_number']}.", "Take WELCOME2024."),
        {"rita": who, "shop": shop.model_copy(update={"hides_until_asked": ()})},
    )
    assert [(m.speaker, m.fact, m.standing) for m in ledger.moves] == [
        ("rita", "order_number", "leaked"),
        ("shop", "voucher", "said"),
    ]
