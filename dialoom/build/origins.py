"""What a run's rows rest on besides models: persona and scenario files, by member of the cast."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from dialoom.exporters.conversations import speakers
from dialoom.messages import Role
from dialoom.store import RunManifest
from dialoom.tree import TreeRecord

__all__ = ["Player", "persona_files", "players_of"]


class Player(NamedTuple):
    """A speaker of a tree, and the persona it played."""

    speaker: str
    role: Role
    persona: str | None
    """The persona's name; None where nothing says it, as in a file of trees."""
    file: str | None
    """Where the persona stands: a file of its own, or the scenario's."""
    sha256: str | None
    """Of that file's text when the run was made."""
    system: str | None
    """The system prompt as it was sent in this tree."""


def players_of(record: TreeRecord, manifest: RunManifest | None) -> list[Player]:
    """Return who speaks in a tree, those who begin first.

    Args:
        record: The tree.
        manifest: Of its run; None for a file of trees.
    """
    files = {} if manifest is None else persona_files(manifest)
    found = []
    for speaker in sorted(speakers(record), key=lambda one: (one.role != "prompter", one.name)):
        file = files.get(speaker.name)
        own = None if file is None or manifest is None else _persona(file, speaker.name, manifest)
        digest = None if manifest is None else manifest.personas.get(speaker.name)
        system = record.systems.get(speaker.name)
        found.append(Player(speaker.name, speaker.role, own, file, digest, system))
    return found


def persona_files(manifest: RunManifest) -> Mapping[str, str]:
    """Return the file that each member's persona stood in, by the member's name."""
    by_digest: dict[str, list[str]] = {}
    for file, digest in manifest.files.items():
        by_digest.setdefault(digest, []).append(file)
    found = {}
    for member, digest in manifest.personas.items():
        files = by_digest.get(digest, [manifest.scenario_file])
        # two files of the same text: the one that is named like the member
        found[member] = next((file for file in files if Path(file).stem == member), files[0])
    return found


def _persona(file: str, member: str, manifest: RunManifest) -> str:
    return member if file == manifest.scenario_file else Path(file).stem
