"""Which files a run writes at its end, and writing them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from inspect import signature
from pathlib import Path
from typing import Any

from dialoom.build.quality import Evidence, watched, write_quality
from dialoom.errors import Fault, InputError
from dialoom.exporters.base import EXPORTERS, Exporter, FileForm, JsonLines, export, write_rows
from dialoom.exporters.oasst import Oasst
from dialoom.quality import FILE_NAME as QUALITY
from dialoom.scenarios.loaded import LoadedScenario
from dialoom.spec import Choice
from dialoom.store import RunStore

__all__ = ["Exported", "export_run", "exported", "exporters_of"]


FAILURES = "failures.jsonl"


@dataclass(frozen=True, slots=True)
class Exported:
    """One file that was written."""

    file: str
    rows: int
    dropped: dict[str, int]
    """Rows left out, by reason."""
    figures: dict[str, float] = field(default_factory=dict)
    """What else is worth saying of the rows, like the share of pairs with the longer one chosen."""
    note: str = ""
    """Why there can be no row; empty when there can."""


def exporters_of(loaded: LoadedScenario, *, seed: int) -> list[Exporter]:
    """Return the exporters a scenario asks for; the trees themselves are always among them.

    Raises:
        InputError: an option is wrong; every such fault, with its line.
    """
    given = loaded.scenario.export
    found: list[Exporter] = [Oasst()]
    faults = []
    for name, options in {"sft": {}, "dpo": {}, **given}.items():
        if options is None or name == Oasst.name:
            continue
        try:
            found.append(_exporter(name, options, seed))
            if name in given:
                _check_wish(found[-1], loaded)
        except InputError as error:
            line = loaded.document.line(("export", name))
            faults.append(Fault(str(error), loaded.file, line, f"export.{name}"))
    if faults:
        raise InputError(faults)
    return found


def _exporter(name: str, options: Mapping[str, Any], seed: int) -> Exporter:
    """Return an exporter; one that draws at random takes the run's seed."""
    draws = "seed" in signature(EXPORTERS.get(name)).parameters
    return EXPORTERS.make(Choice(name, (), {"seed": seed, **options} if draws else options))


def _check_wish(exporter: Exporter, loaded: LoadedScenario) -> None:
    """Check that a run of the scenario can give rows of a format.

    Raises:
        InputError: it can't.
    """
    scenario = loaded.scenario
    if exporter.needs_siblings and scenario.branch.assistant.width < 2:
        raise InputError(
            f"{exporter.name} compares siblings, and no turn has two candidates; "
            "set branch.assistant.width to 2 or more"
        )
    judged = scenario.evaluate.heuristics != () or scenario.evaluate.critic is not None
    if exporter.needs_scores and not judged:
        raise InputError(
            f"{exporter.name} rests on scores, and nothing gives any; name heuristics or a critic "
            "under evaluate"
        )


def export_run(
    store: RunStore,
    exporters: Iterable[Exporter],
    gathering: Callable[[], Sequence[Evidence]] = list,
) -> dict[str, Exported]:
    """Write a run's files, each whole, and return what is in them by exporter.

    Those of a finished run that nobody has touched since are left as they are.

    Args:
        store: The run.
        exporters: What to write.
        gathering: Returns what to gather on the way, for `quality.json`; called when the files
            are to be written.

    Raises:
        ExportError: a file can't be written.
    """
    exporters = list(exporters)
    kept = _kept(store, exporters)
    if kept is not None:
        return kept
    evidence = gathering()
    counts = export(store.directory, exporters, watched(store.trees.records(), evidence))
    write_quality(store.directory / QUALITY, evidence)
    _write_failures(store)
    names = [*counts, FAILURES, QUALITY]
    store.update(written={name: _stamp(store.directory / name) for name in names})
    return exported(exporters, counts)


def _kept(store: RunStore, exporters: Iterable[Exporter]) -> dict[str, Exported] | None:
    """Return what an earlier process exported, or None when it must be done anew."""
    manifest = store.manifest
    before = manifest.summary.get("exports", {})
    names = [exporter.name for exporter in exporters]
    if manifest.state != "finished" or sorted(before) != sorted(names):
        return None
    if not manifest.written or manifest.versions.get("dialoom") != version("dialoom"):
        return None
    for name, stamp in manifest.written.items():
        if _stamp(store.directory / name) != stamp:
            return None
    return {name: Exported(**before[name]) for name in names}


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return (-1, 0)
    return (found.st_size, found.st_mtime_ns)


def exported(
    exporters: Iterable[Exporter], counts: Mapping[str, int], *, form: FileForm | None = None
) -> dict[str, Exported]:
    """Return what exporters have written, by their names.

    Args:
        exporters: The exporters, after the export.
        counts: Lines by file.
        form: Of the files; JSON lines when None.
    """
    form = form or JsonLines()
    return {
        exporter.name: Exported(
            file=form.file(exporter.file_name),
            rows=exporter.rows_in(counts),
            dropped=dict(exporter.dropped),
            figures=exporter.figures(),
            note=exporter.note(),
        )
        for exporter in exporters
    }


def _write_failures(store: RunStore) -> None:
    write_rows(
        store.directory / FAILURES,
        ({**asdict(failure), "path": list(failure.path)} for failure in store.trees.failures()),
    )
