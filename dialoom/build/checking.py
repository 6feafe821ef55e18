"""`check`: everything that can be said of a file without running it."""

from collections.abc import Callable
from pathlib import Path

from dialoom.build.exports import exporters_of
from dialoom.build.filtering import RunFilter
from dialoom.build.models import models_by_role, names_of, provider_of
from dialoom.build.options import RunOptions
from dialoom.build.stages import heuristics_of, scorers_of, turn_policy_of
from dialoom.errors import Fault, InputError
from dialoom.personas.library import load_persona
from dialoom.scenarios.library import load_faulty
from dialoom.scenarios.loaded import LoadedScenario
from dialoom.spec import Place, load_document

__all__ = ["check_file", "check_scenario"]


def check_file(file: Path) -> str:
    """Return what the file is, `scenario` or `persona`, when nothing is wrong with it.

    Raises:
        InputError: all its faults.
    """
    document = load_document(file)
    if not isinstance(document.data, dict):
        raise InputError(Fault("neither a scenario nor a persona: it must be a mapping", file, 1))
    if "cast" not in document.data and "display_name" in document.data:
        load_persona(file)
        return "persona"
    check_scenario(file)
    return "scenario"


def check_scenario(path_or_name: str | Path) -> LoadedScenario:
    """Return a scenario of which every name and option was checked.

    Raises:
        InputError: all its faults.
    """
    faults: list[Fault] = []
    loaded = load_faulty(path_or_name, faults)
    checks: dict[Place, Callable[[], object]] = {
        ("evaluate", "heuristics"): lambda: heuristics_of(loaded),
        ("evaluate", "scorers"): lambda: scorers_of(loaded),
        ("evaluate", "keep"): lambda: RunFilter(loaded),
        ("turns", "policy"): lambda: turn_policy_of(loaded),
        ("export",): lambda: exporters_of(loaded, seed=0),
        ("models",): lambda: _check_models(loaded),
    }
    for place, check in checks.items():
        try:
            check()
        except InputError as error:
            found = [
                fault if fault.file else loaded.document.fault(fault.message, place)
                for fault in error.faults
            ]
            faults += [fault for fault in found if fault not in faults]
    if faults:
        raise InputError(sorted(faults, key=lambda fault: (str(fault.file), fault.line or 0)))
    return loaded


def _check_models(loaded: LoadedScenario) -> None:
    """Check that models are named as models are; whether they answer is for a run to find out.

    Raises:
        InputError: a name has another form, there is no such provider, or a role has too many.
    """
    faults = []
    for role, models in loaded.scenario.models.items():
        for name in names_of(models):
            try:
                provider_of(name)
            except InputError as error:
                faults += [loaded.document.fault(str(error), ("models", role))]
    if faults:
        raise InputError(faults)
    models_by_role(loaded.scenario, RunOptions())
