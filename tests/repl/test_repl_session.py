"""What a session does, line by line."""

from pathlib import Path

import pytest
from repl_play import ada, pair, play

from dialoom.chat import ChatRequest
from dialoom.errors import ModelTimeout
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


def test_you_may_take_the_other_part(pair: SceneOptions) -> None:
    played = play("/as ben", "Hello", "/as nobody", "/step", options=pair)
    people = [(node.speaker, node.model is None) for node in played.session.talk]
    assert people == [("ben", True), ("ada", False), ("ben", False)]


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
