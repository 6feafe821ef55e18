"""What a session does, line by line."""

from dataclasses import replace
from pathlib import Path

import pytest
from repl_play import ada, pair, play, told

from dialoom.chat import ChatRequest
from dialoom.errors import InputError, ModelTimeout
from dialoom.repl.scene import SceneOptions
from dialoom.stage import derived_seed
from dialoom.tree import path_to

__all__ = ["ada", "pair"]


def test_the_persona_answers_what_is_typed(ada: Path) -> None:
    played = play("Good morning", persona=ada)
    said = [(node.speaker, node.role, node.model) for node in played.session.talk]
    assert said == [("you", "prompter", None), ("ada", "assistant", "scripted/test")]
    assert played.session.here is not None
    assert played.session.here.text == played.texts[1]


def test_a_persona_that_has_the_first_word_opens(ada: Path) -> None:
    played = play("Welcome", options=SceneOptions(persona=str(ada), role="prompter"))
    assert [node.speaker for node in played.session.talk] == ["ada", "you", "ada"]
    assert "ada" in played.shown[0]


def test_replies_have_the_seeds_that_a_run_gives_them(ada: Path) -> None:
    played = play("Good morning", "/retry", persona=ada)
    seeds = [node.seed for node in played.session.talk if node.model]
    assert seeds == [derived_seed(0, 0, (0, place), "draw0") for place in (0, 1)]


def test_two_personas_speak_in_turn_when_told_to(pair: SceneOptions) -> None:
    played = play("/step", "/go 3", options=pair)
    assert [node.speaker for node in played.session.talk] == ["ben", "ada", "ben", "ada"]


def test_nobody_speaks_before_being_told_to_while_you_watch(pair: SceneOptions) -> None:
    assert play(options=pair).texts == []


def test_going_on_stops_where_the_scenario_would(pair: SceneOptions) -> None:
    played = play("/go 9", options=pair, replies=lambda request, seed: "Goodbye!")
    assert played.texts == ["Goodbye!", "Goodbye!"]
    assert "a run would end here: farewell" in played.shown[1]


def test_words_for_the_other_side_are_said_by_it(ada: Path) -> None:
    played = play("Good morning", "/back", "Hello", "/undo", "/goto 1", "/say Closed.", persona=ada)
    assert played.session.here is not None
    assert (played.session.here.speaker, played.session.here.text) == ("ada", "Closed.")
    assert played.session.here.model is None


def test_going_back_and_on_makes_a_branch(ada: Path) -> None:
    played = play("One", "Two", "/back", "Three", persona=ada)
    talk = played.session.talk
    first_reply = talk.find("2")
    assert [node.text for node in first_reply.children] == ["Two", "Three"]
    assert [node.parent for node in first_reply.children] == [first_reply, first_reply]


def test_going_back_twice_reaches_the_beginning(ada: Path) -> None:
    played = play("One", "Two", "/back 2", "Other", persona=ada)
    assert [root.text for root in played.session.talk.roots] == ["One", "Other"]
    assert played.errors == []


def test_there_is_nothing_before_the_beginning(ada: Path) -> None:
    (error,) = play("/back", persona=ada).errors
    assert str(error) == "this is the beginning"


def test_your_last_words_are_replaced_when_nobody_has_answered(ada: Path) -> None:
    def failing(request: ChatRequest, seed: int) -> str | Exception:
        said = request.messages[-1]["content"]
        return ModelTimeout("too slow", model="scripted/test") if "First" in said else "Yes."

    played = play("First try", "Second try", persona=ada, replies=failing)
    assert [str(error) for error in played.errors] == ["too slow"]
    assert [root.text for root in played.session.talk.roots] == ["First try", "Second try"]
    assert played.session.here is not None
    assert played.session.here.text == "Yes."


def test_a_failed_reply_leaves_your_words_to_be_answered(ada: Path) -> None:
    replies: list[str | Exception] = [ModelTimeout("too slow"), "At last."]
    played = play("Hello", "/step", persona=ada, replies=replies)
    assert played.texts == ["Hello", "At last."]


