"""`dialoom trace ID`: where a row or a message comes from, and what depends on what."""

import json
from pathlib import Path
from typing import Annotated

import typer

from dialoom.cli import parameters
from dialoom.cli.errors import reported
from dialoom.wording import counted

__all__ = ["trace"]


@reported
def trace(
    wanted: Annotated[
        str | None,
        typer.Argument(
            metavar="ID", help="Id of a row or a message, or how it begins; or a row as FILE:LINE."
        ),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--in",
            metavar="RUN",
            help="A run's directory or an OASST file; every run in ./runs when left out.",
        ),
    ] = None,
    rows: Annotated[
        list[Path] | None,
        typer.Option(help="A file or folder of rows that were exported; may be given repeatedly."),
    ] = None,
    depends: Annotated[
        str | None,
        typer.Option(
            metavar="persona=NAME|model=NAME|file=FILE",
            help="List the rows that depend on this, in place of tracing one.",
        ),
    ] = None,
    prices: parameters.Prices = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Show where a row or a message comes from: run, cast, thread, siblings, prompt, cost.

    Example: dialoom trace 52054a894e146fbe --in runs/support-20261122-163000-7f3a
    """
    from dialoom.build.places import runs_in
    from dialoom.errors import InputError

    if (wanted is None) == (depends is None):
        raise InputError("give either the ID of a row or a message, or --depends")
    sources = [source] if source is not None else runs_in(Path("runs"))
    if not sources:
        raise InputError("no run is in ./runs; name one with --in")
    if wanted is not None:
        _trace_one(wanted, sources, rows or [], prices, as_json=as_json)
    elif depends is not None:
        _list_dependents(depends, sources, rows or [], as_json=as_json)


def _trace_one(
    wanted: str, sources: list[Path], rows: list[Path], prices: Path | None, *, as_json: bool
) -> None:
    from dialoom.build.prices import read_prices
    from dialoom.build.trace import trace_of
    from dialoom.build.traced import trace_document

    found = trace_of(wanted, sources, rows=rows, prices=read_prices(prices))
    if as_json:
        typer.echo(json.dumps(trace_document(found), ensure_ascii=False, default=str))
        return
    from dialoom.cli.text import stdout
    from dialoom.cli.traces import trace_text

    console = stdout()
    console.print(trace_text(found, width=console.width), soft_wrap=True)


def _list_dependents(depends: str, sources: list[Path], rows: list[Path], *, as_json: bool) -> None:
    from dialoom.build.dependents import Dependents

    found = 0
    for source in sources:
        dependents = Dependents(source, depends)
        for row in dependents.rows(rows):
            found += 1
            place = {"id": row.row["id"], "file": str(row.file), "number": row.number}
            shown = f"{place['id']}  {row.file}:{row.number}"
            typer.echo(json.dumps(place) if as_json else shown)
        for notice in dependents.notices:
            typer.echo(notice, err=True)
    typer.echo(f"{counted(found, 'row')} depend{'s' if found == 1 else ''} on {depends}", err=True)
