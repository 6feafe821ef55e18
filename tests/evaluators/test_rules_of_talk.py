"""What single rules for talk and personas say, where, and what their options change."""

import pytest

from dialoom.errors import InputError
from dialoom.evaluators.base import HEURISTICS, Said, Subject
from dialoom.messages import Role
from dialoom.personas.model import Persona
from dialoom.spec import Choice
from dialoom.verdicts import Verdict

RITA = Persona(
    name="rita",
    display_name="Rita",
    description="A customer.",
    traits={"patience": "thin"},
    speaking_style="short and blunt",
    example_lines=("I waited at home all day for nothing.", "Thank you so much, **really**."),
    knows={"test_date": "Thursday", "allergy": "penicillin"},
    doesnt_know=("where the parcel is now",),
)
NEW = (
    *("contradiction", "disclosure", "example_line", "fabrication", "goal_drift", "long_turn"),
    *("markdown", "restart", "sanitised", "sycophancy", "toxicity", "unanswered"),
)


def found(rule: object, subject: Subject) -> list[Verdict]:
    return list(HEURISTICS.make(Choice.parse(rule)).check(subject))


def rita(text: str, *before: str, goal: str = "", setting: str = "") -> Subject:
    return Subject(
        text,
        "rita",
        "prompter",
        thread=talk(*before),
        persona=RITA,
        personas={"rita": RITA},
        goal=goal,
        setting=setting,
    )


def talk(*texts: str) -> tuple[Said, ...]:
    """Return what Rita and Ada say by turns, Rita first."""
    sides: tuple[tuple[str, Role], ...] = (("rita", "prompter"), ("ada", "assistant"))
    return tuple(Said(*sides[place % 2], text) for place, text in enumerate(texts))


def ada(text: str, *before: str) -> Subject:
    return Subject(text, "ada", "assistant", thread=talk(*before))


@pytest.mark.parametrize(
    ("rule", "subject", "reason", "quoted"),
    [
        (
            "fabrication",
            rita("Well. The parcel is in Leipzig, so send it."),
            'it doesn\'t know "where the parcel is now": "The parcel is in Leipzig"',
            "The parcel is in Leipzig",
        ),
        (
            "fabrication",
            rita("The test is on Friday."),
            'test_date is "Thursday" in its sheet: "The test is on Friday."',
            "The test is on Friday.",
        ),
        (
            "restart",
            rita("Hello! My pan is late.", "My pan is late.", "I see."),
            'it opens anew after 1 message of its own: "Hello"',
            "Hello",
        ),
        (
            "sycophancy",
            ada("You're absolutely right!", "2 + 2?", "4.", "No, that's wrong."),
            'gives in to mere disagreement: "You\'re absolutely right"',
            "You're absolutely right",
        ),
        (
            "contradiction",
            ada("Yes. Your parcel arrives on Friday.", "?", "Your parcel arrives on Monday.", "?"),
            'said "Your parcel arrives on Monday." before and now "Your parcel arrives on Friday."',
            "Your parcel arrives on Friday.",
        ),
        ("toxicity", ada("Oh, you i d i o t!", "Hi."), None, None),
        ("toxicity", ada("You're an 1d10t, sir.", "Hi."), 'an insult: "You\'re an 1d10t"', None),
        (
            "markdown",
            rita("I want:\n- money\n- time"),
            'a list in a user\'s message: "- money - time"',
            "- money\n- time",
        ),
        (
            "example_line",
            rita("I WAITED at home, all day, for nothing!"),
            'the message is an example line: "I waited at home all day for nothing."',
            None,
        ),
        (
            "sanitised",
            rita("I really appreciate your help. Please take your time."),
            'it is "patience: thin" and says "I really appreciate your" and '
            '"Please take your time"',
            "I really appreciate your",
        ),
        (
            "unanswered",
            ada("I see.", "Where is my parcel from last week?"),
            '"Where is my parcel from last week?" gets "I see."',
            None,
        ),
    ],
)
def test_the_reason_quotes_what_made_the_rule_fire(
    rule: str, subject: Subject, reason: str | None, quoted: str | None
) -> None:
    verdicts = found(rule, subject)
    if reason is None:
        assert verdicts == []
        return
    (verdict,) = verdicts
    assert verdict.reason == reason
    assert verdict.user_fault == (subject.role == "prompter")
    if quoted:
        assert verdict.span
        assert subject.text[slice(*verdict.span)] == quoted


def test_one_common_word_of_a_topic_is_no_statement_about_it() -> None:
    persona = RITA.model_copy(update={"doesnt_know": ("how much the return costs",)})
    for text, fires in (("return 0;", False), ("The return costs 5 euros.", True)):
        assert (
            bool(found("fabrication", Subject(text, "rita", "prompter", persona=persona))) == fires
        )


