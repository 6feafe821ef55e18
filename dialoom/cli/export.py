"""`dialoom export SOURCE --as FORMAT`: finished trees into other files."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dialoom.cli import parameters
from dialoom.cli.command import command_line
from dialoom.cli.completion import exporters
from dialoom.cli.errors import reported
from dialoom.wording import counted

if TYPE_CHECKING:
    from dialoom.build.exports import Exported
    from dialoom.hub.data import HubData

__all__ = ["export"]


@reported
def export(
    source: parameters.Trees,
    formats: Annotated[
        list[str],
        typer.Option(
            "--as",
            help="A format: sft, dpo, oasst, hub … May be given several times.",
            autocompletion=exporters,
        ),
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
            help="Write parquet in place of JSON lines; needs the extra parquet.",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was written as JSON on stdout.")
    ] = False,
) -> None:
    """Write the trees of a run, or of any OASST file, as training rows.

    Example: dialoom export trees.jsonl --as sft --as dpo --set dpo.policy=all --out rows
    """
    from dialoom.build.exporting import export_source, options_of, shares_of

    options, shares = options_of(settings or [], formats), shares_of(split or [])
    if "hub" in formats:
        from dialoom.hub.configs import hub_options
        from dialoom.hub.folder import export_hub

        _check_alone(formats)
        hub = hub_options(options.get("hub", {}))
        data = export_hub(
            source,
            out,
            options=hub,
            shares=shares,
            seed=seed,
            parquet=parquet,
            command=command_line(),
        )
        _print_hub(data, out, as_json=as_json)
        return
    written = export_source(
        source, formats, out, options, shares=shares, seed=seed, parquet=parquet
    )
    _print_rows(written, out, as_json=as_json)


def _check_alone(formats: list[str]) -> None:
    from dialoom.errors import InputError

    if formats != ["hub"]:
        raise InputError("hub is a folder of its own with several formats in it; give it alone")


def _print_hub(data: "HubData", out: Path, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([asdict(file) for file in data.files]))
        return
    for file in data.files:
        typer.echo(f"{file.config}: {counted(file.rows, 'row')} in {out / file.path}")
    typer.echo(str(out / "README.md"))
    if data.options.license == "unknown":
        typer.echo("no licence is chosen: --set hub.license=cc-by-4.0, for example", err=True)


def _print_rows(written: "Mapping[str, Exported]", out: Path, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({name: asdict(done) for name, done in written.items()}))
        return
    for name, done in written.items():
        typer.echo(f"{name}: {counted(done.rows, 'row')} in {out / done.file}")
        if done.note:
            typer.echo(f"  {done.note}", err=True)
        for figure, value in done.figures.items():
            typer.echo(f"  {figure.replace('_', ' ')} {value:,g}", err=True)
        for reason, count in sorted(done.dropped.items()):
            typer.echo(f"  left out: {reason} {count:,}", err=True)
