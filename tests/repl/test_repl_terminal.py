"""The real program: piped, in a pseudo-terminal, in a dumb one, and interrupted."""

import asyncio
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from autogen_core import CancellationToken
from repl_play import ADA, MODEL, persona_file

from dialoom.agents.clients.base import ClientOptions, ModelClient, ModelTraits
from dialoom.build import ModelBook, RunOptions, models_by_role
from dialoom.chat import ChatRequest, Completion
from dialoom.messages import messages, read_trees
from dialoom.repl.command import Desk
from dialoom.repl.scene import SceneOptions, scene_of
from dialoom.repl.session import Session
from dialoom.repl.start import Loop
from dialoom.repl.terminal import Terminal

SCRIPT = """\
replies:
  - when: {user: watch}
    say: [I can mend it by nine., "It will take a week.", Leave it here.]
  - when: {system: "temper: calm"}
    say: [Good morning to you., "A good morning, and welcome."]
  - say: ["Morning.", "What is it?"]
"""
PROGRAM = (sys.executable, "-c", "from dialoom.cli.main import dialoom; dialoom()", "repl")
SECONDS = 90.0
"""What a busy machine may take at most until something appears."""


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    (tmp_path / "shop.yaml").write_text(SCRIPT, encoding="utf-8")
    persona_file(tmp_path, ADA)
    monkeypatch.chdir(tmp_path)
    return [*PROGRAM, "ada.yaml", "--role", "assistant", "--model", "scripted/shop.yaml"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    own = {
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "TERM": "xterm-256color",
        "PROMPT_TOOLKIT_NO_CPR": "1",
        "PYTHONUTF8": "1",
    }
    return {**os.environ, **own}


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


# ---- piped -----------------------------------------------------------------------------


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
    assert done.stderr == "line 2: error: there is no command /tre2; did you mean 'tree'?\n"
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


# ---- in a pseudo-terminal --------------------------------------------------------------


class Screen:
    """A program in a pseudo-terminal; what it prints is kept without its escapes."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        import fcntl
        import pty
        import struct
        import termios

        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        self._file = ours
        self.process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            preexec_fn=_own_terminal,
        )
        os.close(theirs)
        self.text = ""
        self._raw = b""
        self._from = 0

    def type(self, keys: str) -> None:
        os.write(self._file, keys.encode())

    def wait_for(self, pattern: str) -> str:
        """Return what appeared up to a pattern, since the last time.

        Raises:
            AssertionError: it did not appear in time.
        """
        deadline = time.monotonic() + SECONDS
        while (found := re.compile(pattern).search(self.text, self._from)) is None:
            left = deadline - time.monotonic()
            assert left > 0, f"no {pattern!r} in {self.text[self._from :]!r}"
            assert self._read(left), f"it ended without {pattern!r}: {self.text[self._from :]!r}"
        begin, self._from = self._from, found.end()
        return self.text[begin : found.end()]

    def end(self) -> int:
        """Return the exit code, once all is read."""
        while self._read(SECONDS):
            pass
        return self.process.wait(timeout=SECONDS)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._file)

    def _read(self, timeout: float) -> bool:
        if not select.select([self._file], [], [], timeout)[0]:
            return False
        try:
            data = os.read(self._file, 65536)
        except OSError:  # Linux says so when the other side is closed
            data = b""
        self._raw += data
        self.text = _without_escapes(self._raw.decode("utf-8", "replace"))
        return bool(data)


def _own_terminal() -> None:
    import fcntl
    import termios

    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _without_escapes(text: str) -> str:
    text = re.sub(r"\x1b\][^\x07]*\x07|\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]", "", text)
    return text.replace("\r", "")


Opened = Callable[..., Screen]


@pytest.fixture
def screen(command: list[str], environment: dict[str, str]) -> Iterator[Opened]:
    opened: list[Screen] = []

    def opening(*arguments: str, **variables: str) -> Screen:
        opened.append(Screen([*command, *arguments], {**environment, **variables}))
        return opened[-1]

    yield opening
    for one in opened:
        one.close()


unix = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")


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


# ---- interrupted -----------------------------------------------------------------------


class Lines:
    """A reader of given lines."""

    def __init__(self, *lines: str) -> None:
        self._lines = list(lines)

    async def read(self, prompt: str) -> str | None:
        return self._lines.pop(0) if self._lines else None

    def interrupt(self) -> None:
        return


class Endless(ModelClient):
    """Says a word, presses Ctrl-C, and would go on for ever."""

    def __init__(self) -> None:
        super().__init__(MODEL, ModelTraits(judges=False))

    async def complete(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> list[Completion]:
        return [Completion("Done.") for _ in request.seeds]

    async def stream(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> AsyncIterator[str | Completion]:
        if request.messages[-1]["content"] == "Be quick":
            yield "Done."
            yield Completion("Done.")
            return
        yield "Well, "
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()


def test_ctrl_c_stops_the_reply_and_not_the_session(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = asyncio.run(_interrupted(persona_file(tmp_path, ADA)))
    assert [node.text for node in session.talk] == ["Take your time", "Be quick", "Done."]
    assert [root.text for root in session.talk.roots] == ["Take your time", "Be quick"]
    shown = capsys.readouterr().out
    assert "Well,\n" in shown.replace(" \n", "\n")
    assert "stopped; nothing of it is kept" in shown
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


async def _interrupted(persona: Path) -> Session:
    options = SceneOptions(persona=str(persona), role="assistant")
    scene = scene_of(options)
    names = models_by_role(scene.loaded.scenario, RunOptions(model=MODEL))
    book = ModelBook(names, ClientOptions(), clients={MODEL: Endless()})
    session = Session(scene, book, created=datetime(2026, 1, 2, tzinfo=UTC), heuristics=())
    terminal = Terminal(live=False)
    desk = Desk(session, terminal, lambda: scene_of(options))
    loop = Loop(desk, terminal, Lines("Take your time", "Be quick"))
    assert await loop.run() == 0
    return session
