"""`dialoom models`: which back ends work here, and what would mend the others."""

import json
from typing import Annotated

import typer

from dialoom.cli.errors import reported, run_async

__all__ = ["models"]


@reported
def models(
    name: Annotated[
        list[str] | None, typer.Argument(help="Models to try, as provider/model; none: all kinds.")
    ] = None,
    base_url: Annotated[str | None, typer.Option(help="Endpoint to try.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Try each back end and say whether it works here, and if not, the command that mends it.

    Example: dialoom models ollama/llama3.2
    """
    from dialoom.agents.clients.base import ClientOptions
    from dialoom.build.probing import probe

    found = run_async(probe(name or [], ClientOptions(base_url=base_url, timeout=10)))
    if as_json:
        typer.echo(json.dumps([status._asdict() for status in found]))
    for status in () if as_json else found:
        typer.echo(f"{'works ' if status.works else 'no    '} {status.model}")
        for line in status.detail.splitlines():
            typer.echo(f"         {line}")
    if name and not all(status.works for status in found):
        raise typer.Exit(3)
