"""What must agree between the parts of a scenario, its personas and its variables."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dialoom.errors import Fault
from dialoom.personas.library import PersonaFile
from dialoom.scenarios.model import Member, Scenario
from dialoom.scenarios.templates import TemplateFault, names_in, texts
from dialoom.spec import Document, Place, suggestion

__all__ = ["MEMBER_TEXTS", "PERSONA_TEXTS", "cast_faults", "member_name", "template_faults"]

MEMBER_TEXTS = ("display_name", "goal", "policy", "knows", "doesnt_know", "system")
PERSONA_TEXTS = (
    "display_name",
    "description",
    "traits",
    "speaking_style",
    "background",
    "example_lines",
    "knows",
    "doesnt_know",
)
ROLES = ("prompter", "assistant", "critic", "selector")

Text = tuple[Place, str]


def member_name(member: Member) -> str:
    """Return what a member is called in the run."""
    if member.name is not None:
        return member.name
    return member.persona if isinstance(member.persona, str) else member.persona.name


def cast_faults(
    scenario: Scenario, document: Document, personas: Mapping[int, PersonaFile]
) -> Iterator[Fault]:
    """Yield what is wrong with the cast and with what refers to it.

    Args:
        scenario: The scenario.
        document: Where it was read.
        personas: By the member's place in the cast; those that were found.
    """
    yield from _name_faults(scenario, document, personas)
    yield from _hidden_faults(scenario, document, personas)
    if not scenario.setting.strip() and not any(
        member.goal.strip() for member in scenario.cast if member.role == "prompter"
    ):
        message = "nobody wants anything: give a prompter a `goal`, or the scenario a `setting`"
        yield document.fault(message, ("cast",))
    names = [member_name(member) for member in scenario.cast]
    yield from _unknown_keys(scenario.models, "models", ["default", *ROLES, *names], document)
    spoken = ["default", "prompter", "assistant", *names]  # critic and selector set their own
    yield from _unknown_keys(scenario.sampling, "sampling", spoken, document)


def template_faults(
    scenario: Scenario,
    document: Document,
    personas: Iterable[PersonaFile],
    known: frozenset[str] | None,
) -> Iterator[Fault]:
    """Yield each text of the scenario and its personas that isn't a template of known variables.

    Args:
        scenario: The scenario.
        document: Where it was read.
        personas: Of its cast.
        known: Names of variables; None when any name may be right.
    """
    for place, text in _scenario_texts(scenario):
        for message, line in _template_faults(text, known):
            yield document.fault(message, place, text_line=line)
    seen: set[tuple[object, ...]] = set()
    for one in personas:
        if (one.file, one.place) in seen:
            continue
        seen.add((one.file, one.place))
        for place, text in _texts_of(one.persona.model_dump(), PERSONA_TEXTS):
            for message, line in _template_faults(text, known):
                yield one.fault(message, place, text_line=line)


def _name_faults(
    scenario: Scenario, document: Document, personas: Mapping[int, PersonaFile]
) -> Iterator[Fault]:
    names: set[str] = set()
    shown: dict[str, str] = {}
    for index, member in enumerate(scenario.cast):
        name = member_name(member)
        if name in names:
            message = f"two members are called {name!r}; give one of them a `name`"
            yield document.fault(message, ("cast", index))
        elif name in (*ROLES, "default"):
            message = f"a member can't be called {name!r}: that is a role; give it a `name`"
            yield document.fault(message, ("cast", index))
        elif index in personas:
            display = member.display_name or personas[index].persona.display_name
            if display in shown:
                message = f"{shown[display]!r} is shown as {display!r} too; give a `display_name`"
                yield document.fault(message, ("cast", index))
            shown[display] = name
        names.add(name)


def _hidden_faults(
    scenario: Scenario, document: Document, personas: Mapping[int, PersonaFile]
) -> Iterator[Fault]:
    for index, one in personas.items():
        member = scenario.cast[index]
        known = {*one.persona.knows, *member.knows}
        for position, fact in enumerate(member.hides_until_asked):
            if fact not in known:
                place = ("cast", index, "hides_until_asked", position)
                yield document.fault(f"no fact is named {fact!r}{suggestion(fact, known)}", place)


def _unknown_keys(
    given: Mapping[str, Any], section: str, known: list[str], document: Document
) -> Iterator[Fault]:
    for key in given:
        if key not in known:
            message = f"{key!r} is neither a role nor a member{suggestion(key, known)}"
            yield document.fault(message, (section, key))


def _template_faults(text: str, known: frozenset[str] | None) -> Iterator[tuple[str, int]]:
    try:
        names = names_in(text)
    except TemplateFault as fault:
        yield str(fault), fault.line
        return
    if known is None:
        return
    for name in sorted(names - known):
        line = next((i for i, row in enumerate(text.split("\n"), 1) if name in row), 1)
        yield f"no variable is named {name!r}{suggestion(name, known)}", line


def _scenario_texts(scenario: Scenario) -> Iterator[Text]:
    yield ("setting",), scenario.setting
    if isinstance(scenario.openers, tuple):
        yield from texts(scenario.openers, ("openers",))
    variables = {key: value for key, value in scenario.variables.items()}
    if isinstance(variables.get("rows"), Mapping):
        del variables["rows"]
    for name, value in variables.items():
        yield from _variable_texts(value, ("variables", name))
    for index, member in enumerate(scenario.cast):
        yield from _texts_of(member.model_dump(), MEMBER_TEXTS, ("cast", index))
        if member.check is not None:
            yield from texts(member.check.answer, ("cast", index, "check", "answer"))


def _variable_texts(value: Any, place: Place) -> Iterator[Text]:
    if not isinstance(value, Mapping):
        yield from texts(value, place)
    elif isinstance(value.get("weighted"), Mapping):
        for text in value["weighted"]:
            yield from texts(text, (*place, "weighted", text))


def _texts_of(dumped: Mapping[str, Any], keys: Iterable[str], place: Place = ()) -> Iterator[Text]:
    for key in keys:
        yield from texts(dumped[key], (*place, key))
