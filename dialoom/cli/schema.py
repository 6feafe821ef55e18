"""`dialoom schema KIND`: the JSON Schema of a file, for editors and other programs."""

from enum import StrEnum
from typing import Annotated

import typer

from dialoom.cli.errors import reported

__all__ = ["schema"]


class Kind(StrEnum):
    """What has a schema."""

    SCENARIO = "scenario"
    PERSONA = "persona"


@reported
def schema(kind: Annotated[Kind, typer.Argument(help="Which kind of file.")]) -> None:
    """Print the JSON Schema of scenario or persona files.

    Example: dialoom schema scenario > scenario.schema.json
    """
    from dialoom.schemas import schema_text

    typer.echo(schema_text(kind.value), nl=False)
