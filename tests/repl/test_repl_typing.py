"""What is typed and what appears: several lines, completion, help, text made harmless."""

from pathlib import Path

import pytest
from repl_play import ADA, BEN, ada, persona_file, play

from dialoom.repl.commands import COMMANDS, completions
from dialoom.repl.flow import Flow
from dialoom.repl.scene import SceneOptions
from dialoom.repl.typed import is_open, whole
from dialoom.repl.views import difference

__all__ = ["ada"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("one line", "one line"),
        ("first \\\nsecond", "first \nsecond"),
        ('"""\nfirst\n\n  second\n"""', "first\n\n  second"),
        ('"""first\nsecond"""', "first\nsecond"),
        ('"""\n/not a command\n"""', "//not a command"),
        ("a path C:\\\\", "a path C:\\\\"),
        ('"""never closed', "never closed"),
    ],
)
def test_lines_make_one_message(typed: str, expected: str) -> None:
    assert whole(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("hello", False),
        ("hello\\", True),
        ("hello\\\\", False),
        ('"""', True),
        ('"""a\nb', True),
        ('"""a"""', False),
        ('""" a """', False),
    ],
)
def test_an_unfinished_message_is_known(typed: str, expected: bool) -> None:
    assert is_open(typed) is expected


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_streamed_words_are_broken_at_the_edge_wherever_the_pieces_end(size: int) -> None:
    text = "The quick brown fox jumps over the lazy dog.\n\nNext paragraph."
    flow = Flow(width=24, margin=4)
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    shown = "".join(flow.add(piece) for piece in pieces) + flow.end()
    assert shown == (
        "    The quick brown fox \n    jumps over the lazy \n    dog.\n\n    Next paragraph.\n"
    )


def test_a_word_longer_than_the_screen_is_cut() -> None:
    flow = Flow(width=20, margin=4)
    shown = flow.add("x" * 40) + flow.end()
    assert shown.split() == ["x" * 16, "x" * 16, "x" * 8]


def test_wide_characters_count_twice() -> None:
    flow = Flow(width=20, margin=0)
    assert (flow.add("時" * 12) + flow.end()).split() == ["時" * 10, "時" * 2]


def test_a_screen_without_edge_gets_long_lines() -> None:
    flow = Flow(width=None, margin=4)
    assert flow.add("word " * 100) + flow.end() == "    " + "word " * 100 + "\n"


def test_escapes_in_a_stream_are_made_visible() -> None:
    flow = Flow(width=None, margin=0)
    assert flow.add("\x1b]0;title\x07 ") + flow.end() == "\\x1b]0;title\\x07 \n"


def test_escapes_are_made_visible_everywhere(ada: Path) -> None:
    hostile = "\x1b[2Jgone\u202e \x07[bold]x[/bold]"
    lines = ("Hi \x1b[31m", "/tree", "/thread", "/why", "/prompt", "/retry 2", "/set goal=\x1b[1m")
    played = play(*lines, persona=ada, replies=lambda request, seed: hostile)
    shown = "".join(played.shown[2:])
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "[bold]x[/bold]" in shown


def test_a_word_difference_marks_what_went_and_came() -> None:
    changes = difference("I am very sorry.", "I am not sorry.", width=None, colour=False)
    assert changes is not None
    assert changes.plain.strip() == "I am [-very-]{+not+} sorry."


def test_texts_with_little_in_common_have_no_difference_worth_reading() -> None:
    assert difference("One two three.", "Four five six.", width=None, colour=True) is None


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("/re", ["/retry", "/reload"]),
        ("/set tra", ["traits.temper=", "traits.hands="]),
        ("/set temper", ["temperature=", "traits.temper="]),
        ("/set ben.go", ["ben.goal="]),
        ("/goto ", ["shop", "1", "2"]),
        ("/goto 2", ["2"]),
        ("/persona ", ["ada", "ben"]),
        ("/as b", ["ben", "nobody"]),
        ("/label qual", ["quality="]),
        ("/label quality=4 spa", ["spam="]),
        ("/break heuristic=rep", ["heuristic=repetition"]),
        ("/model critic=scr", ["critic=scripted/"]),
        ("/export sf", ["sft"]),
        ("/help und", ["undo"]),
        ("/nonsense x", []),
        ("hello /re", []),
        ("//re", []),
    ],
)
def test_what_can_follow_is_offered(tmp_path: Path, typed: str, expected: list[str]) -> None:
    files = persona_file(tmp_path, ADA), persona_file(tmp_path, BEN)
    options = SceneOptions(persona=str(files[0]), partner=str(files[1]), role="assistant")
    session = play("/go 2", "/branch shop", options=options).session
    assert [text for text, _ in completions(session, typed)][: len(expected) or None] == expected


def test_completions_of_commands_say_what_they_do(ada: Path) -> None:
    session = play(persona=ada).session
    assert (
        dict(completions(session, "/"))["/undo"]
        == "take back the last command that changed something"
    )


def test_help_lists_every_command(ada: Path) -> None:
    shown = play("/help", persona=ada).shown[1]
    for command in COMMANDS.values():
        assert f"/{command.usage}" in shown
        assert command.summary in shown


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself(ada: Path, name: str) -> None:
    played = play(f"/help {name}", persona=ada)
    assert played.errors == []
    assert COMMANDS[name].summary in played.shown[1]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("/tre2", "there is no command /tre2; did you mean '/tree'?"),
        ("/xyzzy", "there is no command /xyzzy; /help lists all"),
        ("/re", "there is no command /re; it could be /retry, /reload"),
        ("/", "there is no command /; /help lists all"),
        ("/help nosuch", "there is no command /nosuch; /help lists all"),
    ],
)
def test_an_unknown_command_names_the_nearest(ada: Path, line: str, message: str) -> None:
    (error,) = play(line, persona=ada).errors
    assert str(error) == message


def test_a_command_may_be_shortened(ada: Path) -> None:
    played = play("/und", persona=ada)
    assert [str(error) for error in played.errors] == ["there is nothing to undo"]


def test_two_slashes_say_one(ada: Path) -> None:
    assert play("//help me", persona=ada).texts[0] == "/help me"


def test_an_empty_line_does_nothing(ada: Path) -> None:
    played = play("", "   ", persona=ada)
    assert (played.texts, played.errors) == ([], [])


def test_the_tree_marks_where_you_are_and_the_way_there(ada: Path) -> None:
    lines = ("One", "/retry", "Two", "/branch here", "/goto 2", "/tree", "/branch")
    played = play(*lines, persona=ada)
    tree = [line[:8].rstrip() for line in played.shown[6].splitlines()]
    assert tree == ["·   1 Us", ">   2", "    3", "    4", "    5"]
    assert "=here" in played.shown[6]
    assert played.shown[7].splitlines() == [
        ">   2: 2 messages, /goto 2",
        "    5 (here): 4 messages, /goto 5",
    ]
