"""The screen of a session: the only place of the REPL that prints."""

import asyncio
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.console import Console, RenderableType
from rich.text import Text

from dialoom.display import printable, stderr, stdout
from dialoom.errors import InputError
from dialoom.repl.flow import Flow
from dialoom.repl.views import MARGIN

__all__ = ["Terminal", "is_dumb", "state_folder"]


class Terminal:
    """Shows what commands have to show, on stdout; faults go to stderr."""

    def __init__(self, *, live: bool) -> None:
        """Take over stdout.

        Args:
            live: Whether a person types and watches.
        """
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError):  # a stream that a test or a host has put there
                stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        self.live = live
        self._out: Console = stdout()
        self._err: Console = stderr()

    @property
    def colour(self) -> bool:
        """Whether styles can be seen."""
        return self.live and self._out.color_system is not None

    @property
    def width(self) -> int | None:
        """In cells; None in a pipe, where lines are as long as they are."""
        return self._out.width if self.live else None

    def show(self, view: RenderableType) -> None:
        """Show something."""
        self._out.print(view, soft_wrap=not self.live)

    def fault(self, message: str, *, where: str = "") -> None:
        """Show what is wrong, one line a fault."""
        for line in message.splitlines() or [""]:
            text = Text(printable(f"{where}error: {line}"), style="red")
            self._err.print(text, soft_wrap=not self.live)

    def prompt(self, text: str) -> None:
        """Show a prompt and stay on its line."""
        self._write(text)

    @contextmanager
    def speaking(self, head: RenderableType) -> Iterator[Callable[[str], None]]:
        """Show a heading, then what is written, piece by piece."""
        flow = Flow(width=self.width, margin=MARGIN)
        begun = self.live  # a person sees at once who is thinking; a file gets no empty heading
        if begun:
            self.show(head)

        def write(piece: str) -> None:
            nonlocal begun
            if not begun:
                begun = True
                self.show(head)
            self._write(flow.add(piece))

        try:
            yield write
        finally:
            if begun:
                self._write(flow.end())

    async def compose(self, text: str, *, suffix: str) -> str:
        """Return a text as the user's editor leaves it; see `Screen.compose`."""
        command = _editor(self.live)
        with tempfile.TemporaryDirectory(prefix="dialoom-") as folder:
            file = Path(folder) / f"sheet{suffix}"
            file.write_text(text, encoding="utf-8")
            try:
                process = await asyncio.create_subprocess_exec(*command, str(file))
                code = await process.wait()
            except OSError as error:
                raise InputError(f"{command[0]}: {error.strerror}; set EDITOR") from error
            if code:
                raise InputError(f"{command[0]} ended with code {code}; nothing is changed")
            return file.read_text(encoding="utf-8")

    def _write(self, text: str) -> None:
        self._out.file.write(text)
        self._out.file.flush()


def _editor(live: bool) -> list[str]:
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if named:
        return shlex.split(named)
    for usual in ("nano", "vi", "notepad") if live else ():
        if shutil.which(usual):
            return [usual]
    raise InputError("no editor is known: set EDITOR, or change one key with /set KEY=VALUE")


def is_dumb() -> bool:
    """Return whether the terminal can't move its cursor."""
    return os.environ.get("TERM", "").lower() in ("", "dumb", "unknown")


def state_folder() -> Path:
    """Return where dialoom keeps what lasts between sessions.

    Source: XDG Base Directory Specification 0.8, `$XDG_STATE_HOME`.
    """
    given = os.environ.get("XDG_STATE_HOME", "")
    base = Path(given) if Path(given).is_absolute() else Path.home() / ".local" / "state"
    return base / "dialoom"