@pytest.mark.parametrize("place", ["2", "#2", "start-of-id", "shop"])
def test_a_message_is_found_by_number_id_and_name(ada: Path, place: str) -> None:
    played = play("One", "/branch shop", "Two", persona=ada)
    node = played.session.talk.find("2")
    reference = node.message_id[:8] if place == "start-of-id" else place
    again = play("One", "/branch shop", "Two", f"/goto {reference}", persona=ada)
    assert again.session.here is not None
    assert again.session.talk.number(again.session.here) == 2


def test_an_unknown_message_is_named_with_the_last_there_is(ada: Path) -> None:
    (error,) = play("One", "/goto 99", persona=ada).errors
    assert str(error) == "there is no message '99'; they go from 1 to 2"


def test_retry_keeps_the_earlier_reply_beside_the_new_one(ada: Path) -> None:
    played = play("Hello", "/retry", persona=ada)
    replies = played.session.talk.roots[0].children
    assert len({node.text for node in replies}) == 2
    assert played.session.here is replies[1]


def test_retry_takes_a_seed(ada: Path) -> None:
    played = play("Hello", "/retry seed=42", persona=ada)
    assert played.session.here is not None
    assert (played.session.here.seed, "words of 42" in played.session.here.text) == (42, True)


def test_several_candidates_are_ranked_and_leave_you_where_you_are(ada: Path) -> None:
    loop_text = "I mend every clock that you bring to me. " * 3
    answers = iter(["Good.", loop_text, "I open at nine."])
    played = play("Hello", "/retry 2", persona=ada, replies=lambda r, s: next(answers))
    first, loop, other = played.session.talk.roots[0].children
    assert played.session.here is first
    assert (first.rejected, loop.rejected, other.rejected) == (False, True, False)
    assert played.shown[2].index("I open at nine.") < played.shown[2].index("I mend every")


@pytest.mark.parametrize("wrong", ["/retry 0", "/retry many", "/retry seed=x", "/retry 99"])
def test_a_wrong_count_of_candidates_draws_nothing(ada: Path, wrong: str) -> None:
    played = play("Hello", wrong, persona=ada)
    assert len(played.errors) == 1
    assert len(played.requests) == 1


def test_next_goes_round_the_messages_in_one_place(ada: Path) -> None:
    played = play("Hello", "/retry", "/next", "/next", "/next", persona=ada)
    assert played.session.here is played.session.talk.roots[0].children[0]


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


def test_you_may_take_the_other_part(pair: SceneOptions) -> None:
    played = play("/as ben", "Hello", "/as nobody", "/step", options=pair)
    people = [(node.speaker, node.model is None) for node in played.session.talk]
    assert people == [("ben", True), ("ada", False), ("ben", False)]


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


def test_message_ids_tell_what_was_said_where(ada: Path) -> None:
    one, same, other = (play(text, persona=ada) for text in ("One", "One", "Other"))
    ids = [[node.message_id for node in played.session.talk] for played in (one, same, other)]
    assert ids[0] == ids[1]
    assert not set(ids[0]) & set(ids[2])


def test_the_thread_up_to_here_is_shown(ada: Path) -> None:
    played = play("One", "Two", "/goto 2", "/thread", persona=ada)
    assert "One" in played.shown[-1]
    assert "Two" not in played.shown[-1]
    assert played.session.here is not None
    assert len(path_to(played.session.here)) == 2


def test_the_sheet_marks_what_was_changed(ada: Path) -> None:
    shown = play("/set traits.temper=calm", "/set setting=A shop.", "/persona", persona=ada).shown[
        3
    ]
    assert [line for line in shown.splitlines() if "*" in line] == [
        "  * traits.temper: calm",
        "  * setting: A shop.",
    ]
    assert "    knows.safe_code: 4417 (told only when asked)" in shown.splitlines()
