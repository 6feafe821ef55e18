"""Scenarios in files: found, read and checked, with every fault reported at once."""

import hashlib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from os.path import isfile
from pathlib import Path

from pydantic import ValidationError

from dialoom.errors import Fault, InputError
from dialoom.personas.library import PersonaFile, persona_path, read_persona
from dialoom.scenarios.cast import cast_for
from dialoom.scenarios.checks import cast_faults, member_name, template_faults
from dialoom.scenarios.critic import rubric_faults
from dialoom.scenarios.loaded import LoadedScenario
from dialoom.scenarios.model import Rows, Scenario
from dialoom.scenarios.variables import (
    Variables,
    assignment,
    opener,
    read_variables,
    table_beside,
)
from dialoom.spec import (
    Document,
    Place,
    faults_of,
    load_document,
    mended,
    nearest,
    read_text,
    suggestion,
)

__all__ = ["LoadedScenario", "load_faulty", "load_scenario", "scenario_names"]

SUFFIXES = (".yaml", ".yml")
FILTERS = ("keep", "decontaminate")
"""Keys of `evaluate` that work on finished trees only."""
TRIED = 16
"""Trees whose texts are filled in as a check."""


def load_scenario(path_or_name: str | Path) -> LoadedScenario:
    """Return a scenario that was read and checked.

    Args:
        path_or_name: A YAML file, or the name of one in `./scenarios` or in the shipped library.

    Raises:
        InputError: every fault of the file and of what it names, each with its line.
    """
    faults: list[Fault] = []
    loaded = load_faulty(path_or_name, faults)
    if faults:
        raise InputError(faults)
    return loaded


def load_faulty(path_or_name: str | Path, faults: list[Fault]) -> LoadedScenario:
    """Return a scenario as far as it can be understood, for looking for its further faults.

    Args:
        path_or_name: See `load_scenario`.
        faults: Takes what was found, in the file's order; when there is any, what is returned
            can't be run.

    Raises:
        InputError: too much is wrong to look for more; everything that was found.
    """
    file = scenario_path(path_or_name)
    text = read_text(file)
    document = load_document(file, text)
    scenario = _scenario(document, faults)
    plain = list(faults)
    personas = _personas(scenario, document, faults)
    faults += cast_faults(scenario, document, personas)
    faults += rubric_faults(scenario.evaluate.critic, document)
    variables = read_variables(scenario, document, faults)
    openers, digests = _openers(scenario, document, faults)
    known = _known_names(scenario, variables, plain)
    faults += template_faults(scenario, document, personas.values(), known)
    faults[:] = _in_order(_original(plain, faults))
    digests = _digests({str(file): _sha256(text), **digests}, personas, variables)
    by_member = {member_name(scenario.cast[index]): one for index, one in personas.items()}
    loaded = LoadedScenario(
        scenario, document, file, _grown_from(document), by_member, variables, openers, digests
    )
    if not faults:
        _try_out(loaded)
    return loaded


def _grown_from(document: Document) -> str:
    """Return the digest of all that trees grow from: the scenario without what filters them."""
    data = dict(document.data)
    if isinstance(data.get("evaluate"), dict):
        evaluate = {key: value for key, value in data["evaluate"].items() if key not in FILTERS}
        data["evaluate"] = evaluate
    if not data.get("evaluate"):
        data.pop("evaluate", None)
    return _sha256(repr(data))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def scenario_names() -> list[str]:
    """Return the names of the scenarios in `./scenarios` and in the shipped library, sorted."""
    folders = (Path("scenarios"), shipped_scenarios())
    found = (file for folder in folders for s in SUFFIXES for file in folder.glob(f"*{s}"))
    return sorted({file.stem for file in found})


def shipped_scenarios() -> Path:
    """Return the folder of the library that ships with dialoom."""
    return Path(str(files("dialoom.scenarios")))


def scenario_path(path_or_name: str | Path) -> Path:
    """Return the file of a scenario.

    Raises:
        InputError: there is none; the nearest name is suggested.
    """
    file = Path(path_or_name)
    if _may_exist(file):
        return file
    if file.suffix in SUFFIXES or file.name != str(path_or_name):
        raise InputError(Fault(f"no such file{_near_file(file)}", file))
    for folder in (Path("scenarios"), shipped_scenarios()):
        for suffix in SUFFIXES:
            if isfile(folder / f"{file.name}{suffix}"):
                return folder / f"{file.name}{suffix}"
    hint = suggestion(file.name, scenario_names())
    raise InputError(f"no scenario is named {file.name!r}{hint}")


