import time

import pytest

from dialoom.errors import InputError
from dialoom.evaluators.base import HEURISTICS, Said, Subject
from dialoom.evaluators.role_flip import RoleFlip
from dialoom.messages import Role
from dialoom.personas.model import Persona
from dialoom.spec import Choice
from dialoom.verdicts import Verdict

NAMES = {"ada": "Ada", "frustrated_customer": "Rita Vance", "dr_lee": "Dr. Lee"}
ASKED = "Hi, my headset AB123456 is five days late."


def found(
    text: str,
    role: Role = "assistant",
    *,
    names: dict[str, str] | None = None,
    asked: str = ASKED,
    system: str = "",
    persona: Persona | None = None,
    rule: RoleFlip | None = None,
) -> list[Verdict]:
    speaker = "ada" if role == "assistant" else "frustrated_customer"
    other: Role = "prompter" if role == "assistant" else "assistant"
    subject = Subject(
        text,
        speaker,
        role,
        thread=(Said("frustrated_customer" if role == "assistant" else "ada", other, asked),),
        names=NAMES if names is None else names,
        system=system,
        persona=persona,
    )
    return list((rule or RoleFlip()).check(subject))


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("Rita: I want my money back.", "assistant"),
        ("**Rita Vance:** I want my money back now.", "assistant"),
        ("[frustrated_customer]: Where is it?", "assistant"),
        ("Customer: When will it be here?", "assistant"),
        ("User (angry): I have been waiting for days!", "assistant"),
        ("<|im_start|>user\nWhere is it?", "assistant"),
        ("### Human: where is it", "assistant"),
        ("Lee: I will have a look at it.", "assistant"),
        ("Ada: How can I help?", "prompter"),
        ("Assistant: I'm sorry to hear that.", "prompter"),
        ("Support agent: We will send another one.", "prompter"),
    ],
)
def test_a_reply_that_is_the_others_turn_is_hopeless(text: str, role: Role) -> None:
    (verdict,) = found(text, role)
    assert (verdict.name, verdict.severity, verdict.version) == ("role_flip", "hopeless", "1")
    assert verdict.span is not None


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("I'm sorry about that.\nRita: Sorry is not enough!", "assistant"),
        ("I'm sorry about that.\n\nCustomer: When will it come?", "assistant"),
        ("I'm sorry about that. Rita: When will it come?", "assistant"),
        ("Ada: I'm sorry.\nRita Vance: When will it come?", "assistant"),
        ("That is fine.<|im_end|>\n<|im_start|>user\nThank you.", "assistant"),
        ("Sure. [INST] Where is my parcel? [/INST]", "assistant"),
        ("My parcel is late.\nAssistant: I'm sorry to hear that.", "prompter"),
        ("Dr. Lee: I see.\nAda: So do I, and I will call.", "assistant"),
    ],
)
def test_a_reply_that_goes_on_with_the_others_turn_is_a_fault(text: str, role: Role) -> None:
    (verdict,) = found(text, role)
    assert (verdict.severity, verdict.weight) == ("fault", 0.6)
    assert "it goes on as another speaker" in verdict.reason


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("Ada: I'm sorry about that.", "assistant"),
        ("**Ada:** I'm sorry about that.", "assistant"),
        ("Assistant: I'm sorry about that.", "assistant"),
        ("[Ada]: I'm sorry about that.", "assistant"),
        ("ada: i will look at it now", "assistant"),
        ("Rita Vance: It is late, and I am angry.", "prompter"),
        ("Customer: It is late, and I am angry.", "prompter"),
        ("frustrated_customer: It is late.", "prompter"),
    ],
)
def test_the_speakers_own_label_is_a_light_fault(text: str, role: Role) -> None:
    (verdict,) = found(text, role)
    assert (verdict.severity, verdict.weight) == ("fault", 0.1)


@pytest.mark.parametrize(
    ("text", "role", "quote"),
    [
        ("I'm Rita, and I will help you.", "assistant", "I'm Rita"),
        ("Hello, my name is Rita Vance.", "assistant", "my name is Rita Vance"),
        ("This is Dr. Lee speaking for the shop.", "assistant", "This is Dr. Lee"),
        ("I am Ada from the shop.", "prompter", "I am Ada"),
        ("Hello, my name is Emma. I sell phones.", "assistant", "my name is Emma"),
        ("I\u2019m Mrs. Thompson, your doctor.", "assistant", "Mrs. Thompson"),
        ("Ada, I'm sorry to interrupt.", "assistant", "Ada,"),
        ("Hi Ada, thank you for the offer.", "assistant", "Hi Ada,"),
        ("Dear Rita, your parcel is late.", "prompter", "Dear Rita,"),
        ("Thanks, Ada! That is kind.", "assistant", "Thanks, Ada!"),
    ],
)
def test_a_speaker_that_is_mistaken_in_its_own_name_is_found(
    text: str, role: Role, quote: str
) -> None:
    (verdict,) = found(text, role)
    assert quote in verdict.reason
    assert verdict.severity == "fault"


@pytest.mark.parametrize(
    "text",
    [
        "Hello! How can I help you today?",
        "I'd be happy to help. Which order is it?",
        "Thank you for reaching out. I will look into it.",
        "As a customer service representative, I have no access to that.",
        "Is there anything else I can do for you?",
        "I\u2019m here to help, so tell me more.",
        "Let me know if you have any other questions.",
        "I apologize for the inconvenience.",
        "Please don't hesitate to reach out again.",
        "We have processed your refund.",
        "What brings you here today?",
        "I have looked into the problem with your order.",
        "Thank you for your patience and understanding.",
    ],
)
def test_a_prompter_that_talks_like_the_service_is_found(text: str) -> None:
    (verdict,) = found(text, "prompter")
    assert verdict.user_fault
    assert "it talks like the serving side" in verdict.reason
    assert found(text, "assistant") == []


