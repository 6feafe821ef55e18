import pytest

from dialoom.evaluators.base import Said
from dialoom.evaluators.subjects import speaker_of, subject_of, subjects
from dialoom.messages import Message, MessageTree, Role
from dialoom.personas.model import Persona
from dialoom.scenarios.cast import Cast, Player
from dialoom.scenarios.check import Check
from dialoom.tree import MessageNotes


def message(name: str, role: Role, *replies: Message, **fields: object) -> Message:
    return Message.model_validate(
        {"message_id": name, "role": role, "text": f"text {name}", "replies": replies, **fields}
    )


def tree() -> MessageTree:
    return MessageTree(
        message_tree_id="p",
        prompt=message(
            "p",
            "prompter",
            message("a0", "assistant", message("q", "prompter"), user_id="ada"),
            message("a1", "assistant", lang="de", synthetic=False),
        ),
    )


def test_every_message_of_a_tree_becomes_a_subject_in_order() -> None:
    found = list(subjects(tree()))
    assert [item.message.message_id for item in found] == ["p", "a0", "q", "a1"]
    assert [item.subject.text for item in found] == ["text p", "text a0", "text q", "text a1"]


def test_a_subject_knows_its_thread_and_siblings() -> None:
    by_id = {item.message.message_id: item.subject for item in subjects(tree())}
    assert by_id["p"].thread == ()
    assert by_id["a1"].thread == (Said("prompter", "prompter", "text p"),)
    assert by_id["a1"].siblings == ("text a0", "text a1")
    assert (by_id["a0"].candidate, by_id["a1"].candidate) == (0, 1)
    assert by_id["q"].thread[1] == Said("ada", "assistant", "text a0")


def test_what_the_tree_tells_is_taken_and_the_rest_left_at_its_default() -> None:
    by_id = {item.message.message_id: item.subject for item in subjects(tree())}
    assert (by_id["a1"].language, by_id["a1"].synthetic) == ("de", False)
    assert (by_id["a0"].language, by_id["a0"].synthetic) == ("en", True)
    assert (by_id["a0"].finish_reason, by_id["a0"].thought) == ("stop", None)


@pytest.mark.parametrize(
    ("author", "speaker"),
    [
        ("ada", "ada"),
        ("support_agent", "support_agent"),
        (None, "assistant"),
        ("", "assistant"),
        ("6f1a2c34-0000-4000-8000-000000000000", "assistant"),
    ],
)
def test_an_anonymous_author_is_no_speaker(author: str | None, speaker: str) -> None:
    assert speaker_of(message("m", "assistant", user_id=author)) == speaker


def test_notes_give_finish_reason_thought_and_the_order_of_candidates() -> None:
    notes = {
        "a0": MessageNotes("ada", finish_reason="length", candidate=1),
        "a1": MessageNotes("ada", thought="hm", candidate=0),
    }
    by_id = {item.message.message_id: item.subject for item in subjects(tree(), notes=notes)}
    assert (by_id["a0"].finish_reason, by_id["a0"].candidate) == ("length", 1)
    assert (by_id["a1"].thought, by_id["a1"].candidate) == ("hm", 0)
    assert by_id["a0"].siblings == ("text a1", "text a0")


def player(name: str, role: Role, **fields: object) -> Player:
    sheet = Persona(name=name, display_name=name.title(), description="A person.", language="de")
    return Player.model_validate({"name": name, "role": role, "persona": sheet, **fields})


def test_the_cast_says_what_is_known_of_the_stage() -> None:
    check = Check(type="numeric", answer=12)
    players = (
        player("kim", "prompter", goal="Know the sum.", check=check),
        player("ada", "assistant", policy="Be brief."),
    )
    cast = Cast(players=players, setting="At school.", language="de")
    thread = (message("p", "prompter"), message("a", "assistant", user_id="ada", lang="en"))
    subject = subject_of(thread, cast=cast, systems={"ada": "You are Ada."})
    assert (subject.names, subject.system) == ({"kim": "Kim", "ada": "Ada"}, "You are Ada.")
    assert subject.siblings == ("text a",)
    assert (subject.persona, subject.personas) == (players[1].persona, cast.personas)
    assert (subject.goal, subject.policy, subject.setting) == ("", "Be brief.", "At school.")
    assert (subject.language, subject.check) == ("de", check)
    # who is not in the cast takes the part of its role
    assert subject.thread == (Said("kim", "prompter", "text p"),)
    assert subject_of(thread[:1], cast=cast).goal == "Know the sum."


def test_a_message_that_is_not_among_its_siblings_is_refused() -> None:
    with pytest.raises(ValueError, match="message 'a' is not among its siblings"):
        subject_of((message("a", "assistant"),), [message("b", "assistant")])


def test_a_tree_without_a_prompt_has_no_subjects() -> None:
    assert list(subjects(MessageTree(message_tree_id="t"))) == []
