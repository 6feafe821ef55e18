"""What a data set's card says of where its rows come from."""

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from dialoom.errors import Fault, InputError
from dialoom.exporters.conversations import speaker_of
from dialoom.messages import messages
from dialoom.quality import Quality, read_quality
from dialoom.store import RunManifest, RunStore, Totals
from dialoom.tree import TreeRecord

__all__ = ["SourceFacts", "TreeFacts", "file_digest", "source_facts"]


@dataclass(frozen=True)
class SourceFacts:
    """A run's manifest, figures and evidence; of a file of trees its name and digest alone."""

    name: str
    manifest: RunManifest | None = None
    totals: Totals | None = None
    quality: Quality | None = None
    sha256: str = ""
    """Of a file's bytes; empty for a run."""


def source_facts(source: Path) -> SourceFacts:
    """Return the facts of a run's directory or an OASST file.

    Raises:
        InputError: it can't be read.
    """
    if source.is_dir():
        with RunStore.read(source) as store:
            manifest, totals = store.manifest, store.trees.totals()
        return SourceFacts(manifest.run_id, manifest, totals, read_quality(source))
    try:
        return SourceFacts(source.name, sha256=file_digest(source))
    except OSError as error:
        raise InputError(Fault((error.strerror or str(error)).lower(), source)) from error


def file_digest(file: Path) -> str:
    """Return the SHA-256 of a file's bytes, hexadecimal."""
    digest = sha256()
    with file.open("rb") as content:
        while block := content.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@dataclass
class TreeFacts:
    """Counts over the trees that were exported."""

    trees: int = 0
    messages: int = 0
    assistant: int = 0
    """Messages of assistants."""
    human: int = 0
    """Messages that no model wrote."""
    languages: Counter[str] = field(default_factory=Counter)
    models: dict[str, Counter[str]] = field(default_factory=dict)
    """Messages by model, for each role."""
    speakers: dict[str, str] = field(default_factory=dict)
    """Role by member of the cast."""
    systems: dict[str, set[bytes]] = field(default_factory=dict)
    """Digests of the system prompts that each member was given."""

    def add(self, record: TreeRecord) -> None:
        """Take a tree into account."""
        self.trees += 1
        for message in messages(record.tree):
            self.messages += 1
            self.assistant += message.role == "assistant"
            self.human += not message.synthetic
            self.languages[message.lang or ""] += 1
            if message.model_name:
                self.models.setdefault(message.role, Counter())[message.model_name] += 1
            speaker = speaker_of(message)
            self.speakers.setdefault(speaker.name, speaker.role)
        for name, system in record.systems.items():
            self.systems.setdefault(name, set()).add(sha256(system.encode()).digest())
