"""Keys and addresses from the environment, or from a `.env` file in the working directory."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from dialoom.errors import Fault, InputError
from dialoom.spec import read_text

__all__ = ["Setting", "setting"]

ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$")
QUOTED = re.compile(r"""(?:'([^']*)'|"([^"]*)")\s*(?:#.*)?$""")


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that may be secret, and where it was found."""

    value: str = field(repr=False)
    source: str
    """For people: `OPENAI_API_KEY`, or `OPENAI_API_KEY in .env`."""


def setting(*names: str, folder: Path | None = None) -> Setting | None:
    """Return the first of these variables that is set; None when none is.

    The environment goes before `.env`. An empty value counts as not set.

    Args:
        names: Variables, the preferred one first.
        folder: Where `.env` stands; None means the working directory.

    Raises:
        InputError: `.env` can't be read, or a line that sets one of the variables can't be.
    """
    for name in names:
        if value := os.environ.get(name, "").strip():
            return Setting(value, name)
    file = (folder or Path()) / ".env"
    if not file.is_file():
        return None
    written = _written(file, names)
    for name in names:
        if written.get(name):
            return Setting(written[name], f"{name} in .env")
    return None


def _written(file: Path, names: tuple[str, ...]) -> dict[str, str]:
    values: dict[str, str] = {}
    for number, line in enumerate(read_text(file).splitlines(), 1):
        found = ASSIGNMENT.match(line)
        if found is None or found[1] not in names:
            continue  # the lines of other programs are not ours to judge
        name, value = found[1], found[2]
        quoted = QUOTED.match(value)
        if quoted is not None:
            values[name] = quoted[1] or quoted[2] or ""
        elif value[:1] in ("'", '"'):
            raise InputError(Fault(f"the value of {name} is not a closed quotation", file, number))
        else:
            values[name] = re.split(r"\s#", value)[0].strip()
    return values
