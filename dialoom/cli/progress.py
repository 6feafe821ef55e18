"""Progress on stderr: a live line on a terminal, a plain line for each tree elsewhere."""

import time
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from dialoom.events import (
    CallFinished,
    CallRetried,
    Event,
    Listener,
    Notice,
    RunStarted,
    TreeFailed,
    TreeFinished,
)

__all__ = ["RunProgress", "notices_to"]


class RunProgress:
    """Listens to a run and shows how far it is."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console, self._quiet = console, quiet
        self._live: Live | None = None
        self._started = time.monotonic()
        self._run: RunStarted | None = None
        self._finished = self._failed = self._messages = self._rejected = self._retried = 0
        self._units = 0.0
        self._tokens = 0

    def __enter__(self) -> "RunProgress":
        if self._console.is_terminal and not self._quiet:
            self._live = Live(
                get_renderable=self._line,
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
                self._run, self._started = event, time.monotonic()
                if event.finished:
                    done = f"{event.finished} of {event.trees} trees are done"
                    self._say(f"taking up {event.directory}: {done} (--fresh begins a new run)")
                else:
                    self._say(f"run {event.directory}: {event.trees} trees")
            case CallFinished():
                self._units += event.completions
                self._tokens += 0 if event.replayed else event.completion_tokens
            case CallRetried():
                self._retried += 1
                if self._retried <= 5 or self._retried % 100 == 0:
                    self._say(f"{event.model}: {event.message}; again in {event.delay:.1f} s")
            case TreeFinished():
                self._finished += 1
                self._messages += event.messages
                self._rejected += event.rejected
                self._plain(f"tree {event.tree} finished: {event.messages} messages")
            case TreeFailed():
                self._failed += 1
                self._say(f"tree {event.tree} failed: {event.message}")
            case Notice():
                self._say(event.message)
            case _:
                pass

    def _say(self, text: str) -> None:
        if not self._quiet:
            self._console.print(Text(text), soft_wrap=True)

    def _plain(self, text: str) -> None:
        if self._live is None:
            self._say(f"{text} · {self._figures()}")

    def _line(self) -> Table:
        row = Table.grid(padding=(0, 1))
        if self._run is None:
            row.add_row(Text("loading the model …"))
            return row
        row.add_row(
            ProgressBar(total=1.0, completed=self._share(), width=24),
            Text(f"{self._done()}/{self._run.trees} trees · {self._figures()}"),
        )
        return row

    def _figures(self) -> str:
        seconds = max(time.monotonic() - self._started, 1e-6)
        parts = [f"{self._tokens / seconds:,.0f} tok/s", f"{seconds:,.0f} s"]
        share = self._share(of_this_process=True)
        if 0.02 < share < 1:
            parts.append(f"about {seconds * (1 - share) / share:,.0f} s left")
        if self._failed:
            parts.append(f"{self._failed} failed")
        if self._rejected:
            parts.append(f"{self._rejected} messages rejected")
        return " · ".join(parts)

    def _done(self) -> int:
        return self._finished + (self._run.finished if self._run else 0)

    def _share(self, *, of_this_process: bool = False) -> float:
        """Return how much is done, 0 to 1, by replies had of the most there can be."""
        if self._run is None:
            return 0.0
        before = 0 if of_this_process else self._run.finished
        trees = self._run.trees - (self._run.finished if of_this_process else 0)
        per_tree = max(1, self._run.messages + self._run.judgements)
        finished = self._finished + self._failed
        running = max(0.0, self._units / per_tree - finished)
        return min(1.0, (before + finished + min(running, 0.95 * (trees - finished))) / trees)


def notices_to(console: Console) -> Listener:
    """Return a listener that prints what a person should know, and nothing else."""

    def listen(event: Event) -> None:
        if isinstance(event, Notice):
            console.print(Text(event.message), soft_wrap=True)

    return listen
