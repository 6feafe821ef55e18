"""`/facts` shows who has told what, and `/why` what a message does to it."""

from pathlib import Path

from repl_play import Played, ada, persona_file, play

from dialoom.chat import ChatRequest
from dialoom.repl.scene import SceneOptions

__all__ = ["ada"]

SAID = ("We open at nine, sir.", "It is 4417, keep it.", "The price of gold is 3000 dollars.")


def in_turn(request: ChatRequest, seed: int) -> str:
    return SAID[sum(message["role"] == "assistant" for message in request.messages)]


def talk(ada: Path, *lines: str) -> Played:
    return play(*lines, persona=ada, replies=in_turn)


def rows(shown: str) -> list[str]:
    return [" ".join(line.split()) for line in shown.splitlines()]


def test_facts_stand_as_the_sheet_has_them_before_anybody_speaks(ada: Path) -> None:
    assert rows(talk(ada, "/facts").shown[-1]) == [
        "facts before anybody speaks",
        "ada.opening_time not told yet",
        "ada.safe_code hidden until asked",
        "ada.the price of gold not known",
    ]


def test_facts_are_quoted_with_the_message_that_told_them(ada: Path) -> None:
    played = talk(ada, "Hello", "What is the code?", "And what costs gold?", "/facts")
    assert played.errors == []
    assert rows(played.shown[-1]) == [
        "facts after #6",
        "ada.opening_time told at #2: »We open at nine, sir.«",
        "ada.safe_code told when asked at #4: »4417«",
        "ada.the price of gold invented at #6: »The price of gold is 3000 dollars.«",
    ]


def test_facts_are_those_of_the_message_that_is_named(ada: Path) -> None:
    lines = ("Hello", "What is the code?", "/facts 3", "/goto 2", "/facts")
    played = talk(ada, *lines)
    assert "ada.safe_code asked for, not told at #3" in rows(played.shown[3])
    assert rows(played.shown[-1])[2] == "ada.safe_code hidden until asked"


def test_a_leak_shows_what_a_message_should_not_have_told(ada: Path) -> None:
    played = play("Hello", "/facts", "/why", persona=ada, replies=lambda *_: "My code is 4417.")
    assert "ada.safe_code leaked before anybody asked at #2: »4417«" in rows(played.shown[2])
    (row,) = [row for row in rows(played.shown[3]) if row.startswith("facts")]
    assert row == 'facts leaks safe code before anybody asked: "4417" (/facts shows all)'


def test_why_says_nothing_of_facts_that_stay_as_they_are(ada: Path) -> None:
    played = play("Hello", "/why", persona=ada, replies=lambda *_: "Good day.")
    assert "facts" not in played.shown[2]


def test_a_changed_sheet_changes_the_facts(ada: Path) -> None:
    played = talk(ada, "/set knows.cat=a grey cat", "/facts")
    assert "ada.cat not told yet" in rows(played.shown[-1])


def test_without_facts_it_is_said_how_to_give_one(tmp_path: Path) -> None:
    plain = "name: ben\ndisplay_name: Ben\ndescription: A traveller.\n"
    options = SceneOptions(persona=str(persona_file(tmp_path, plain)), role="assistant")
    (shown,) = rows(play("/facts", options=options).shown[-1])
    assert shown == "nobody on stage has facts; /set NAME.knows.FACT=VALUE gives one"


def test_facts_change_nothing_that_undo_takes_back(ada: Path) -> None:
    played = talk(ada, "Hello", "/facts", "/undo", "/facts")
    assert rows(played.shown[-1])[0] == "facts before anybody speaks"
