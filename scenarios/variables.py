"""The variables of each tree: drawn by tree number, so order and concurrency change nothing."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from math import prod
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from dialoom.errors import Fault, InputError
from dialoom.scenarios.forms import BadForm, Form, Listed, form
from dialoom.scenarios.model import Rows, Scenario
from dialoom.scenarios.rows import Table, read_table
from dialoom.scenarios.templates import TemplateFault, filled, names_in, texts
from dialoom.spec import Document, Place, suggestion

if TYPE_CHECKING:
    from dialoom.scenarios.loaded import LoadedScenario

__all__ = ["MOST_TREES", "Variables", "assignment", "opener", "read_variables", "tree_count"]

DEFAULT_COUNT = 5
MOST_TREES = 1_000_000
"""Trees of a run, at most: a few hundred bytes of memory each, and more is likely a slip."""
RESERVED = frozenset(
    ["and", "else", "false", "if", "in", "is", "none", "not", "or", "true", "False", "None", "True"]
)


@dataclass(frozen=True, slots=True)
class Variables:
    """How each variable's values are chosen."""

    forms: Mapping[str, Form]
    order: tuple[str, ...]
    """The forms' names, each behind those its texts refer to."""
    table: Table | None = None
    """Rows whose columns are variables too."""

    @property
    def names(self) -> frozenset[str]:
        """Every variable's name."""
        return frozenset(self.forms) | frozenset(self.table.columns if self.table else ())

    @property
    def combinations(self) -> int | None:
        """How many combinations of values there are; None when they can't be counted off."""
        sizes = [size for _, size in self.dimensions()]
        return None if None in sizes else prod(size for size in sizes if size is not None)

    def dimensions(self) -> Iterator[tuple[str, int | None]]:
        """Yield what combinations are made of, in order: the rows, then each form."""
        if self.table is not None:
            yield "rows", len(self.table.rows)
        for name, one in self.forms.items():
            yield name, one.size


def tree_count(loaded: "LoadedScenario", override: int | None = None) -> int:
    """Return how many trees to grow: `override`, or what the scenario says.

    Trees that grow on others are no more than those; all of them, if nobody says how many.

    Raises:
        InputError: they are more than a run takes.
    """
    count = _asked_count(loaded, override)
    if count > MOST_TREES:
        raise InputError(
            f"{count:,} dialogues are more than a run takes; begin several with at most "
            f"{MOST_TREES:,} each and other seeds: --sample {MOST_TREES} --seed 1"
        )
    return count


def _asked_count(loaded: "LoadedScenario", override: int | None) -> int:
    sample = loaded.scenario.sample
    if loaded.beginnings is not None:
        said = sample.count if "sample" in loaded.scenario.model_fields_set else None
        return min(override or said or loaded.beginnings.count, loaded.beginnings.count)
    if override is not None or sample.count is not None:
        return override or sample.count or DEFAULT_COUNT
    return (loaded.variables.combinations or 1) if sample.mode == "every" else DEFAULT_COUNT


def assignment(loaded: "LoadedScenario", number: int, seed: int) -> dict[str, Any]:
    """Return the variables of one tree, by name: a function of the arguments alone.

    Each variable is drawn from its own seed, so adding one leaves the others as they were. Lists
    and rows are gone through in shuffled order, each value once before any comes again, so that
    few trees differ as much as they can. In the mode `every` the last variable changes fastest,
    and trees beyond the last combination begin again.

    Args:
        loaded: The scenario.
        number: The tree's, 0 or more.
        seed: The run's.

    Raises:
        InputError: a variable's template can't be filled in, or its pattern gives no string.
    """
    variables = loaded.variables
    every = loaded.scenario.sample.mode == "every"
    places = _places(variables, number) if every else {}
    values: dict[str, Any] = {}
    if variables.table is not None:
        count = len(variables.table.rows)
        place = places["rows"] if every else shuffled_place(count, number, seed, "rows")
        values.update(variables.table.rows[place])
    for name in variables.order:
        one = variables.forms[name]
        try:
            if name in places:
                value = one.nth(places[name])
            elif isinstance(one, Listed) and one.weights is None:
                value = one.nth(shuffled_place(one.size, number, seed, name))
            else:
                value = one.draw(seeded(seed, number, name))
            values[name] = filled(value, values) if isinstance(one, Listed) else value
        except ValueError as error:
            raise InputError(loaded.document.fault(str(error), ("variables", name))) from error
    columns = variables.table.columns if variables.table else ()
    return {name: values[name] for name in (*columns, *variables.forms)}


