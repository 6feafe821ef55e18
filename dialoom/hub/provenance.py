"""How a data set came about: the run, its models with their licences, its cast."""

from hashlib import sha256
from pathlib import Path

from dialoom.build.origins import persona_files
from dialoom.hub.data import HubData
from dialoom.hub.licences import licence_of, licences_checked
from dialoom.hub.tables import code, table
from dialoom.store import RunManifest

__all__ = ["cast_table", "how_made", "models_table", "shown_model"]


def how_made(data: HubData, command: str) -> str:
    """Return what made the rows: scenario, seed, commands, versions, evaluators, digests."""
    manifest = data.source.manifest
    exported = [("exported by", code(command))] if command else []
    if manifest is None:
        source = code(data.source.name)
        rows = [("file of trees", source), ("its sha256", code(data.source.sha256)), *exported]
        return table(("", ""), rows)
    rules = ", ".join(f"{name} {version}" for name, version in manifest.evaluators.items())
    rows = [
        ("scenario", f"{manifest.scenario}, sha256 {code(manifest.scenario_sha256)}"),
        ("run", manifest.run_id),
        ("begun", manifest.created),
        ("command", code(manifest.command)),
        *exported,
        ("seed", str(manifest.seed)),
        ("trees", f"{data.trees.trees:,} of {manifest.trees:,} asked for"),
        ("options", code(str(manifest.options)) if manifest.options else "none"),
        ("heuristics", rules or "none"),
        ("versions", ", ".join(f"{name} {version}" for name, version in manifest.versions.items())),
        ("git revision", manifest.git_revision or "none"),
    ]
    return table(("", ""), rows)


def models_table(data: HubData) -> str:
    """Return who wrote and judged, how much of it, and under which licence."""
    manifest = data.source.manifest
    rows = []
    for model in data.models:
        licence = licence_of(model)
        revision = manifest.revisions.get(model, "") if manifest else ""
        rows.append(
            (
                code(shown_model(model)),
                _work(data, model),
                code(revision),
                licence.licence,
                licence.terms,
            )
        )
    if not rows:
        return "The messages name no model."
    said = table(("model", "wrote or judged", "revision", "licence", "terms"), rows)
    return (
        f"{said}\n\nLicences are those of dialoom's table of {licences_checked().isoformat()}; "
        "`unknown` means that it has none for this model."
    )


def _work(data: HubData, model: str) -> str:
    wrote = [
        f"{counts[model]:,} messages as {role}"
        for role, counts in sorted(data.trees.models.items())
        if counts[model]
    ]
    quality = data.source.quality
    judged = [c.judged for c in (quality.critics if quality else ()) if c.model == model]
    return ", ".join([*wrote, *(f"{count:,} judgements" for count in judged)])


def shown_model(model: str) -> str:
    """Return a model's name; of one that is a file on this machine, the file's name alone."""
    provider, _, name = model.partition("/")
    is_file = provider in ("gguf", "scripted") and "/" in name
    return f"{provider}/{Path(name).name}" if is_file else model


def cast_table(data: HubData) -> str:
    """Return the members of the cast, with digests of their personas and prompts."""
    manifest = data.source.manifest
    rows = [
        (
            name,
            role,
            *(_persona(manifest, name) if manifest else ("", "")),
            len(data.trees.systems.get(name, ())) or "",
            code(_digest(data, name)),
        )
        for name, role in sorted(data.trees.speakers.items(), key=lambda item: item[::-1])
    ]
    head = ("member", "role", "persona", "sha256 of its file", "prompts", "sha256 of its prompts")
    return table(head, rows)


def _persona(manifest: RunManifest, member: str) -> tuple[str, str]:
    file = persona_files(manifest).get(member, "")
    own = "in the scenario" if file == manifest.scenario_file else Path(file).stem
    return own, code(manifest.personas.get(member, ""))


def _digest(data: HubData, member: str) -> str:
    """Return one digest of all system prompts of a member, in whatever order they came."""
    prompts = data.trees.systems.get(member)
    return sha256(b"".join(sorted(prompts))).hexdigest() if prompts else ""
