"""A session from its first prompt to its last: reading, doing, stopping, ending."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dialoom.agents.clients.breaker import BreakerPolicy
from dialoom.agents.clients.endpoint import RetryPolicy
from dialoom.build import ModelBook, models_by_role
from dialoom.build.manifests import created_now
from dialoom.build.options import RunOptions
from dialoom.errors import DialoomError, InputError
from dialoom.events import CallRetried, Event, retry_line
from dialoom.repl.command import Desk
from dialoom.repl.commands import perform
from dialoom.repl.commands_change import reload_files
from dialoom.repl.commands_keep import save_tree
from dialoom.repl.completer import SessionCompleter
from dialoom.repl.reading import Interrupted, LineReader, PromptReader, Reader, history_in
from dialoom.repl.scene import Scene
from dialoom.repl.session import Session
from dialoom.repl.speaking import open_talk
from dialoom.repl.terminal import Terminal, is_dumb, state_folder
from dialoom.repl.views import name_line, note
from dialoom.repl.voices import CallMemory

__all__ = ["Loop", "run_session"]

RETRY = RetryPolicy(attempts=2, patience=5.0)
"""Somebody waits at the keyboard: a model that is not there is said to be away in seconds."""
BREAKER = BreakerPolicy(failures=1000)
"""For the same reason nothing is held back from a model that fails."""
POLL = 0.5
"""Seconds between looks at the files of the cast."""


async def run_session(build: Callable[[], Scene], run: RunOptions, *, watch: bool = False) -> int:
    """Hold a session on standard input and output, and return the exit code.

    Args:
        build: Reads the scene; called again when its files change.
        run: Models, and how to reach them.
        watch: Whether changed files are picked up by themselves.

    Raises:
        InputError: the scene, a heuristic or a model's name is wrong.
        ModelError: a model can't be used.
    """
    scene = build()
    live = sys.stdin.isatty() and sys.stdout.isatty()
    terminal = Terminal(live=live)
    names = models_by_role(scene.loaded.scenario, run)
    book = ModelBook(names, run.client, retry=RETRY, breaker=BREAKER)
    book.attach(CallMemory(), lambda event: _tell(terminal, event))
    session = Session(scene, book, created=created_now())
    desk = Desk(session, terminal, build, watching=watch)
    try:
        if live:
            terminal.show(note("loading the model …"))
        await session.voices.prepare(session.cast, session.settings)
        return await Loop(desk, terminal, _reader(session, terminal)).run()
    finally:
        _rescue(desk, terminal)
        await book.close()


def _reader(session: Session, terminal: Terminal) -> Reader:
    if terminal.live and not is_dumb():
        return PromptReader(SessionCompleter(session), history_in(state_folder()))
    return LineReader(prompt=terminal.prompt if terminal.live else None)


def _tell(terminal: Terminal, event: Event) -> None:
    if isinstance(event, CallRetried):
        terminal.show(note(retry_line(event)))


class Loop:
    """Reads lines and does what they ask, until the input ends."""

    def __init__(self, desk: Desk, terminal: Terminal, reader: Reader) -> None:
        self._desk, self._terminal, self._reader = desk, terminal, reader
        self._working: asyncio.Task[None] | None = None
        self._seen = _stamps(desk.session.scene.sources)
        self.code = 0
        """The exit code so far: that of the first fault of a piped session."""

    async def run(self) -> int:
        """See the session through and return its exit code; a person's mistakes are none."""
        with self._interrupts():
            if self._terminal.live:
                self._greet()
            for text in self._desk.session.scene.notices:
                self._terminal.show(note(text))
            await self._do(open_talk(self._desk))
            while not self._desk.done:
                line = await self._next()
                if line is None:
                    break
                await self._do(perform(self._desk, line))
        return 0 if self._terminal.live else self.code

    async def _next(self) -> str | None:
        """Return the next message, picking up changed files meanwhile."""
        while True:
            reading = asyncio.ensure_future(self._reader.read(_prompt(self._desk.session)))
            waiting: set[asyncio.Future[Any]] = {reading}
            if self._desk.watching:
                waiting.add(asyncio.ensure_future(self._changed()))
            try:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in waiting:
                    task.cancel()
                await asyncio.wait(waiting)
            if reading.cancelled():
                await self._do(self._pick_up())
                continue
            try:
                return reading.result()
            except Interrupted:
                self._terminal.show(note("Ctrl-D leaves; /help lists what you can do"))

    async def _changed(self) -> None:
        """Return once a file of the cast is another than it was."""
        while _stamps(self._desk.session.scene.sources) == self._seen:
            await asyncio.sleep(POLL)

    async def _pick_up(self) -> None:
        self._seen = _stamps(self._desk.session.scene.sources)
        before = self._desk.session.moment()
        try:
            await reload_files(self._desk)
        finally:
            self._desk.session.keep(before)

    async def _do(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that Ctrl-C stops, and say what was wrong with it."""
        current = asyncio.current_task()
        assert current is not None
        self._working = asyncio.ensure_future(work)
        try:
            await self._working
        except asyncio.CancelledError:
            if current.cancelling():
                raise  # the whole session is to end
            self._terminal.show(note("    stopped; nothing of it is kept"))
        except DialoomError as error:
            number = getattr(self._reader, "number", 0)
            where = "" if self._terminal.live or not number else f"line {number}: "
            self._terminal.fault(str(error), where=where)
            self.code = self.code or error.exit_code
        finally:
            self._working = None

    @contextmanager
    def _interrupts(self) -> Iterator[None]:
        """Make SIGINT stop what is under way, and end a piped session only between commands."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def stop() -> None:
            if self._working is not None:
                self._working.cancel()
            elif self._terminal.live:
                self._reader.interrupt()
            else:
                task.cancel()

        previous = signal.getsignal(signal.SIGINT)
        with suppress(NotImplementedError):  # Windows: Ctrl-C ends the session there
            loop.add_signal_handler(signal.SIGINT, stop)
        try:
            yield
        finally:
            with suppress(NotImplementedError):
                loop.remove_signal_handler(signal.SIGINT)
            signal.signal(signal.SIGINT, previous)

    def _greet(self) -> None:
        session = self._desk.session
        for player in session.cast.players:
            line = name_line(session, player.name)
            if player.name != session.settings.you:
                names = [one.name for one in session.voices.endpoints(player, session.settings)]
                line.append(f" · {player.role} · {', '.join(names)}", style="dim not bold")
            self._terminal.show(line)
        hint = "/step and /go let them speak" if session.settings.you is None else "type to speak"
        self._terminal.show(note(f"{hint}; /help lists the commands, Ctrl-D leaves"))


def _prompt(session: Session) -> str:
    place = 0 if session.here is None else session.talk.number(session.here)
    you = session.settings.you
    who = "" if you is None else f"{session.cast[you].display_name} "
    return f"{who}#{place}> "


def _stamps(files: tuple[Path, ...]) -> dict[Path, tuple[int, int]]:
    """Return what tells a changed file from an unchanged one: time and size."""
    found = {}
    for file in files:
        with suppress(OSError):
            state = file.stat()
            found[file] = (state.st_mtime_ns, state.st_size)
    return found


def _rescue(desk: Desk, terminal: Terminal) -> None:
    """Keep what a person has not saved."""
    if not terminal.live or len(desk.session.talk) <= desk.saved or not desk.session.asked:
        return
    file = state_folder() / "last_session.jsonl"
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        save_tree(desk, file)
    except (DialoomError, InputError) as error:
        terminal.fault(str(error))
        return
    terminal.show(note(f"you did not /save: the tree is in {file}"))
