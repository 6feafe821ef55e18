"""The real program in a pseudo-terminal, and in a dumb one."""

from pathlib import Path

import pytest
from repl_play import ADA, persona_file
from repl_program import PROGRAM, Opened, Screen, command, environment, screen, unix

from dialoom.messages import messages, read_trees

__all__ = ["command", "environment", "screen"]


@unix
def test_a_person_talks_looks_and_leaves(screen: Opened, tmp_path: Path) -> None:
    terminal = screen()
    terminal.wait_for(r"type to speak; /help lists the commands")
    terminal.wait_for("User #0>")
    terminal.type("Hello\r")
    terminal.wait_for(r"(Morning\.|What is it\?)\n    #2 · scripted")
    terminal.wait_for("User #2>")
    terminal.type("/wh")
    terminal.wait_for("explain a message: model, seed, tokens")
    terminal.type("y\r")
    terminal.wait_for(r"heuristics \d+ looked at it")
    terminal.wait_for("User #2>")
    terminal.type("My watch\\\rhas stopped\r")
    terminal.wait_for(r"#4 · scripted")
    terminal.wait_for("User #4>")
    terminal.type("\x04")
    terminal.wait_for("you did not /save: the tree is in")
    assert terminal.end() == 0
    (tree,) = read_trees(tmp_path / "state" / "dialoom" / "last_session.jsonl")
    texts = [message.text for message in messages(tree)]
    assert texts[2] == "My watch\nhas stopped"
    history = (tmp_path / "state" / "dialoom" / "repl_history").read_text(encoding="utf-8")
    assert "+Hello\n" in history


@unix
def test_ctrl_c_clears_what_is_typed_and_leaves_nothing(screen: Opened) -> None:
    terminal = screen()
    terminal.wait_for("User #0>")
    terminal.type("not this")
    terminal.wait_for("not this")
    terminal.type("\x03")
    terminal.type("\x03")
    terminal.wait_for("Ctrl-D leaves; /help lists what you can do")
    terminal.type("/quit\r")
    assert terminal.end() == 0


@unix
def test_a_dumb_terminal_is_enough(screen: Opened) -> None:
    terminal = screen(TERM="dumb")
    terminal.wait_for("User #0>")
    terminal.type('"""\nMy watch\n/stopped\n"""\n')
    terminal.wait_for(r"#2 · scripted")
    terminal.wait_for("User #2>")
    terminal.type("\x03")
    terminal.wait_for("User #2>")
    terminal.type("/thread\n")
    terminal.wait_for("    /stopped\n")
    terminal.type("\x04")
    assert terminal.end() == 0
    assert "\x1b" not in terminal.text


@unix
def test_a_changed_file_is_picked_up_while_you_type(screen: Opened, tmp_path: Path) -> None:
    terminal = screen()
    terminal.wait_for("User #0>")
    terminal.type("/watch\r")
    terminal.wait_for("a change of ada.yaml is heard at once")
    terminal.type("Hello\r")
    terminal.wait_for("User #2>")
    terminal.type("half a mess")
    terminal.wait_for("half a mess")
    persona_file(tmp_path, ADA.replace("temper: short", "temper: calm"))
    terminal.wait_for("ada changed on disk")
    terminal.wait_for(r"#3 · scripted")
    terminal.wait_for("User #3> half a mess")
    terminal.type("age\r")
    terminal.wait_for(r"#5 · scripted")
    terminal.wait_for("User #5>")
    terminal.type("\x04")
    assert terminal.end() == 0


@unix
def test_a_session_that_is_terminated_keeps_what_was_said(screen: Opened, tmp_path: Path) -> None:
    terminal = screen()
    terminal.wait_for("User #0>")
    terminal.type("Hello\r")
    terminal.wait_for("User #2>")
    terminal.process.terminate()
    assert terminal.end() == 130
    (tree,) = read_trees(tmp_path / "state" / "dialoom" / "last_session.jsonl")
    assert len(list(messages(tree))) == 2


@unix
def test_a_sheet_is_edited_in_the_users_editor(screen: Opened, tmp_path: Path) -> None:
    editor = tmp_path / "editor.sh"
    editor.write_text('#!/bin/sh\nsed -i "s/temper: short/temper: calm/" "$1"\n', encoding="utf-8")
    editor.chmod(0o755)
    terminal = screen(VISUAL="", EDITOR=str(editor))
    terminal.wait_for("User #0>")
    terminal.type("Hello\r")
    terminal.wait_for("User #2>")
    terminal.type("/edit persona\r")
    terminal.wait_for("ada is changed")
    terminal.wait_for("ood morning")
    terminal.wait_for("User #3>")
    terminal.type("\x04")
    assert terminal.end() == 0


@unix
@pytest.mark.embedded
def test_the_embedded_model_answers_and_is_stopped_by_ctrl_c(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    persona = persona_file(tmp_path, ADA)
    terminal = Screen([*PROGRAM, str(persona), "--role", "assistant"], environment)
    try:
        terminal.wait_for("User #0>")
        terminal.type("/set max_tokens=12\r")
        terminal.wait_for("User #0>")
        terminal.type("Hello, can you mend my watch?\r")
        terminal.wait_for(r"#2 · embedded/smollm2-135m · \d+ tokens · \d+\.\d s")
        terminal.wait_for("User #2>")
        terminal.type("/set max_tokens=2000\r")
        terminal.wait_for("User #2>")
        terminal.type("/retry\r")
        terminal.wait_for(r"Ada  ada\n    \w+")
        terminal.type("\x03")
        terminal.wait_for("stopped; nothing of it is kept")
        terminal.wait_for("User #2>")
        terminal.type("\x04")
        assert terminal.end() == 0
    finally:
        terminal.close()
