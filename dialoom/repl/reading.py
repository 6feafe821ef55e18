"""Lines from whoever types: with prompt_toolkit on a real terminal, plainly anywhere else."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import Completer
from prompt_toolkit.filters import completion_is_selected
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from dialoom.repl.typed import is_open, whole

__all__ = ["Interrupted", "LineReader", "PromptReader", "Reader", "history_in"]


class Interrupted(Exception):
    """Ctrl-C on an empty line. Not KeyboardInterrupt, which ends the whole event loop."""


class Reader(Protocol):
    """Where typed lines come from."""

    async def read(self, prompt: str) -> str | None:
        """Return the next whole message; None at the end of input.

        A call may be cancelled: what was typed so far is offered again by the next one.

        Raises:
            Interrupted: Ctrl-C was pressed on an empty line.
        """

    def interrupt(self) -> None:
        """Take note of a Ctrl-C that came as a signal: what was typed so far is gone."""


class PromptReader:
    """Editing, history and completion on a terminal that can."""

    def __init__(self, completer: Completer, history: History) -> None:
        self._session: PromptSession[str] = PromptSession(
            history=history,
            completer=completer,
            complete_while_typing=True,
            auto_suggest=AutoSuggestFromHistory(),
            multiline=True,
            key_bindings=_keys(),
            prompt_continuation=lambda width, number, wrapped: "… ".rjust(width),
            reserve_space_for_menu=6,
        )
        self._draft = ""

    async def read(self, prompt: str) -> str | None:
        """Return the next whole message; see `Reader.read`."""
        message = FormattedText([("bold", prompt)])
        try:
            typed = await self._session.prompt_async(
                message, default=self._draft, handle_sigint=False
            )
        except EOFError:
            return None
        except asyncio.CancelledError:
            self._draft = self._session.default_buffer.text
            raise
        self._draft = ""
        return whole(typed)

    def interrupt(self) -> None:
        """Do nothing: prompt_toolkit reads Ctrl-C as a key."""


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter", filter=~completion_is_selected)
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if is_open(buffer.text):
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @keys.add("enter", filter=completion_is_selected)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.complete_state = None

    @keys.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @keys.add("c-c")
    def _(event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            event.app.exit(exception=Interrupted())

    return keys


class LineReader:
    """Plain lines from a pipe, a file, or a terminal without cursor movement."""

    def __init__(self, *, prompt: Callable[[str], None] | None = None) -> None:
        """Begin to read standard input.

        Args:
            prompt: Shows a prompt; None shows none.
        """
        self._prompt = prompt
        self._asked = ""
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._held: list[str] = []
        self.number = 0
        """Lines read so far."""
        loop = asyncio.get_running_loop()
        # A thread of its own, since a file can't be waited for and a pipe may never end.
        work = (_chunks(sys.stdin), self._lines, loop)
        threading.Thread(target=_pump, args=work, daemon=True).start()

    async def read(self, prompt: str) -> str | None:
        """Return the next whole message; see `Reader.read`."""
        self._asked = prompt
        if self._prompt is not None:
            self._prompt("… " if self._held else prompt)
        while True:
            line = await self._lines.get()
            if line is None:
                held, self._held = self._held, []
                return whole("\n".join(held)) if held else None
            self.number += 1
            self._held.append(line)
            text = "\n".join(self._held)
            if not is_open(text):
                self._held = []
                return whole(text)
            if self._prompt is not None:
                self._prompt("… ")

    def interrupt(self) -> None:
        """Drop the lines of an unfinished message, and ask again."""
        self._held = []
        if self._prompt is not None:
            self._prompt(f"\n{self._asked}")


def _pump(
    chunks: Iterator[bytes],
    lines: "asyncio.Queue[str | None]",
    loop: asyncio.AbstractEventLoop,
) -> None:
    def put(line: str | None) -> None:
        try:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        except RuntimeError:
            return  # the session is over

    rest = b""
    for chunk in chunks:
        *found, rest = (rest + chunk).split(b"\n")
        for line in found:
            put(line.decode("utf-8", "replace").rstrip("\r"))
    if rest:
        put(rest.decode("utf-8", "replace").rstrip("\r"))
    put(None)


def _chunks(source: TextIO) -> Iterator[bytes]:
    """Yield what is read, as it comes.

    A descriptor is read and not the stream around it, whose lock the thread would hold when the
    process ends.
    """
    try:
        descriptor = source.fileno()
    except OSError:  # a stream in memory, which a host has put there
        yield source.read().encode()
        return
    with suppress(OSError):  # a terminal that was closed
        while chunk := os.read(descriptor, 65536):
            yield chunk


def history_in(folder: Path) -> History:
    """Return the history kept in a folder; one in memory where the folder can't be used."""
    file = folder / "repl_history"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(file)
