"""Sheets, settings and models that are changed while a session goes on, and taken back."""

from dataclasses import replace
from pathlib import Path

import pytest
from repl_play import ada, pair, play, told

from dialoom.errors import InputError
from dialoom.repl.scene import SceneOptions

__all__ = ["ada", "pair"]


def test_a_trait_is_changed_and_the_same_turn_heard_again(ada: Path) -> None:
    played = play("Hello", "/set traits.temper=calm", persona=ada)
    old, new = played.session.talk.roots[0].children
    assert old.seed == new.seed
    assert (old.text[:5], new.text[:5]) == ("short", "calm ")
    before, after = played.requests
    assert before.messages[1:] == after.messages[1:]
    assert "temper: calm" in after.messages[0]["content"]
    assert "ada.traits.temper: short → calm" in played.shown[2]
    assert played.shown[2].index(old.text) < played.shown[2].index(new.text)


def test_what_does_not_change_the_prompt_asks_nothing(ada: Path) -> None:
    played = play("Hello", "/set traits.temper=short", persona=ada)
    assert len(played.requests) == 1
    assert "stays the same" in played.shown[2]
    assert played.errors == []


def test_a_key_that_the_short_sheet_leaves_out_is_told(ada: Path) -> None:
    from dialoom.agents.clients.scripted import TRAITS, ScriptedClient

    small = ScriptedClient(told, name="scripted/small", traits=replace(TRAITS, compact=True))
    lines = ("Hello", "/set background=Born in a tower.")
    played = play(*lines, persona=ada, clients={"scripted/small": small})
    assert "it gets the short sheet, which has only description, " in played.shown[2]
    assert "background" not in played.shown[2].partition("has only")[2]


def test_the_last_reply_of_the_changed_member_is_heard_again(pair: SceneOptions) -> None:
    played = play("/go 2", "/set ben.goal=Buy a clock", options=pair)
    assert played.session.here is not None
    assert (played.session.here.speaker, played.session.here.parent) == ("ben", None)


def test_edit_takes_a_key_as_set_does(ada: Path) -> None:
    for line in ("/edit traits.temper=calm", "/edit persona traits.temper=calm"):
        played = play("Hello", line, persona=ada)
        assert "ada.traits.temper: short → calm" in played.shown[2]


def test_a_change_that_a_persona_cannot_have_changes_nothing(ada: Path) -> None:
    played = play("Hello", "/set language=klingon!", persona=ada)
    (error,) = played.errors
    assert "language" in str(error)
    assert played.session.settings.edits == ()
    assert len(played.requests) == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("/set traits.tempr=calm", None),
        ("/set temper=calm", "there is no key 'temper'; did you mean 'traits.temper'?"),
        ("/set stile=x", "there is no key 'stile'; did you mean 'style'?"),
        ("/set traits=calm", "'traits' has entries: write traits.NAME=VALUE"),
        ("/set bob.goal=x", "nobody on stage is named 'bob'; there are ada, you"),
        ("/set goal", "write KEY=VALUE, like traits.temper=calm; not 'goal'"),
        ("/set goal+=x", "+= adds to a list, and 'goal' is none; write goal=VALUE"),
        ("/set knows.shoe_size=", "knows has no 'shoe_size' to take away"),
    ],
)
def test_what_can_be_set_is_told(ada: Path, line: str, message: str | None) -> None:
    played = play(line, persona=ada)
    said = [str(error) for error in played.errors]
    assert said == [] if message is None else said[0].startswith(message)


def test_a_hidden_fact_can_be_taken_away(ada: Path) -> None:
    played = play("/set knows.safe_code=", persona=ada)
    persona = played.session.focus.persona
    assert (persona.knows, persona.hides_until_asked) == ({"opening_time": "at nine"}, ())


def test_lists_are_set_and_added_to(ada: Path) -> None:
    played = play("/set doesnt_know=[rain, snow]", "/set doesnt_know+=hail", persona=ada)
    assert played.session.focus.persona.doesnt_know == ("rain", "snow", "hail")


def test_sampling_reaches_the_model_and_again_hears_it(ada: Path) -> None:
    played = play("Hello", "/set temperature=0.1", "/again", persona=ada)
    assert [request.sampling.temperature for request in played.requests] == [0.8, 0.1]
    assert played.requests[0].seeds == played.requests[1].seeds


def test_sampling_of_one_member_leaves_the_other_alone(pair: SceneOptions) -> None:
    played = play("/set ben.temperature=0.1", "/go 2", options=pair)
    assert [request.sampling.temperature for request in played.requests] == [0.1, 0.8]


def test_a_wrong_sampling_value_is_refused(ada: Path) -> None:
    (error,) = play("/set temperature=hot", persona=ada).errors
    assert isinstance(error, InputError)
    assert "temperature" in str(error)


def test_undo_takes_back_a_line_with_all_that_followed(ada: Path) -> None:
    played = play("One", "Two", "/undo", persona=ada)
    assert len(played.session.talk) == 2
    assert played.session.talk.find("2").children == []
    assert played.session.here is played.session.talk.find("2")


def test_undo_takes_back_a_change_of_the_persona(ada: Path) -> None:
    played = play("One", "/set traits.temper=calm", "/undo", persona=ada)
    assert played.session.focus.persona.traits["temper"] == "short"
    assert len(played.session.talk) == 2


def test_looking_is_nothing_to_undo(ada: Path) -> None:
    played = play("/tree", "/persona", "/undo", persona=ada)
    assert [str(error) for error in played.errors] == ["there is nothing to undo"]


def test_numbers_go_on_after_undo_without_a_gap(ada: Path) -> None:
    played = play("One", "Two", "/undo", "Three", persona=ada)
    assert [played.session.talk.number(node) for node in played.session.talk] == [1, 2, 3, 4]


def test_everybody_may_be_given_another_model(ada: Path) -> None:
    from dialoom.agents.clients.scripted import ScriptedClient

    clients = {
        name: ScriptedClient(told, name=name) for name in ("scripted/test", "scripted/other")
    }
    played = play("Hello", "/model scripted/other", "/again", persona=ada, clients=clients)
    assert [node.model for node in played.session.talk.roots[0].children] == list(clients)


def test_a_model_that_cannot_be_used_leaves_the_old_one(ada: Path) -> None:
    played = play("/model nowhere/x", "Hello", persona=ada)
    assert "no provider is named 'nowhere'" in str(played.errors[0])
    assert played.session.here is not None
    assert played.session.here.model == "scripted/test"


def test_the_sheet_marks_what_was_changed(ada: Path) -> None:
    shown = play("/set traits.temper=calm", "/set setting=A shop.", "/persona", persona=ada).shown[
        3
    ]
    assert [line for line in shown.splitlines() if "*" in line] == [
        "  * traits.temper: calm",
        "  * setting: A shop.",
    ]
    assert "    knows.safe_code: 4417 (told only when asked)" in shown.splitlines()
