"""How far a run is, as it is shown while it goes on: in `simulate` and in `dialoom watch`."""

from collections.abc import Iterator, Mapping

from rich.console import Console, Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from dialoom.build.prices import dollars
from dialoom.cli.figures import elapsed
from dialoom.display import printable
from dialoom.events import CriticTested, EndpointFigures, RunProgressed
from dialoom.wording import counted, errors_listed

__all__ = ["is_live", "progress_line", "progress_view", "testing"]

REASONS = 4
"""Reasons that are named; the others are added up."""


def is_live(console: Console) -> bool:
    """Return whether what is shown can be drawn anew in place.

    A file is no terminal, even where FORCE_COLOR says so, and some terminals can't go back.
    """
    return console.is_terminal and not console.is_dumb_terminal and console.file.isatty()


def progress_view(figures: RunProgressed) -> RenderableType:
    """Return the view of a run that goes on: a bar, what came of it, and each model."""
    head = Table.grid(padding=(0, 1))
    head.add_row(
        ProgressBar(total=1.0, completed=figures.share, width=24),
        Text(" · ".join(_head(figures)), no_wrap=True, overflow="ellipsis"),
    )
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True, max_width=40)
    table.add_column(no_wrap=True, overflow="ellipsis")
    table.add_row("messages", Text(printable(_messages(figures))))
    for endpoint in figures.endpoints:
        style = "yellow" if endpoint.trouble else ""
        table.add_row(printable(endpoint.model), Text(_endpoint(endpoint), style=style))
    troubles = _troubles(figures)
    if troubles:
        table.add_row("trouble", Text(printable(troubles), style="yellow"))
    return Group(head, table)


def progress_line(figures: RunProgressed) -> str:
    """Return the same on one line, for a file or a terminal that can't go back."""
    rates = [
        f"{sum(one.calls_a_second for one in figures.endpoints):,.1f} calls/s",
        f"{sum(one.tokens_a_second for one in figures.endpoints):,.0f} tok/s",
    ]
    waits = [f"{one.model} {one.trouble}" for one in figures.endpoints if one.trouble]
    parts = [*_head(figures), f"messages {_messages(figures)}", *rates, _troubles(figures), *waits]
    return printable(" · ".join(part for part in parts if part))


def _head(figures: RunProgressed) -> Iterator[str]:
    yield f"{figures.share:.0%}"
    yield f"{figures.finished:,} of {figures.trees:,} trees"
    yield elapsed(figures.seconds)
    if figures.phase == "writing":
        yield "writing files"
    elif figures.share >= 1:
        yield testing(figures.tested)
    elif figures.seconds_left is not None:
        yield f"about {elapsed(figures.seconds_left)} left"
    yield _cost(figures)


def testing(tested: CriticTested | None) -> str:
    """Return how far the test of a critic is."""
    of = f": {tested.done:,} of {tested.wanted:,}" if tested is not None else ""
    return f"testing the critic{of}"


def _cost(figures: RunProgressed) -> str:
    cap = "" if figures.usd_cap is None else f" of {dollars(figures.usd_cap)}"
    if figures.unpriced and not figures.usd:
        return "cost not known"
    unknown = f" and what {', '.join(figures.unpriced)} costs" if figures.unpriced else ""
    return f"{dollars(figures.usd)}{cap}{unknown}"


def _messages(figures: RunProgressed) -> str:
    dropped = sum(figures.dropped.values())
    kept = figures.messages - dropped
    why = f" ({_listed(figures.dropped)})" if dropped else ""
    return f"{figures.messages:,}: {kept:,} kept, {dropped:,} dropped{why}"


def _endpoint(endpoint: EndpointFigures) -> str:
    parts = [endpoint.trouble] if endpoint.trouble else []
    waiting = f", {endpoint.waiting:,} waiting" if endpoint.waiting else ""
    parts += [
        f"{endpoint.in_flight:,} in flight{waiting}",
        f"{endpoint.calls_a_second:,.1f} calls/s",
        f"{endpoint.tokens_a_second:,.0f} tok/s",
        f"{endpoint.calls:,} calls",
    ]
    return printable(" · ".join(parts))


def _troubles(figures: RunProgressed) -> str:
    parts = []
    if figures.failed:
        parts.append(f"{counted(figures.failed, 'tree')} failed")
    if figures.lost:
        parts.append(f"{figures.lost:,} {'branch' if figures.lost == 1 else 'branches'} lost")
    if figures.retries:
        parts.append(f"asked again for {errors_listed(figures.retries)}")
    return ", ".join(parts)


def _listed(counts: Mapping[str, int]) -> str:
    """Return the largest counts by name, and how many the others are."""
    order = sorted(counts.items(), key=lambda item: -item[1])
    shown = [f"{name} {count:,}" for name, count in order[:REASONS]]
    others = sum(count for _, count in order[REASONS:])
    return ", ".join([*shown, f"others {others:,}"] if others else shown)
