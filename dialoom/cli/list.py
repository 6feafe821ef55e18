"""`dialoom list KIND`: the personas or scenarios that can be named, a line each."""

import json
from typing import Annotated, Literal

import typer

from dialoom.cli.errors import reported

__all__ = ["list_names"]


@reported
def list_names(
    kind: Annotated[Literal["personas", "scenarios"], typer.Argument(help="What to list.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print name, description and file as JSON on stdout.")
    ] = False,
) -> None:
    """List the personas or scenarios of this folder and of the shipped library.

    Examples:
      dialoom list personas

      dialoom list scenarios --json
    """
    from dialoom.cli.listing import personas, scenarios
    from dialoom.cli.text import printable

    rows = personas() if kind == "personas" else scenarios()
    if as_json:
        typer.echo(json.dumps([row._asdict() for row in rows], ensure_ascii=False))
        return
    width = max((len(row.name) for row in rows), default=0)
    for row in rows:
        typer.echo(printable(f"{row.name:<{width}}  {' '.join(row.description.split())}"))
