"""`dialoom export SOURCE --as FORMAT`: finished trees into other files."""

import json
from pathlib import Path
from typing import Annotated

import typer

from dialoom.cli.errors import reported

__all__ = ["export"]


@reported
def export(
    source: Annotated[Path, typer.Argument(help="A run's directory or an OASST trees file.")],
    formats: Annotated[
        list[str],
        typer.Option("--as", help="A format: sft, dpo, oasst … May be given several times."),
    ],
    out: Annotated[Path, typer.Option(help="Directory for the files.")] = Path("."),
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FORMAT.OPTION=VALUE", help="An option of a format."),
    ] = None,
    split: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=SHARE",
            help="A split of whole trees, like train=rest, test=0.1 or test=200; each split gets "
            "a folder, and trees with nearly the same opening stay together.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides which trees go into which split.")] = 0,
    parquet: Annotated[
        bool,
        typer.Option(
            "--parquet",
            help="Write parquet in place of JSON lines (pip install 'dialoom[parquet]').",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was written as JSON on stdout.")
    ] = False,
) -> None:
    """Write the trees of a run, or of any OASST file, as training rows.

    Example: dialoom export trees.jsonl --as sft --as dpo --set dpo.policy=all --out rows
    """
    from dataclasses import asdict

    from dialoom.build.exporting import export_source, options_of, shares_of

    written = export_source(
        source,
        formats,
        out,
        options_of(settings or [], formats),
        shares=shares_of(split or []),
        seed=seed,
        parquet=parquet,
    )
    if as_json:
        typer.echo(json.dumps({name: asdict(done) for name, done in written.items()}))
        return
    for name, done in written.items():
        typer.echo(f"{name}: {done.rows:,} rows in {out / done.file}")
        for figure, value in done.figures.items():
            typer.echo(f"  {figure.replace('_', ' ')} {value:,g}", err=True)
        for reason, count in sorted(done.dropped.items()):
            typer.echo(f"  left out: {reason} {count:,}", err=True)
