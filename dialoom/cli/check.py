"""`dialoom check FILES…`: validate scenarios and personas without running them."""

from pathlib import Path
from typing import Annotated

import typer

from dialoom.cli.errors import reported

__all__ = ["check"]


@reported
def check(
    files: Annotated[list[Path], typer.Argument(help="Scenario and persona YAML files.")],
) -> None:
    """Check scenario and persona files and report everything that is wrong with them.

    Example: dialoom check scenarios/*.yaml personas/*.yaml
    """
    from dialoom.build.checking import check_file
    from dialoom.errors import Fault, InputError

    faults: list[Fault] = []
    for file in files:
        try:
            typer.echo(f"{file}: ok ({check_file(file)})")
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
