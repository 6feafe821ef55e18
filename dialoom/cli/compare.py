"""`dialoom compare RUN_A RUN_B`: what changed between two runs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialoom.cli import parameters
from dialoom.cli.errors import reported

if TYPE_CHECKING:
    from dialoom.intervals import Interval
    from dialoom.report import Comparison

__all__ = ["compare"]


@reported
def compare(
    first: parameters.Trees,
    second: Annotated[Path, typer.Argument(help="The one to compare with it.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the comparison as JSON on stdout.")
    ] = False,
) -> None:
    """Print what was set differently in two runs, and how their figures differ.

    Each figure has its 95 % interval; a difference is marked * when its interval leaves zero out.

    Example: dialoom compare runs/support-20261122-163000-7f3a runs/support-20261122-170000-1b2c
    """
    from dialoom.cli.text import printable
    from dialoom.report import compare_runs

    compared = compare_runs(first, second)
    if as_json:
        typer.echo(json.dumps(_figures(compared)))
        return
    for line in compared.settings:
        typer.echo(printable(line))
    if not compared.settings:
        typer.echo("Nothing was set differently.")
    for line in _lines(compared):
        typer.echo(printable(line))


def _figures(compared: "Comparison") -> dict[str, Any]:
    return {
        "settings": compared.settings,
        "changes": [
            {
                "name": change.name,
                "unit": "share" if change.is_rate else "mean",
                "first": _values(change.first),
                "second": _values(change.second),
                "difference": _values(change.difference),
                "clear": change.is_clear,
            }
            for change in compared.changes
        ],
    }


def _values(interval: "Interval | None") -> dict[str, float] | None:
    return None if interval is None else interval._asdict()


def _lines(compared: "Comparison") -> Iterator[str]:
    """Yield a table as text: a terminal wraps what is too wide, a file keeps it whole."""
    rows: list[tuple[str, ...]] = [("", "first", "second", "difference")]
    for change in compared.changes:
        figures = (change.first, change.second)
        cells = [_said(interval, is_rate=change.is_rate) for interval in figures]
        difference = _said(change.difference, is_rate=change.is_rate, sign="+")
        rows.append((change.name, *cells, difference + (" *" if change.is_clear else "")))
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _said(interval: "Interval | None", *, is_rate: bool, sign: str = "") -> str:
    if interval is None:
        return "none"
    kind = f"{sign}.1f" if is_rate else f"{sign}.2f"
    value, low, high = (format(100 * x if is_rate else x, kind) for x in interval)
    return f"{value}{' %' if is_rate else ''} [{low}, {high}]"
