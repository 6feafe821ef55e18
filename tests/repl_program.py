"""The real `dialoom repl`, and a pseudo-terminal to run it in."""

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from repl_play import ADA, persona_file

__all__ = [
    "PROGRAM",
    "SCRIPT",
    "SECONDS",
    "Opened",
    "Screen",
    "command",
    "environment",
    "screen",
    "unix",
]
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
    """A persona and a script in an empty folder, and the words that begin a session there."""
    (tmp_path / "shop.yaml").write_text(SCRIPT, encoding="utf-8")
    persona_file(tmp_path, ADA)
    monkeypatch.chdir(tmp_path)
    return [*PROGRAM, "ada.yaml", "--role", "assistant", "--model", "scripted/shop.yaml"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Variables under which a session leaves nothing in the developer's home."""
    own = {
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "TERM": "xterm-256color",
        "PROMPT_TOOLKIT_NO_CPR": "1",
        "PYTHONUTF8": "1",
    }
    return {**os.environ, **own}


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
    """Opens a session in a pseudo-terminal, with more arguments and variables."""
    opened: list[Screen] = []

    def opening(*arguments: str, **variables: str) -> Screen:
        opened.append(Screen([*command, *arguments], {**environment, **variables}))
        return opened[-1]

    yield opening
    for one in opened:
        one.close()


unix = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
