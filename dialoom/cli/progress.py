"""Progress on stderr: a live view on a terminal, a plain line every few seconds elsewhere."""

from collections.abc import Callable
from time import monotonic
from types import TracebackType

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from dialoom.cli.live import is_live, progress_line, progress_view, testing
from dialoom.display import printable
from dialoom.events import (
    CallFinished,
    CallRetried,
    CriticTested,
    Event,
    Listener,
    Notice,
    RunFinished,
    RunProgressed,
    RunStarted,
    TreeFailed,
    TreeTagged,
    retry_line,
)
from dialoom.wording import counted

__all__ = ["Plain", "RunProgress", "TagProgress", "notices_to"]

FIRST, LAST = 5.0, 60.0
"""Seconds between plain lines, at the beginning and in a long run."""
SAID = 5
"""Retries that are told one by one; of further ones the figures tell."""


class Plain:
    """Says when a plain line is due: often at first, seldom in a long run."""

    def __init__(self, first: float = FIRST) -> None:
        """Begin; the first line is due after so many seconds."""
        self._next = first

    def is_due(self, seconds: float) -> bool:
        """Return whether a line is due so many seconds after the beginning."""
        if seconds < self._next:
            return False
        self._next = seconds + min(LAST, max(FIRST, seconds / 20))
        return True


class RunProgress:
    """Listens to a run and shows how far it is."""

    def __init__(self, console: Console, *, quiet: bool = False, plain: bool = False) -> None:
        """Show nothing yet.

        Args:
            console: Where to show it.
            quiet: Shows nothing at all.
            plain: Lines, even where a view could be drawn.
        """
        self._console, self._quiet = console, quiet
        self._draws = is_live(console) and not plain and not quiet
        self._live: Live | None = None
        self._plain = Plain()
        self._figures: RunProgressed | None = None
        self._retried = self._failed = 0

    def __enter__(self) -> "RunProgress":
        if self._draws:
            self._live = Live(
                get_renderable=self._view,
                console=self._console,
                refresh_per_second=4,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def __call__(self, event: Event) -> None:
        """Take an event."""
        match event:
            case RunStarted():
                self._begin(event)
            case RunProgressed():
                self._figures = event
                if not self._draws and self._plain.is_due(event.seconds):
                    self._say(progress_line(event))
            case CallRetried():
                self._retried += 1
                if self._retried <= SAID:
                    self._say(retry_line(event))
            case TreeFailed():
                self._failed += 1
                if self._failed <= SAID:
                    self._say(f"tree {event.tree} failed: {event.message}")
            case Notice():
                self._say(event.message)
            case RunFinished() if event.interrupted:
                kept = f"{event.finished:,} finished trees are kept"
                self._say(f"stopped: {kept}, and the same command goes on from there")
            case _:
                pass

    def _begin(self, event: RunStarted) -> None:
        if event.finished:
            done = f"{event.finished} of {event.trees} trees are done"
            self._say(f"taking up {event.directory}: {done} (--fresh begins a new run)")
        else:
            self._say(f"run {event.directory}: {counted(event.trees, 'tree')}")

    def _say(self, text: str) -> None:
        if not self._quiet:
            self._console.print(Text(printable(text)), soft_wrap=not self._draws)

    def _view(self) -> RenderableType:
        if self._figures is None:
            return Text("getting the models ready …")
        return progress_view(self._figures)


class TagProgress:
    """Listens to `tag`: says what a person should know, and now and then how far it is."""

    def __init__(self, console: Console, *, clock: Callable[[], float] = monotonic) -> None:
        """Begin.

        Args:
            console: Where to say it.
            clock: Seconds since any moment.
        """
        self._console, self._clock, self._began = console, clock, clock()
        self._plain = Plain()
        self._tested: CriticTested | None = None
        self._trees = self._messages = self._calls = self._kept = self._retried = 0

    def __call__(self, event: Event) -> None:
        """Take an event."""
        match event:
            case Notice():
                self._say(event.message)
            case CallRetried():
                self._retried += 1
                if self._retried <= SAID:
                    self._say(retry_line(event))
            case CriticTested():
                self._tested = event
            case TreeTagged():
                self._trees += 1
                self._messages += event.messages
            case CallFinished():
                self._calls += not event.replayed
                self._kept += event.replayed
            case _:
                return
        if self._plain.is_due(self._clock() - self._began):
            self._say(self._line())

    def _line(self) -> str:
        done = f"{counted(self._trees, 'tree')}, {counted(self._messages, 'message')} tagged"
        if not self._trees:
            done = "no tree is tagged yet" if self._tested is None else testing(self._tested)
        kept = f", {self._kept:,} answered before" if self._kept else ""
        asked = f"; calls {self._calls:,}{kept}" if self._calls or self._kept else ""
        return f"{done}{asked}"

    def _say(self, text: str) -> None:
        self._console.print(Text(printable(text)), soft_wrap=True)


def notices_to(console: Console) -> Listener:
    """Return a listener that prints what a person should know, and nothing else."""

    def listen(event: Event) -> None:
        if isinstance(event, Notice):
            console.print(Text(printable(event.message)), soft_wrap=True)

    return listen