def _may_exist(file: Path) -> bool:
    """Return False when a file is surely not there, and not when it only can't be looked at."""
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True
    return True


def _near_file(file: Path) -> str:
    folder = file.parent
    names = [name.name for suffix in SUFFIXES for name in folder.glob(f"*{suffix}")]
    hint = nearest(str(file), [str(folder / name) for name in names])
    if not hint and file.stem in scenario_names():
        return f"; {file.stem!r} without a path is the scenario that ships with dialoom"
    return hint


def _scenario(document: Document, faults: list[Fault]) -> Scenario:
    """Return the scenario, or as much of it as further checks need.

    Raises:
        InputError: too much is wrong to look for more.
    """
    try:
        return Scenario.model_validate(document.data)
    except ValidationError as error:
        faults += faults_of(error, Scenario, document)
        scenario = mended(error, Scenario, document)
        if scenario is None:
            raise InputError(faults) from error
        return scenario


def _personas(
    scenario: Scenario, document: Document, faults: list[Fault]
) -> dict[int, PersonaFile]:
    found: dict[int, PersonaFile] = {}
    for index, member in enumerate(scenario.cast):
        place: Place = ("cast", index, "persona")
        if not isinstance(member.persona, str):
            digest = _sha256(str(member.persona.model_dump()))
            found[index] = PersonaFile(member.persona, document.file, digest, document, place)
            continue
        try:
            file = persona_path(member.persona, document.file)
        except InputError as error:
            faults += [document.fault(fault.message, place) for fault in error.faults]
            continue
        try:
            found[index] = read_persona(file)
        except InputError as error:
            faults += [fault for fault in error.faults if fault not in faults]
    return found


def _openers(
    scenario: Scenario, document: Document, faults: list[Fault]
) -> tuple[tuple[str, ...], dict[str, str]]:
    if not isinstance(scenario.openers, Rows):
        if "openers" in scenario.model_fields_set and not scenario.openers:
            faults.append(document.fault("the list is empty; leave it out", ("openers",)))
        return scenario.openers, {}
    place: Place = ("openers", "file")
    table = table_beside(scenario.openers.file, document, place, faults)
    if table is None:
        return (), {}
    if "text" not in table.columns:
        message = f"{table.file} has no column 'text'; it has {', '.join(table.columns)}"
        faults.append(document.fault(message, place))
        return (), {}
    texts = tuple(str(row["text"]).strip() for row in table.rows)
    if "" in texts:
        faults.append(Fault(f"the text of row {texts.index('') + 1} is empty", table.file))
    return texts, {str(table.file): table.sha256}


def _known_names(
    scenario: Scenario, variables: Variables, plain: Iterable[Fault]
) -> frozenset[str] | None:
    """Return what templates may name, faulty variables too; None where that can't be known."""
    given = set(scenario.variables)
    if isinstance(scenario.variables.get("rows"), Mapping):
        if variables.table is None:
            return None
        given.remove("rows")
    if any(fault.where == "variables" for fault in plain):
        return None
    return variables.names | given


def _digests(
    digests: dict[str, str], personas: Mapping[int, PersonaFile], variables: Variables
) -> dict[str, str]:
    if variables.table is not None:
        digests[str(variables.table.file)] = variables.table.sha256
    for one in personas.values():
        if not one.place:
            digests[str(one.file)] = one.sha256
    return digests


def _try_out(loaded: LoadedScenario) -> None:
    """Fill in some trees, so that a value of the wrong kind is found before any model is asked.

    Raises:
        InputError: what can't be filled in.
    """
    faults: dict[tuple[Path | None, str, int | None], Fault] = {}
    for number in range(TRIED):
        try:
            values = assignment(loaded, number, loaded.scenario.seed)
            cast_for(loaded, values)
            opener(loaded, number, loaded.scenario.seed, values)
        except InputError as error:
            for fault in error.faults:  # one value tells what is wrong as well as twenty
                faults.setdefault((fault.file, fault.where, fault.line), fault)
    if faults:
        raise InputError(_in_order(list(faults.values())))


def _original(plain: list[Fault], faults: list[Fault]) -> list[Fault]:
    """Return the faults without those that are found where something was wrong to begin with."""
    wrong = {(fault.file, fault.where) for fault in plain}
    later = (fault for fault in faults if (fault.file, fault.where) not in wrong)
    return [*plain, *later]


def _in_order(faults: list[Fault]) -> list[Fault]:
    unique = {str(fault): fault for fault in faults}.values()
    return sorted(unique, key=lambda fault: (str(fault.file), fault.line or 0))
