"""Who was on the stage of trees that are finished: a run's own cast, or one they are given."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dialoom.build.beginnings import SOURCE_SYSTEM
from dialoom.build.places import scenario_of
from dialoom.errors import Fault, InputError
from dialoom.events import Listener, Notice
from dialoom.messages import Role, messages
from dialoom.scenarios.cast import Cast, cast_for
from dialoom.scenarios.forms import Listed
from dialoom.scenarios.library import load_scenario
from dialoom.scenarios.loaded import LoadedScenario
from dialoom.scenarios.templates import filled, names_in, texts
from dialoom.store import RunManifest, read_manifest
from dialoom.tree import TreeRecord

__all__ = ["Casting", "casting_of", "changes_since"]


class Casting:
    """Gives each tree its cast; trees with the same variables share one."""

    def __init__(self, loaded: LoadedScenario) -> None:
        """Take the scenario that says who plays."""
        self.loaded = loaded
        self._fixed = dict(_fixed(loaded))
        self._last: tuple[str, Cast] | None = None

    def cast(self, record: TreeRecord) -> Cast:
        """Return everyone on the stage of a tree, its variables filled in.

        Raises:
            InputError: the tree doesn't say what its variables were, or has speakers of whom
                nobody can tell which of the cast they are.
        """
        values = {**self._fixed, **_brought(record, self.loaded), **record.variables}
        name = record.tree.message_tree_id
        missing = sorted(self.loaded.variables.names - values.keys())
        if missing:
            raise self._misfit(
                f"needs {', '.join(missing)}, for which the tree {name} has no value; name the "
                "directory of its run, or a scenario whose variables have one value each"
            )
        if self._last is None or self._last[0] != repr(values):
            self._last = repr(values), cast_for(self.loaded, values)
        cast = self._last[1]
        for role in _strangers(record, cast):
            players = [player.name for player in cast.players if player.role == role]
            if len(players) > 1:
                raise self._misfit(
                    f"the tree {name} doesn't say which of {', '.join(players)} is its {role}; "
                    "name a scenario with one"
                )
        return cast

    def _misfit(self, message: str) -> InputError:
        return InputError(Fault(message, self.loaded.file))


def casting_of(
    source: Path, scenario: str | Path | None = None, *, listener: Listener
) -> Casting | None:
    """Return who is on the stage of a source's trees, or None where nobody knows.

    Args:
        source: A run's directory, whose scenario is read from where it was, or a file of trees.
        scenario: A file or the name of a shipped scenario, in place of the run's own.
        listener: Is told when the scenario is not what it was, or not to be read.

    Raises:
        InputError: the scenario that was named can't be read.
        RunConflict: the run can't be read.
    """
    manifest = read_manifest(source) if source.is_dir() else None
    named = scenario or (scenario_of(manifest, source) if manifest else None)
    if named is None:
        return None
    try:
        loaded = load_scenario(named)
    except InputError as error:
        if scenario:
            raise
        listener(
            Notice(
                f"the run's scenario can't be read ({error.faults[0]}), so rules about personas "
                "and goals find nothing; give the command where the run was begun, or "
                "`dialoom tag` with --scenario"
            )
        )
        return None
    for change in changes_since(manifest, loaded) if manifest else ():
        listener(Notice(change))
    return Casting(loaded)


def changes_since(manifest: RunManifest, loaded: LoadedScenario) -> list[str]:
    """Return which files of a run are not what they were, a sentence each."""
    changed = [loaded.file] if loaded.sha256 != manifest.scenario_sha256 else []
    changed += [
        persona.file
        for name, persona in loaded.personas.items()
        if manifest.personas.get(name, persona.sha256) != persona.sha256
    ]
    return [f"{file} has changed since the run" for file in dict.fromkeys(changed)]


def _fixed(loaded: LoadedScenario) -> Iterator[tuple[str, Any]]:
    """Yield the variables that have the same value in every tree."""
    for name, form in loaded.variables.forms.items():
        if isinstance(form, Listed) and form.size == 1:
            value = form.nth(0)
            if not any(names_in(text) for _, text in texts(value)):
                yield name, filled(value, {})


def _brought(record: TreeRecord, loaded: LoadedScenario) -> dict[str, str]:
    """Return the variables that a tree of a file has by itself."""
    systems = list(record.systems.values())
    wanted = SOURCE_SYSTEM in loaded.variables.names
    return {SOURCE_SYSTEM: systems[0]} if systems and wanted else {}


def _strangers(record: TreeRecord, cast: Cast) -> set[Role]:
    """Return the roles of messages whose authors are not in the cast."""
    return {said.role for said in messages(record.tree) if said.user_id not in cast.names}
