"""What a run is made of, and which directory it is or goes on in."""

import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from dialoom.agents.clients.base import ClientOptions
from dialoom.build.options import RunOptions
from dialoom.build.settings import settings_of, without_secrets
from dialoom.errors import Fault, RunConflict
from dialoom.scenarios.loaded import LoadedScenario
from dialoom.store import COMPARED, RunManifest, differences, read_manifest

__all__ = ["RunPlace", "created_now", "manifest_of", "place_of"]

MADE_BY = ("scenario_sha256", "personas", "models", "seed", "trees")
"""What the end of a run's id is made from."""
PACKAGES = ("dialoom", "autogen-agentchat", "openai", "ollama", "pydantic", "xllamacpp")

STILLBORN = {"run.lock", "run.lock-journal", ".manifest.json.partial"}
"""What a process leaves that dies before its run has a manifest."""


@dataclass(frozen=True, slots=True)
class RunPlace:
    """The directory of a run, and whether it is taken up again."""

    directory: Path
    resumed: bool
    renewed: Mapping[str, object] = field(default_factory=dict)
    """Fields of its manifest that are other than when it was begun."""


def created_now() -> datetime:
    """Return the time to date a run by: SOURCE_DATE_EPOCH where it is set, else now.

    Source: reproducible-builds.org, SOURCE_DATE_EPOCH specification; seconds since 1970, UTC.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now(UTC)
    return now.replace(microsecond=0)


def manifest_of(
    loaded: LoadedScenario,
    options: RunOptions,
    *,
    models: dict[str, tuple[str, ...]],
    endpoints: dict[str, str],
    evaluators: dict[str, str],
    filtering: dict[str, Any],
    trees: int,
    seed: int,
    created: datetime,
) -> RunManifest:
    """Return the manifest of a run that is about to begin."""
    beginnings = loaded.beginnings
    draft = RunManifest(
        run_id="",
        created=created.isoformat(),
        scenario=loaded.scenario.name,
        scenario_file=str(loaded.file),
        scenario_sha256=loaded.sha256,
        files={str(file): digest for file, digest in sorted(loaded.digests.items())},
        personas={name: file.sha256 for name, file in loaded.personas.items()},
        models=models,
        endpoints=endpoints,
        seed=seed,
        trees=trees,
        source=beginnings.made_by() if beginnings else {},
        source_file=str(beginnings.file) if beginnings else "",
        options=_options(options.client),
        settings=settings_of(options),
        filter=filtering,
        evaluators=evaluators,
        versions=_versions(),
        git_revision=_git_revision(),
        command=options.command,
    )
    made_by = draft.model_dump(include={*MADE_BY, *(["source"] if beginnings else [])})
    digest = sha256(to_json(made_by)).hexdigest()[:4]
    run_id = f"{loaded.scenario.name}-{created:%Y%m%d-%H%M%S}-{digest}"
    return draft.model_copy(update={"run_id": run_id})


def place_of(manifest: RunManifest, options: RunOptions) -> RunPlace:
    """Return where a run goes: `--out`, the run it takes up, or a new directory under `runs`.

    Raises:
        RunConflict: `--out` holds another run, whose differences are named, or other files; or any
            run, where a new one is to begin.
    """
    if options.out is not None:
        if options.fresh and (options.out / "manifest.json").exists():
            what = "a run is here, and --fresh would begin another over it"
            raise RunConflict(
                Fault(f"{what}; name another --out, or remove this directory", options.out)
            )
        return _given(options.out, manifest)
    if not options.fresh:
        for directory in _earlier(options.runs, manifest.scenario):
            kept = _readable(directory)
            if kept is not None and _goes_on(kept, manifest):
                return _taken_up(directory, kept, manifest)
    directory = options.runs / manifest.run_id
    number = 1
    while directory.exists():
        number += 1
        directory = options.runs / f"{manifest.run_id}-{number}"
    return RunPlace(directory, resumed=False)


def _goes_on(kept: RunManifest, manifest: RunManifest) -> bool:
    """Return whether a run is unfinished, or finished and to be filtered in another way."""
    has_work = kept.state != "finished" or kept.filter != manifest.filter
    return has_work and not _changes(kept, manifest)


def _given(out: Path, manifest: RunManifest) -> RunPlace:
    if not out.exists() or (out.is_dir() and {file.name for file in out.iterdir()} <= STILLBORN):
        return RunPlace(out, resumed=False)
    if not out.is_dir():
        raise RunConflict(Fault("--out must be a directory, and this is a file", out))
    if not (out / "manifest.json").exists():
        message = "--out must be new, empty or a run; this directory holds other files"
        raise RunConflict(Fault(message, out))
    kept = read_manifest(out)
    changed = _changes(kept, manifest)
    if changed:
        head = (
            "holds another run, which would be mixed with this one; choose another --out, and "
            f"--cache {out} to use its calls. "
        )
        moved = _moved(kept, manifest)
        raise RunConflict(Fault(head + "Changed: " + "; ".join(changed) + moved, out))
    return _taken_up(out, kept, manifest)


def _taken_up(directory: Path, kept: RunManifest, manifest: RunManifest) -> RunPlace:
    endpoints = {**manifest.endpoints, **kept.endpoints}
    renewed = {"settings": manifest.settings, "endpoints": endpoints}
    return RunPlace(directory, resumed=True, renewed=renewed)


def _changes(kept: RunManifest, manifest: RunManifest) -> list[str]:
    """Return what makes it another run, a sentence each.

    Endpoints are compared by where they are, whoever says so: an option or the environment.
    Where that isn't known of both, or they moved when no model will be asked, `--base-url` is.
    """
    shared = kept.endpoints.keys() & manifest.endpoints.keys()
    moved = any(kept.endpoints[model] != manifest.endpoints[model] for model in shared)
    if not shared or (moved and kept.state == "finished"):
        return differences(kept, manifest)
    one, other = (
        run.model_copy(
            update={
                "endpoints": {model: run.endpoints[model] for model in shared},
                "options": {**run.options, "base_url": None},
            }
        )
        for run in (kept, manifest)
    )
    return differences(one, other, fields=(*COMPARED, "endpoints"))


def _moved(kept: RunManifest, manifest: RunManifest) -> str:
    """Return how to go on with a run whose only change is that its one server has moved."""
    before, after = set(kept.endpoints.values()), set(manifest.endpoints.values())
    same = kept.model_copy(update={"endpoints": manifest.endpoints})
    if len(before) != 1 or len(after) != 1 or _changes(same, manifest):
        return ""
    urls = f"--base-url {before.pop()} --base-url {after.pop()}"
    return f". If the same models have moved there, go on with both: {urls}"


def _earlier(runs: Path, scenario: str) -> list[Path]:
    """Return run directories of a scenario, newest first: their names begin with the date."""
    return sorted((p.parent for p in runs.glob(f"{scenario}-*/manifest.json")), reverse=True)


def _readable(directory: Path) -> RunManifest | None:
    try:
        return read_manifest(directory)
    except RunConflict:
        return None  # a damaged run nobody asked for is left alone


def _options(client: ClientOptions) -> dict[str, object]:
    url = client.base_url and without_secrets(client.base_url)
    kept: dict[str, object] = {"base_url": url, "context": client.context}
    return {name: value for name, value in kept.items() if value is not None}


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _git_revision() -> str | None:
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None
