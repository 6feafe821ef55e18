"""Which rows depend on a persona, a model or a file: what to look at when one of them is wrong."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from dialoom.build.origins import persona_files
from dialoom.errors import InputError
from dialoom.exporters.written import WrittenRow, message_ids, row_files, written_rows
from dialoom.spec import suggestion
from dialoom.store import RunManifest, RunStore
from dialoom.store.lineage import Lineage

__all__ = ["Dependents"]

KINDS = ("persona", "model", "file")

Test = Callable[[Lineage], bool]


class Dependents:
    """The rows of one run that depend on something."""

    def __init__(self, run: Path, depends: str) -> None:
        """Find out what is asked for.

        Args:
            run: The run's directory.
            depends: `persona=NAME`, `model=NAME` or `file=FILE`.

        Raises:
            InputError: another form, or the run has no such persona, model or file.
        """
        kind, equals, name = depends.partition("=")
        if kind not in KINDS or not equals or not name:
            raise InputError(
                f"--depends takes persona=NAME, model=NAME or file=FILE; not {depends!r}"
            )
        if not run.is_dir():
            raise InputError(f"--depends asks a run, and {run} is no run's directory")
        self._run = run
        with RunStore.read(run) as store:
            make = {"persona": _of_persona, "model": _of_model, "file": _of_file}[kind]
            self._test = make(store.manifest, name)
        self.notices: list[str] = []
        """What could not be told, a sentence each; complete when the rows are through."""

    def rows(self, others: Iterable[Path] = ()) -> Iterator[WrittenRow]:
        """Yield the dependent rows of the run's files, and of others that hold rows of this run.

        A row depends on whoever spoke in its thread and on the models that wrote it; on a
        critic's model when the critic judged what the row trains or compares.

        Raises:
            InputError: a file can't be read.
        """
        files = dict.fromkeys(f for place in (self._run, *others) for f in row_files(place))
        with RunStore.read(self._run) as store:
            known: Mapping[str, Lineage] = {}
            for file in files:
                silent = 0
                for written in written_rows(file):
                    ids = list(message_ids(written.row))
                    if not ids or "id" not in written.row:
                        silent += 1
                        continue
                    if ids[0] not in known:
                        number = store.trees.tree_of(ids[0])
                        if number is None:
                            continue
                        known = store.trees.lineages(number)
                    if any(self._test(known[one]) for one in ids if one in known):
                        yield written
                if silent and file.name not in ("trees.jsonl", "failures.jsonl"):
                    self.notices.append(
                        f"{file}: passed over {silent:,} rows that don't say where they come from"
                    )


def _of_persona(manifest: RunManifest, name: str) -> Test:
    files = persona_files(manifest)
    members = {m for m, file in files.items() if name in (m, Path(file).stem)}
    if not members:
        known = {*files, *(Path(file).stem for file in files.values())}
        raise InputError(f"{manifest.run_id} has no persona {name!r}{suggestion(name, known)}")
    return lambda lineage: not members.isdisjoint(lineage.speakers)


def _of_model(manifest: RunManifest, name: str) -> Test:
    known = {model for models in manifest.models.values() for model in models}
    if name not in known:
        raise InputError(f"{manifest.run_id} asked no model {name!r}{suggestion(name, known)}")
    judges = name in manifest.models.get("critic", ())
    return lambda lineage: name in lineage.models or (judges and lineage.judged)


def _of_file(manifest: RunManifest, name: str) -> Test:
    wanted = {file for file in _files(manifest) if _is_file(file, name)}
    if not wanted:
        hint = suggestion(name, [Path(file).name for file in _files(manifest)])
        raise InputError(f"{manifest.run_id} read no file {name!r}{hint}")
    if manifest.scenario_file in wanted:
        return lambda _: True
    files = persona_files(manifest)
    members = {member for member, file in files.items() if file in wanted}
    if not members:
        return lambda _: True  # rows or openers: what every tree was drawn from
    return lambda lineage: not members.isdisjoint(lineage.speakers)


def _files(manifest: RunManifest) -> Mapping[str, str]:
    return {manifest.scenario_file: manifest.scenario_sha256, **manifest.files}


def _is_file(file: str, name: str) -> bool:
    given = Path(name)
    return (
        file == name
        or Path(file).resolve() == given.resolve()
        or (given.name == name and Path(file).name == name)
    )
