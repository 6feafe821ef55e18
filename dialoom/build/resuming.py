"""Going on with a run by its directory alone: its manifest tells the rest."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from dialoom.build.beginnings import TreeSource
from dialoom.build.options import RunOptions
from dialoom.build.places import scenario_of
from dialoom.build.settings import with_settings
from dialoom.errors import Fault, InputError, RunConflict
from dialoom.store import RunManifest, read_manifest

__all__ = ["begun"]


def begun(options: RunOptions, *, given: Collection[str] = ()) -> tuple[str, RunOptions]:
    """Return the scenario of the run in `--out`, and the options it was begun with.

    What `options` says goes before the manifest.

    Args:
        options: With the run's directory.
        given: Names of options that count as they are, also where that is the default.

    Raises:
        InputError: no `--out` is given; RunConflict when no run is there, or its cache is gone.
    """
    if options.out is None:
        raise InputError("name a scenario, or the directory of a run with --out to go on with it")
    if not options.out.exists():
        raise RunConflict(Fault("no run is here: there is no such directory", options.out))
    manifest = read_manifest(options.out)
    scenario = str(scenario_of(manifest, options.out))
    options = with_settings(options, manifest.settings, options.out, given=given)
    client = options.client
    kept = {name: value for name, value in manifest.options.items() if not getattr(client, name)}
    return scenario, replace(
        options,
        source=options.source or _source(manifest),
        role_models=options.role_models or ({} if options.model else manifest.models),
        sample=options.sample or manifest.trees,
        seed=manifest.seed if options.seed is None else options.seed,
        client=replace(client, **kept),
    )


def _source(manifest: RunManifest) -> TreeSource | None:
    """Return the trees that a run grows on."""
    given = {name: value for name, value in manifest.source.items() if name != "sha256"}
    return TreeSource(Path(manifest.source_file), **given) if given else None
