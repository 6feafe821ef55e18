"""`dialoom watch RUN`: how far a run is, from another terminal."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dialoom.cli import parameters
from dialoom.cli.errors import reported
from dialoom.wording import counted

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from dialoom.build.watching import Watched

__all__ = ["watch"]

INTERVAL = 0.5
SILENT = 15.0
"""Seconds without a word from a process that holds the run's lock, after which that is said."""


@reported
def watch(
    run: Annotated[
        Path | None,
        typer.Argument(help="The run's directory; by default the latest run in ./runs."),
    ] = None,
    plain: parameters.Plain = False,
) -> None:
    """Show how far a run is, until it ends; the run does not notice.

    Exits with 0 when the run has finished and with 1 when it ended otherwise.

    Ctrl-C stops watching and leaves the run alone.

    Examples:
      dialoom watch

      dialoom watch runs/support-20261122-163000-7f3a
    """
    from dialoom.build.watching import latest_run
    from dialoom.cli.text import stdout

    directory = latest_run(Path("runs")) if run is None else run
    console = stdout()
    last = _watched(directory, console, plain=plain)
    _say_end(directory, last, console)
    if last.manifest.state != "finished":
        raise typer.Exit(1)


def _watched(directory: Path, console: "Console", *, plain: bool) -> "Watched":
    """Show the run until nobody works on it, and return how it was left."""
    from rich.live import Live

    from dialoom.build.watching import look
    from dialoom.cli.live import is_live, progress_line
    from dialoom.cli.progress import Plain

    now = look(directory)
    if not now.at_work:
        return now
    if is_live(console) and not plain:
        with Live(_view(now), console=console, auto_refresh=False, transient=True) as live:
            while now.at_work:
                time.sleep(INTERVAL)
                now = look(directory)
                live.update(_view(now), refresh=True)
        return now
    lines = Plain(0.0)
    while now.at_work:
        if now.progress is not None and lines.is_due(now.progress.seconds):
            console.print(progress_line(now.progress), markup=False, soft_wrap=True)
        time.sleep(INTERVAL)
        now = look(directory)
    return now


def _view(watched: "Watched") -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    from dialoom.cli.live import progress_view
    from dialoom.cli.text import printable

    manifest = watched.manifest
    head = Text(f"run {manifest.run_id}: {counted(manifest.trees, 'tree')}", style="bold")
    progress = watched.progress
    if progress is None:
        return Group(head, Text("getting the models ready …"))
    silence = time.time() - progress.at
    parts = [head, progress_view(progress)]
    parts += [Text(f"! {printable(notice)}", style="yellow") for notice in progress.notices]
    if silence > SILENT:
        parts.append(Text(f"! no sign of life for {silence:,.0f} s", style="red"))
    return Group(*parts)


def _say_end(directory: Path, watched: "Watched", console: "Console") -> None:
    from dialoom.build.watching import kept_so_far
    from dialoom.cli.summary import summary_table
    from dialoom.cli.text import printable

    manifest, summary = watched.manifest, watched.summary
    if manifest.state == "running":
        kept = kept_so_far(directory)
        what = f"{kept.trees:,} of {manifest.trees:,} trees, {kept.messages:,} messages"
        lines = [
            f"{directory}: its process ended without a word; {what} are kept.",
            f"`simulate --out {directory}` goes on from there.",
        ]
    else:
        lines = [f"run {manifest.run_id} is {manifest.state}"]
    for line in lines:
        console.print(printable(line), style="bold", markup=False, soft_wrap=True)
    if summary is not None and manifest.state != "running":
        console.print(summary_table(summary))
        for notice in summary.notices:
            console.print(f"! {printable(notice)}", style="yellow", markup=False, soft_wrap=True)
