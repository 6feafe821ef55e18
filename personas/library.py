"""Personas in files: beside a scenario, in the project's `personas/`, or shipped with dialoom."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from os.path import isfile
from pathlib import Path

from dialoom.errors import Fault, InputError
from dialoom.personas.model import Persona
from dialoom.spec import Document, Place, load_document, read_text, suggestion, validate

__all__ = ["PersonaFile", "find_persona", "load_persona", "persona_names", "read_persona"]

SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class PersonaFile:
    """A persona with where it came from."""

    persona: Persona
    file: Path
    """The file it stands in: its own, or the scenario's."""
    sha256: str
    """Of that file's text, hexadecimal."""
    document: Document
    place: Place = ()
    """Where in the document the persona stands; empty for a file of its own."""

    def fault(self, message: str, place: Place, *, text_line: int | None = None) -> Fault:
        """Return a fault at a place inside the persona, or at a line of the text there."""
        return self.document.fault(message, (*self.place, *place), text_line=text_line)


def load_persona(file: Path) -> Persona:
    """Return the persona a file holds.

    Raises:
        InputError: the file can't be read, or isn't a persona named like the file.
    """
    return read_persona(file).persona


def read_persona(file: Path) -> PersonaFile:
    """Return the persona a file holds, with its source.

    Raises:
        InputError: as for `load_persona`.
    """
    text = read_text(file)
    document = load_document(file, text)
    persona = validate(Persona, document)
    if persona.name != file.stem:
        message = f"{persona.name!r} must be named like its file, {file.stem!r}"
        raise InputError(document.fault(message, ("name",)))
    return PersonaFile(persona, file, hashlib.sha256(text.encode()).hexdigest(), document)


def find_persona(name: str, near: Path | None = None) -> tuple[Persona, Path]:
    """Return the persona called `name` and its file.

    Looks in the scenario's own folder, in a `personas` folder there and in the folders above it,
    in `./personas`, and last in the library that ships with dialoom.

    Args:
        name: The persona's name, which is its file's stem.
        near: The scenario's file.

    Raises:
        InputError: there is none (the nearest name is suggested), or its file is faulty.
    """
    file = persona_path(name, near)
    return load_persona(file), file


def persona_path(name: str, near: Path | None = None) -> Path:
    """Return the file of the persona called `name`; see `find_persona`.

    Raises:
        InputError: there is none; the nearest name is suggested.
    """
    for folder in _folders(near):
        for suffix in SUFFIXES:
            file = folder / f"{name}{suffix}"
            if isfile(file) and not (_is_beside(folder, near) and _is_scenario(file)):
                return file
    raise InputError(f"no persona is named {name!r}{suggestion(name, persona_names(near))}")


def persona_names(near: Path | None = None) -> list[str]:
    """Return the names of all personas that `find_persona` finds, sorted."""
    names: set[str] = set()
    for folder in _folders(near):
        found = [file for suffix in SUFFIXES for file in folder.glob(f"*{suffix}")]
        if _is_beside(folder, near):
            found = [file for file in found if not _is_scenario(file)]
        names.update(file.stem for file in found)
    return sorted(names)


def shipped_personas() -> Path:
    """Return the folder of the library that ships with dialoom."""
    return Path(str(files("dialoom.personas")))


def _folders(near: Path | None) -> Iterator[Path]:
    if near is not None:
        yield near.parent
        for folder in _upward(near.parent):
            yield folder / "personas"
    yield Path("personas")
    yield shipped_personas()


def _upward(folder: Path) -> Iterator[Path]:
    """Yield a folder and those above it up to the working directory.

    A folder outside the working directory gives itself and the one above it: looking further up
    would find files that have nothing to do with the scenario.
    """
    yield folder
    here = Path.cwd()
    if here not in folder.resolve().parents:
        if folder.resolve() != here:
            yield folder.parent
        return
    while folder.resolve() != here:
        folder = folder.parent
        yield folder


def _is_beside(folder: Path, near: Path | None) -> bool:
    return near is not None and folder == near.parent


def _is_scenario(file: Path) -> bool:
    """Return whether a file beside the scenario is itself a scenario: it has a cast."""
    try:
        return re.search(r"^cast\s*:", read_text(file), re.MULTILINE) is not None
    except InputError:
        return False
