"""The real program with its lines piped in."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from repl_program import PROGRAM, SECONDS, command, environment

__all__ = ["command", "environment"]


def piped(
    command: Sequence[str], text: str, environment: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        env=environment,
        check=False,
    )


def test_a_piped_session_shows_the_conversation_and_nothing_else(
    command: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    lines = "Good day\nMy watch\\\nhas stopped\n/set traits.temper=calm\n/tree\n"
    done = piped(command, lines, environment)
    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout == (
        "User  #1 · you\n"
        "    Good day\n"
        "Ada  ada\n"
        "    What is it?\n"
        "    #2 · scripted/shop.yaml · 4 tokens\n"
        "User  #3 · you\n"
        "    My watch\n"
        "    has stopped\n"
        "Ada  ada\n"
        "    It will take a week.\n"
        "    #4 · scripted/shop.yaml · 7 tokens\n"
        "ada.traits.temper: short → calm\n"
        "before, #4:\n"
        "    It will take a week.\n"
        "now, on the same words and seed:\n"
        "Ada  ada\n"
        "    It will take a week.\n"
        "    #5 · scripted/shop.yaml · 7 tokens\n"
        "word for word the same\n"
        "·   1 User: Good day\n"
        "·   2 Ada: What is it?\n"
        "·   3 User: My watch has stopped\n"
        "    4   Ada: It will take a week.\n"
        ">   5   Ada: It will take a week.\n"
    )
    assert piped(command, lines, environment).stdout == done.stdout


def test_a_wrong_line_is_named_and_the_rest_is_done(
    command: list[str], environment: dict[str, str]
) -> None:
    done = piped(command, "Hello\n/tre2\n/tree\n", environment)
    assert done.returncode == 2
    assert done.stderr == "line 2: error: there is no command /tre2; did you mean '/tree'?\n"
    assert ">   2 Ada: " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["suport_agent"], 2, "error: no persona is named 'suport_agent'; did you mean 'support_"),
        (["support_agent", "--in", "suport"], 2, "error: no scenario is named 'suport'"),
        (["dana", "--in", "support"], 2, "error: nobody on stage is named 'dana'; there are "),
        (["support_agent", "--model", "nowhere/x"], 2, "error: no provider is named 'nowhere'"),
        (["support_agent", "--model", "gguf/no.gguf"], 3, "error: gguf/no.gguf"),
        (["support_agent", "--var", "x"], 2, "error: --var takes NAME=VALUE"),
        (["--at", "nowhere", "x"], 2, "error: nowhere: no run is here"),
        ([], 2, "error: name a persona, or a scenario with --in; there are "),
    ],
)
def test_a_wrong_start_is_one_sentence(
    arguments: list[str], code: int, message: str, environment: dict[str, str], tmp_path: Path
) -> None:
    done = subprocess.run(
        [*PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == code
    assert done.stderr.startswith(message)
    assert "Traceback" not in done.stderr