def opener(
    loaded: "LoadedScenario", number: int, seed: int, variables: Mapping[str, Any]
) -> str | None:
    """Return a tree's first message, or None where the prompter's model is to write it.

    Openers are gone through in shuffled order, each once before any comes again. Those of a file
    are taken as they are; those in the scenario may be templates.

    Raises:
        InputError: a template can't be filled in.
    """
    if not loaded.openers:
        return None
    place = shuffled_place(len(loaded.openers), number, seed, "openers")
    text = loaded.openers[place]
    if isinstance(loaded.scenario.openers, Rows):
        return text
    try:
        return str(filled(text, variables))
    except TemplateFault as fault:
        raise InputError(loaded.document.fault(str(fault), ("openers", place))) from fault


def seeded(seed: int, number: int, name: str) -> Random:
    """Return the source of chance of one variable in one tree."""
    digest = hashlib.sha256(f"{seed}/{number}/{name}".encode()).digest()
    return Random(int.from_bytes(digest))


def shuffled_place(count: int, number: int, seed: int, name: str) -> int:
    """Return which of `count` things tree `number` takes, none twice in a round of `count`."""
    round_, turn = divmod(number, count)
    return _shuffled(count, round_, seed, name)[turn]


@lru_cache(maxsize=64)
def _shuffled(count: int, round_: int, seed: int, name: str) -> tuple[int, ...]:
    return tuple(seeded(seed, round_, f"{name}:order").sample(range(count), count))


def _places(variables: Variables, number: int) -> dict[str, int]:
    places: dict[str, int] = {}
    for name, size in reversed(list(variables.dimensions())):
        number, places[name] = divmod(number, size or 1)
    return places


def read_variables(scenario: Scenario, document: Document, faults: list[Fault]) -> Variables:
    """Return a scenario's variables; what is wrong with them is added to `faults`."""
    given = dict(scenario.variables)
    table = None
    if isinstance(given.get("rows"), Mapping):
        table = _table(given.pop("rows"), document, faults)
    forms: dict[str, Form] = {}
    for name, value in given.items():
        try:
            _check_name(name)
            forms[name] = form(value)
        except BadForm as error:
            faults.append(document.fault(str(error), ("variables", name, *error.place)))
    for column in table.columns if table else ():
        if column in given:
            message = f"the column {column!r} of {table and table.file} has the same name"
            faults.append(document.fault(message, ("variables", column)))
    variables = Variables(forms, _order(forms, document, faults), table)
    faults += _uncountable(scenario, variables, document)
    return variables


def _check_name(name: Any) -> None:
    if not isinstance(name, str) or not name.isidentifier() or name.startswith("_"):
        raise BadForm(f"{name!r} can't be a variable: write letters, digits and `_`")
    if name in RESERVED:
        raise BadForm(f"{name!r} means something else in templates")


def _table(given: Mapping[str, Any], document: Document, faults: list[Fault]) -> Table | None:
    place: Place = ("variables", "rows")
    for key in given:
        if key != "file":
            message = f"there is no key {key!r}{suggestion(str(key), ['file'])}"
            faults.append(document.fault(message, (*place, key)))
    name = given.get("file")
    if not isinstance(name, str) or not name:
        faults.append(document.fault("write `rows: {file: …}`", place))
        return None
    table = table_beside(name, document, (*place, "file"), faults)
    for column in table.columns if table else ():
        try:
            _check_name(column)
        except BadForm as error:
            faults.append(document.fault(f"column {error}", (*place, "file")))
    return table


def table_beside(name: str, document: Document, place: Place, faults: list[Fault]) -> Table | None:
    """Return the rows of a file named in a scenario; None, and faults, when it has none."""
    file = document.file.parent / Path(name)
    try:
        return read_table(file)
    except InputError as error:
        for fault in error.faults:
            if fault.line is None:
                faults.append(document.fault(f"{file}: {fault.message}", place))
            else:
                faults.append(fault)
        return None


def _order(forms: Mapping[str, Form], document: Document, faults: list[Fault]) -> tuple[str, ...]:
    uses = {name: _uses(one) & forms.keys() for name, one in forms.items()}
    try:
        return tuple(TopologicalSorter(uses).static_order())
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        message = f"goes round in a circle: {' → '.join(circle)}"
        faults.append(document.fault(message, ("variables", circle[0])))
        return tuple(forms)


def _uses(one: Form) -> set[str]:
    """Return the names a form's texts use; faulty texts are reported where all are checked."""
    names: set[str] = set()
    for _, text in texts(one.values) if isinstance(one, Listed) else ():
        try:
            names |= names_in(text)
        except TemplateFault:
            continue
    return names


def _uncountable(scenario: Scenario, variables: Variables, document: Document) -> list[Fault]:
    if scenario.sample.mode != "every":
        return []
    faults = [
        document.fault(
            "`every` can't go through endless values; give a list, or a range with a step",
            ("variables", name),
        )
        for name, size in variables.dimensions()
        if size is None
    ]
    count = variables.combinations
    if scenario.sample.count is None and count is not None and count > MOST_TREES:
        message = f"there are {count:,} combinations; say how many trees with `count`"
        faults.append(document.fault(message, ("sample",)))
    return faults
