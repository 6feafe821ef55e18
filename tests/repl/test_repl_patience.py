"""A session whose model goes away, and comes back."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from repl_play import ADA, persona_file
from servers import Answer, FakeServer, openai_server, serving

PROGRAM = (sys.executable, "-c", "from dialoom.cli.main import dialoom; dialoom()", "repl")
SOON = 30.0
"""Seconds, of which a busy machine takes most."""


class Talk:
    """A session in a process of its own, line by line."""

    def __init__(self, server: FakeServer) -> None:
        words = ["ada.yaml", "--role", "assistant", "--model", "openai/m"]
        self.process = subprocess.Popen(
            [*PROGRAM, *words, "--base-url", f"{server.origin}/v1"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
            env={**os.environ, "XDG_STATE_HOME": os.getcwd(), "PYTHONUNBUFFERED": "1"},
        )

    def type(self, line: str, *, until: str) -> str:
        """Say or do something, and return what is said up to a line that holds a word."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        said = ""
        for part in self.process.stdout:
            said += part
            if until in part:
                return said
        raise AssertionError(f"no {until!r} in {said!r}")

    def end(self) -> None:
        self.process.communicate(timeout=SOON)


@pytest.mark.parametrize(
    ("command", "until"), [("/retry 5", "error: "), ("/why", "critic failed: ServerFault")]
)
def test_a_model_that_went_away_is_said_to_be_away_and_asked_again_when_it_is_back(
    command: str, until: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    persona_file(tmp_path, ADA)
    with serving(openai_server()) as server:
        talk = Talk(server)
        talk.type("Hello", until="tokens")
        server.next_answers.extend([Answer(fault="drop")] * 1000)
        began = time.monotonic()
        said = talk.type(command, until=until)
        assert time.monotonic() - began < SOON
        assert "no connection with" in said
        server.next_answers.clear()
        assert "are missing" not in talk.type("/retry 2", until="you are at")
        talk.end()
