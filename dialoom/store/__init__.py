"""A run's directory: manifest, database, exports and log."""

from dialoom.store.calls import SharedCalls, SharedJournal, Uncached
from dialoom.store.database import SCHEMA_VERSION
from dialoom.store.journal import RunJournal
from dialoom.store.manifest import (
    COMPARED,
    RunManifest,
    differences,
    read_manifest,
    write_manifest,
)
from dialoom.store.run_store import RunStore, at_work, discard
from dialoom.store.trees import Totals, TreeTable

__all__ = [
    "COMPARED",
    "SCHEMA_VERSION",
    "RunJournal",
    "RunManifest",
    "RunStore",
    "SharedCalls",
    "SharedJournal",
    "Totals",
    "TreeTable",
    "Uncached",
    "at_work",
    "differences",
    "discard",
    "read_manifest",
    "write_manifest",
]
