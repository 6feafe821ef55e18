"""The cast of one tree: personas with this tree's variables filled in."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from dialoom.errors import Fault, InputError
from dialoom.messages import Role
from dialoom.personas.model import Persona, as_text
from dialoom.scenarios.check import Check
from dialoom.scenarios.checks import MEMBER_TEXTS, PERSONA_TEXTS, member_name
from dialoom.scenarios.loaded import LoadedScenario
from dialoom.scenarios.model import Member
from dialoom.scenarios.templates import TemplateFault, filled
from dialoom.spec import Place, Spec

__all__ = ["Cast", "Player", "cast_for"]


class Player(Spec):
    """A member of the cast, every template rendered."""

    name: str
    """Unique in the cast; what messages carry as their speaker."""
    role: Role
    persona: Persona
    """With the scenario's facts merged into its own."""
    goal: str = ""
    policy: str = ""
    check: Check | None = None
    """Its answer filled in."""
    system: str | None = None
    """A system prompt given word for word in the scenario."""

    @property
    def display_name(self) -> str:
        """What the others call it."""
        return self.persona.display_name


class Cast(Spec):
    """Everyone on the stage of one tree, in the scenario's order."""

    players: tuple[Player, ...]
    setting: str = ""
    language: str = "en"

    @cached_property
    def _by_name(self) -> dict[str, Player]:
        return {player.name: player for player in self.players}

    def __getitem__(self, name: str) -> Player:
        return self._by_name[name]

    @cached_property
    def names(self) -> dict[str, str]:
        """Display names by speaker."""
        return {player.name: player.display_name for player in self.players}

    @cached_property
    def personas(self) -> dict[str, Persona]:
        """Personas by speaker."""
        return {player.name: player.persona for player in self.players}

    def others(self, name: str) -> tuple[Player, ...]:
        """Return everyone but the named player."""
        return tuple(player for player in self.players if player.name != name)


def cast_for(loaded: LoadedScenario, variables: Mapping[str, Any]) -> Cast:
    """Return the cast of one tree: every text filled in, the scenario's facts merged in.

    Args:
        loaded: The scenario.
        variables: Of this tree, from `assignment`.

    Raises:
        InputError: texts that can't be filled in with these variables, all of them.
    """
    faults: list[Fault] = []
    scenario, document = loaded.scenario, loaded.document
    players = tuple(
        _player(loaded, index, member, variables, faults)
        for index, member in enumerate(scenario.cast)
    )
    stage = _filled(scenario, ("setting",), variables, document.fault, faults)
    if faults:
        raise InputError(faults)
    return Cast(players=players, setting=stage["setting"], language=scenario.language)


def _player(
    loaded: LoadedScenario,
    index: int,
    member: Member,
    variables: Mapping[str, Any],
    faults: list[Fault],
) -> Player:
    name = member_name(member)
    source = loaded.personas[name]

    def at(message: str, place: Place) -> Fault:
        return loaded.document.fault(message, ("cast", index, *place))

    part = _filled(member, MEMBER_TEXTS, variables, at, faults)
    sheet = _filled(source.persona, PERSONA_TEXTS, variables, source.fault, faults)
    for key in ("display_name", "description"):
        if sheet[key] == "":
            faults.append(source.fault("is empty for these variables", (key,)))
    if faults:
        return Player(name=name, role=member.role, persona=source.persona)
    return Player(
        name=name,
        role=member.role,
        persona=_merged(source.persona, sheet, member, part),
        goal=part["goal"],
        policy=part["policy"],
        check=_checked(member.check, variables, at, faults),
        system=part["system"],
    )


def _checked(
    check: Check | None,
    variables: Mapping[str, Any],
    at: Callable[[str, Place], Fault],
    faults: list[Fault],
) -> Check | None:
    """Return a check with its answer filled in; an answer that is none is added to `faults`."""
    if check is None:
        return None
    place: Place = ("check", "answer")
    try:
        answer = filled(check.answer, variables)
        full = check.model_copy(update={"answer": answer})
        full.check_answer()
    except TemplateFault as fault:
        faults.append(at(str(fault), place))
        return None
    except ValueError as error:
        faults.append(at(str(error), place))
        return None
    return full


def _merged(
    persona: Persona, sheet: dict[str, Any], member: Member, part: dict[str, Any]
) -> Persona:
    knows = sheet["knows"] | part["knows"]
    hidden = (*persona.hides_until_asked, *member.hides_until_asked)
    return persona.model_copy(
        update={
            **sheet,
            "display_name": part["display_name"] or sheet["display_name"],
            "knows": knows,
            "hides_until_asked": tuple(fact for fact in dict.fromkeys(hidden) if fact in knows),
            "doesnt_know": tuple(dict.fromkeys((*sheet["doesnt_know"], *part["doesnt_know"]))),
        }
    )


def _filled(
    spec: Spec,
    keys: Iterable[str],
    variables: Mapping[str, Any],
    at: Callable[[str, Place], Fault],
    faults: list[Fault],
) -> dict[str, Any]:
    """Return some of a spec's texts filled in; what can't be is added to `faults`."""
    values: dict[str, Any] = {}
    for key in keys:
        try:
            values[key] = _without_empty(filled(getattr(spec, key), variables))
        except TemplateFault as fault:
            faults.append(at(str(fault), (key,)))
            values[key] = None
    return values


def _without_empty(value: Any) -> Any:
    """Return texts stripped, and collections without those that turned out empty.

    So `{% if late %}…{% endif %}` makes a fact or a line that only some trees have.
    """
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        kept = {key: as_text(item).strip() for key, item in value.items()}
        return {key: item for key, item in kept.items() if item}
    if isinstance(value, tuple):
        return tuple(item.strip() for item in value if item.strip())
    return value
