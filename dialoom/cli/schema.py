"""`dialoom schema KIND`: the JSON Schema of a file, for editors and other programs."""

from typing import Annotated, Literal

import typer

from dialoom.cli.errors import reported

__all__ = ["schema"]


@reported
def schema(
    kind: Annotated[Literal["scenario", "persona"], typer.Argument(help="Which kind of file.")],
) -> None:
    """Print the JSON Schema of scenario or persona files.

    Example: dialoom schema scenario > scenario.schema.json
    """
    from dialoom.schemas import schema_text

    typer.echo(schema_text(kind), nl=False)
