"""`check`: everything that can be said of a file without running it."""

from dataclasses import replace
from pathlib import Path

from dialoom.agents.rubric import rubric_of
from dialoom.build.exports import exporters_of
from dialoom.build.filtering import RunFilter
from dialoom.build.models import models_by_role
from dialoom.build.options import RunOptions
from dialoom.build.stages import heuristics_of, turn_policy_of
from dialoom.errors import Fault, InputError
from dialoom.personas.library import load_persona
from dialoom.scenarios.library import load_scenario
from dialoom.spec import load_document

__all__ = ["check_file"]


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


def check_scenario(file: Path) -> None:
    """Check a scenario and every name and option in it.

    Raises:
        InputError: all its faults.
    """
    loaded = load_scenario(file)
    faults: list[Fault] = []
    critic = loaded.scenario.evaluate.critic
    for check in (
        lambda: rubric_of(critic.rubric) if critic else None,
        lambda: heuristics_of(loaded),
        lambda: RunFilter(loaded),
        lambda: turn_policy_of(loaded),
        lambda: exporters_of(loaded, seed=0),
        lambda: models_by_role(loaded.scenario, RunOptions()),
    ):
        try:
            check()
        except InputError as error:
            faults += [fault if fault.file else replace(fault, file=file) for fault in error.faults]
    if faults:
        raise InputError(faults)
