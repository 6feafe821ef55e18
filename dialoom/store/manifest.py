"""The run manifest: everything that made a run, written before its first call."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from dialoom.errors import Fault, RunConflict
from dialoom.exporters.base import write_lines
from dialoom.spec import Spec

__all__ = ["COMPARED", "FILE_NAME", "RunManifest", "differences", "read_manifest", "write_manifest"]

FILE_NAME = "manifest.json"

COMPARED = (
    *("scenario", "scenario_sha256", "personas", "models", "source"),
    *("seed", "trees", "options"),
)
"""Fields that must agree for a run to be resumed."""


class RunManifest(Spec):
    """What made a run. Holds no key and no secret."""

    run_id: str
    created: str
    """ISO 8601 with zone."""
    scenario: str
    scenario_file: str
    scenario_sha256: str
    """Of all in the scenario that trees grow from; what filters them can change."""
    files: dict[str, str] = Field(default_factory=dict)
    """SHA-256 of the files of rows and openers, by name."""
    personas: dict[str, str]
    """SHA-256 of each persona's file, by name."""
    models: dict[str, tuple[str, ...]]
    """By role or member, as `provider/model`."""
    endpoints: dict[str, str] = Field(default_factory=dict)
    """URL by model of a server; none where no model was to be asked."""
    revisions: dict[str, str] = Field(default_factory=dict)
    """What identifies the weights, by model, where the back end knows."""
    seed: int
    trees: int
    source: dict[str, Any] = Field(default_factory=dict)
    """The trees that those of the run grow on: their digest, and where they go on."""
    source_file: str = ""
    """Where they were read."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Settings of the command line that change the data."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """How the models were last asked: limits, more servers, cache, budget; what is the default is
    left out."""
    filter: dict[str, Any] = Field(default_factory=dict)
    """Rules that decide which messages are exported, and SHA-256 of the files they look at."""
    evaluators: dict[str, str] = Field(default_factory=dict)
    """Version by evaluator."""
    versions: dict[str, str] = Field(default_factory=dict)
    """Of dialoom, Python and the packages that matter."""
    git_revision: str | None = None
    """Of the folder the run was started in."""
    command: str = ""
    state: str = "running"
    """running, finished, interrupted or failed."""
    written: dict[str, tuple[int, int]] = Field(default_factory=dict)
    """Size in bytes and time of change in nanoseconds of each exported file, by name."""
    summary: dict[str, Any] = Field(default_factory=dict)
    """Figures of the finished run."""


def write_manifest(directory: Path, manifest: RunManifest) -> None:
    """Write the manifest whole.

    Raises:
        ExportError: it can't be written.
    """
    text = json.dumps(manifest.model_dump(mode="json"), indent=2, ensure_ascii=False)
    write_lines(directory / FILE_NAME, [text.encode()])


def read_manifest(directory: Path) -> RunManifest:
    """Return the manifest of a run.

    Raises:
        RunConflict: there is none, or it can't be read.
    """
    file = directory / FILE_NAME
    try:
        return RunManifest.model_validate_json(file.read_bytes())
    except FileNotFoundError as error:
        raise RunConflict(Fault("no run is here: it has no manifest.json", directory)) from error
    except OSError as error:
        raise RunConflict(Fault((error.strerror or str(error)).lower(), file)) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RunConflict(
            Fault(f"not a run manifest: {first['msg']}", file, where=place)
        ) from error


def differences(
    old: RunManifest,
    new: RunManifest,
    *,
    fields: Sequence[str] = COMPARED,
    places: tuple[str, str] = ("in the run", "now"),
) -> list[str]:
    """Return what was changed since a run was begun, a sentence each; empty when nothing was.

    Args:
        old: The run that was begun.
        new: What would be begun now, or another run.
        fields: The fields that are compared.
        places: Where the old and the new value are found, in words.
    """
    found = []
    for name in fields:
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            for key in sorted(before.keys() | after.keys()):
                if before.get(key) != after.get(key):
                    change = (before.get(key), after.get(key))
                    found.append(_change(f"{name}.{key}", change, places))
        else:
            found.append(_change(name, (before, after), places))
    return found


def _change(name: str, values: tuple[object, object], places: tuple[str, str]) -> str:
    def short(value: object) -> str:
        text = str(value)
        return f"{text[:12]}…" if "sha256" in name or "personas" in name else text

    before, after = (f"{short(value)} {place}" for value, place in zip(values, places, strict=True))
    return f"{name}: {before}, {after}"