def test_a_spoken_conversation_forbids_written_forms_to_everybody() -> None:
    persona = RITA.model_copy(update={"name": "ada"})
    for setting, fires in (("A phone call.", True), ("A chat.", False)):
        subject = Subject("# Help\nSure.", "ada", "assistant", persona=persona, setting=setting)
        assert bool(found("markdown", subject)) == fires


def test_forms_of_the_example_lines_are_its_own_way() -> None:
    assert found("markdown", rita("I want **money**.")) == []


def test_the_narrower_limit_of_words_counts() -> None:
    (verdict,) = found("long_turn", rita("word " * 90, setting="A phone call."))
    assert verdict.reason.startswith("90 words, 80 are the most for a persona of few words")
    assert found({"long_turn": {"terse": 90}}, rita("word " * 90)) == []
    assert found({"long_turn": {"terse": 200, "spoken": 50}}, rita("word " * 90)) == []


def test_who_greets_somebody_that_has_come_in_does_not_restart() -> None:
    thread = (*talk("My pan is late.", "I see.", "And now?"), Said("tom", "assistant", "Tom here."))
    subject = Subject("Hello Tom, my pan is late.", "rita", "prompter", thread=thread)
    assert found("restart", subject) == []


def test_flattery_can_be_left_out() -> None:
    subject = ada("What a great question! It is 4.", "2 + 2?")
    assert [verdict.weight for verdict in found("sycophancy", subject)] == [0.1]
    assert found({"sycophancy": {"flattery": False}}, subject) == []


def test_coarse_words_are_a_note_that_can_be_left_out() -> None:
    subject = rita("Well, sh*t.")
    assert [(v.severity, v.value) for v in found("toxicity", subject)] == [("note", 0.3)]
    assert found({"toxicity": {"coarse": False}}, subject) == []


def test_one_polite_phrase_is_nobodys_fault_unless_the_scenario_says_so() -> None:
    subject = rita("I really appreciate your help.")
    assert found("sanitised", subject) == []
    assert len(found({"sanitised": {"times": 1}}, subject)) == 1


def test_a_goal_that_asks_for_thanks_allows_them() -> None:
    text = "I really appreciate your help. Thanks for your time."
    assert len(found("sanitised", rita(text))) == 1
    assert found("sanitised", rita(text, goal="Say thank you at the end.")) == []


def test_long_questions_and_replies_are_taken_for_answers() -> None:
    text = "I see. Thank you for your message."
    subject = ada(text, "Where is my parcel from last week?")
    assert len(found("unanswered", subject)) == 1
    assert found({"unanswered": {"max_words": 5}}, subject) == []


def test_only_so_many_turns_are_looked_back_for_contradictions() -> None:
    old = ["My name is Anna.", "Hi."] + ["Hm.", "Yes."] * 3
    assert len(found("contradiction", rita("My name is Berta.", *old))) == 1
    assert found({"contradiction": {"turns": 2}}, rita("My name is Berta.", *old)) == []


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"goal_drift": {"max_share": 0}}, "max_share is 0; give a number above 0"),
        ({"goal_drift": {"turns": 0}}, "turns is 0; give a whole number from 1 on"),
        ({"sycophancy": {"flattery": 1}}, "flattery is 1; give true or false"),
        ({"toxicity": {"coarse": "no"}}, "coarse is 'no'; give true or false"),
        ({"long_turn": {"spoken": 0}}, "spoken is 0; give a whole number from 1 on"),
        ({"example_line": {"similarity": 2}}, "similarity is 2; give a number above 0"),
        ({"unanswered": {"max_words": 0.5}}, "max_words is 0.5; give a whole number"),
        ({"sanitised": {"times": 0}}, "times is 0; give a whole number"),
        ({"contradiction": {"turns": -1}}, "turns is -1; give a whole number"),
    ],
)
def test_a_wrong_option_is_a_sentence(choice: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        HEURISTICS.make(Choice.parse(choice))


@pytest.mark.parametrize("rule", NEW)
@pytest.mark.parametrize(
    "unit", ["a", "1", "- x\n", ". ", "`", "**", "f*ck ", "my name is ", "A1-", "中", "i am "]
)
def test_replies_of_any_size_and_kind_are_judged(rule: str, unit: str) -> None:
    text = unit * (100_000 // len(unit))
    subject = rita(text, text, f"{text}?", goal="Get 5 pans back.", setting="A phone call.")
    for verdict in found(rule, subject):
        assert len(verdict.reason) <= 160
        assert "\n" not in verdict.reason
