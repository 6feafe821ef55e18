"""`dialoom compare RUN_A RUN_B`: what changed between two runs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialoom.cli.errors import reported

if TYPE_CHECKING:
    from rich.table import Table

    from dialoom.report import Comparison
    from dialoom.report.intervals import Interval

__all__ = ["compare"]


@reported
def compare(
    first: Annotated[Path, typer.Argument(help="A run's directory or an OASST trees file.")],
    second: Annotated[Path, typer.Argument(help="The one to compare with it.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the comparison as JSON on stdout.")
    ] = False,
) -> None:
    """Print what was set differently in two runs, and how their figures differ.

    Each figure has its 95 % interval; a difference is marked * when its interval leaves zero out.

    Example: dialoom compare runs/support-20261122-163000-7f3a runs/support-20261122-170000-1b2c
    """
    from dialoom.cli.text import printable, stdout
    from dialoom.report import compare_runs

    compared = compare_runs(first, second)
    if as_json:
        typer.echo(json.dumps(_figures(compared)))
        return
    for line in compared.settings:
        typer.echo(printable(line))
    if not compared.settings:
        typer.echo("Nothing was set differently.")
    stdout().print(_table(compared))


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


def _table(compared: "Comparison") -> "Table":
    from rich.table import Table

    from dialoom.cli.text import printable

    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("")
    for title in ("first", "second", "difference"):
        table.add_column(title, justify="right")
    table.add_column("")
    for change in compared.changes:
        cells = [
            _said(interval, is_rate=change.is_rate, is_signed=interval is change.difference)
            for interval in (change.first, change.second, change.difference)
        ]
        table.add_row(printable(change.name), *cells, "*" if change.is_clear else "")
    return table


def _said(interval: "Interval | None", *, is_rate: bool, is_signed: bool) -> str:
    if interval is None:
        return "none"
    sign = "+" if is_signed else ""
    value, low, high = (100 * bound if is_rate else bound for bound in interval)
    places, unit = (1, " %") if is_rate else (2, "")
    return f"{value:{sign}.{places}f}{unit} ({low:{sign}.{places}f} to {high:{sign}.{places}f})"