@pytest.mark.parametrize(
    "text",
    [
        "Hi, I want a refund for this.",
        "I want my money back, now.",
        "Hello, where is my order?",
        "I haven't received my parcel yet.",
        "Can you help me with my account?",
        "I demand a refund. This is a scandal.",
        "I\u2019d like a refund, please.",
        "Let me speak to a manager!",
    ],
)
def test_an_assistant_that_asks_for_what_customers_ask_for_is_found(text: str) -> None:
    (verdict,) = found(text)
    assert "it talks like the asking side" in verdict.reason
    assert found(text, "prompter") == []


@pytest.mark.parametrize(
    ("text", "asked", "is_flip"),
    [
        ("I ordered my headset last week.", ASKED, True),
        ("I take ibuprofen for my headache, too.", "My headache is back.", True),
        ("Your headset will be there tomorrow.", ASKED, False),
        ("My apologies for your headset.", ASKED, False),
        ("In my opinion it is lost.", "In my opinion you lost it.", False),
        ("Dear sir, my headset is late.", "Write an email about my headset.", False),
    ],
)
def test_what_the_other_called_its_own_is_not_claimed(text: str, asked: str, is_flip: bool) -> None:
    assert bool(found(text, asked=asked)) == is_flip


def test_what_the_speakers_own_sheet_names_may_be_its_own() -> None:
    text = "I sell my bicycle for 300."
    asked = "I would swap my bicycle for yours."
    assert found(text, asked=asked) != []
    assert found(text, asked=asked, system="You are Eva. You sell my bicycle.") == []


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("I'm sorry about that, Rita. I will call the courier.", "assistant"),
        ("Rita, I'm sorry about that.", "assistant"),
        ("Hi Rita! It will be there at 12:30.", "assistant"),
        ("Note: the parcel is late.", "assistant"),
        ("Customer: Rita Vance\nOrder: AB123456", "assistant"),
        ("- Rita: sends the photo by Monday.\n- Dr. Lee: looks at it then.", "assistant"),
        ("See https://user:name@example.org for more of it.", "assistant"),
        ("> Rita: where is it?\nIt is on its way.", "assistant"),
        ("You said: where is my order? I will look.", "prompter"),
        ("Ada here, how can I help?", "assistant"),
        ("My name is Ada, and I work here.", "assistant"),
        ("Hello, I'm Ms. Vance. It is late.", "prompter"),
        ("I am Dr. Ada Novak's assistant.", "assistant"),
        ("I'm frank with you: it is lost.", "assistant"),
        ("Is this Rita's parcel?", "assistant"),
        ("Can you help me? It is late, and nobody picks up the phone.", "prompter"),
        ("Thanks, Ada. When will it be here?", "prompter"),
        ("I will be glad. You could help. You know how.", "prompter"),
        ("Can you help me understand what happened?", "assistant"),
        ("", "assistant"),
    ],
)
def test_a_speaker_that_stays_itself_is_left_alone(text: str, role: Role) -> None:
    assert found(text, role) == []


def test_a_name_that_is_a_word_counts_only_when_it_is_written_as_a_name() -> None:
    names = {"ada": "Ada", "frank": "Frank"}
    assert found("I'm frank with you.", names=names) == []
    assert found("I'm Frank, how are you?", names=names) != []


def test_without_names_roles_still_serve_as_labels() -> None:
    assert found("User: where is it?", names={})[0].severity == "hopeless"
    assert found("Rita: where is it?", names={}) == []


def test_a_name_from_the_speakers_sheet_is_its_own() -> None:
    text = "My name is Jane Doe. My order is late."
    assert found(text, "prompter") != []
    assert found(text, "prompter", system="You are a customer called Jane Doe.") == []


def test_a_phrase_that_a_full_stop_parts_is_none() -> None:
    assert found("I will do what I can. I help. You don't.", "prompter") == []


def test_a_persona_that_talks_so_by_its_own_example_is_left_alone() -> None:
    lines = ("Hello! How can I help you today?",)
    nurse = Persona(name="joy", display_name="Joy", description="A nurse.", example_lines=lines)
    text = "Good morning. How can I help you?"
    assert found(text, "prompter") != []
    assert found(text, "prompter", persona=nurse) == []


def test_talk_can_be_left_out() -> None:
    rule = RoleFlip(talk=False)
    assert found("How can I help you today?", "prompter", rule=rule) == []
    assert found("Ada: How can I help you today?", "prompter", rule=rule) != []


def test_talk_that_is_not_true_or_false_is_refused() -> None:
    with pytest.raises(InputError, match=r"^role_flip: talk is 'no'; give true or false$"):
        HEURISTICS.make(Choice.parse({"role_flip": {"talk": "no"}}))


@pytest.mark.parametrize("unit", ["Rita: hi. ", "a b: ", "I'm ", "<|user|>", "my headset ", "Ada "])
def test_a_reply_of_100000_characters_is_judged_in_50_ms(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    start = time.process_time()
    found(text)
    found(text, "prompter")
    assert time.process_time() - start < 0.1
