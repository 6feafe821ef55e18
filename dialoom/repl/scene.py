"""Who is on stage in a session: a persona and you, two personas, or the cast of a scenario."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dialoom.build.options import RunOptions
from dialoom.errors import Fault, InputError
from dialoom.messages import Role
from dialoom.personas.library import PersonaFile, persona_names, persona_path, read_persona
from dialoom.personas.model import Persona
from dialoom.scenarios.cast import Cast, Player, cast_for
from dialoom.scenarios.library import load_scenario, scenario_names, scenario_path
from dialoom.scenarios.loaded import LoadedScenario
from dialoom.scenarios.model import Member, Scenario
from dialoom.scenarios.variables import assignment, opener, read_variables
from dialoom.spec import Document, load_document, suggestion
from dialoom.tree import Node

__all__ = ["YOU", "Scene", "SceneOptions", "member_of", "other_side", "scene_of", "usual_role"]

YOU = "you"
"""What the person at the keyboard is called where no persona stands for it."""

OPPOSITE: Mapping[Role, Role] = {"prompter": "assistant", "assistant": "prompter"}


@dataclass(frozen=True, slots=True)
class SceneOptions:
    """What the command line says of the stage."""

    persona: str | None = None
    """A name, or a file ending in .yaml; None only with a scenario: watch its cast."""
    partner: str | None = None
    """The persona on the other side; None: you."""
    scenario: str | None = None
    role: Role | None = None
    """Of the persona; None takes the role it has in the scenarios that are found."""
    tree: int = 0
    """Which tree of the scenario: its variables and its opener."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Values of template variables, over the scenario's own."""
    run: RunOptions = field(default_factory=RunOptions)
    """Models, seed, and how to reach the models."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The stage of a session before anything is said or changed."""

    loaded: LoadedScenario
    """A scenario; one made up around the personas where none is named."""
    variables: Mapping[str, Any]
    cast: Cast
    focus: str
    """The member under debug: whom commands mean when they name nobody."""
    you: str | None
    """The member you speak for; None: you watch."""
    seed: int
    tree: int = 0
    opener: str | None = None
    """An authored first message."""
    roots: tuple[Node, ...] = ()
    """What was said before the session."""
    here: Node | None = None
    """Where the session begins; None: before the first message."""
    systems: Mapping[str, str] = field(default_factory=dict)
    """The system prompt under which each of them was drawn, by message id."""
    notices: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[Path, ...]:
        """The files that the cast is made from."""
        files = {Path(file) for file in self.loaded.digests}
        return tuple(sorted(file for file in files if file.is_file()))


def scene_of(options: SceneOptions) -> Scene:
    """Return the scene that the options describe.

    Raises:
        InputError: a persona, scenario or variable can't be used; nearest names are suggested.
    """
    if options.scenario is not None:
        return _of_scenario(options, options.scenario)
    if options.persona is None:
        known = ", ".join(persona_names())
        raise InputError(f"name a persona, or a scenario with --in; there are {known}")
    return _of_personas(options, options.persona)


def member_of(name: str, cast: Cast) -> Player:
    """Return the member that is meant by its own name, its persona's or its display name.

    Raises:
        InputError: there is none; the nearest name is suggested.
    """
    for player in cast.players:
        if name in (player.name, player.persona.name, player.display_name):
            return player
    known = [player.name for player in cast.players]
    raise InputError(f"nobody on stage is named {name!r}{suggestion(name, known)}")


def usual_role(persona: str) -> Role:
    """Return the role a persona has in all scenarios that are found; `assistant` if they differ."""
    roles = {role for name in scenario_names() for role in _roles_in(name, persona)}
    return "prompter" if roles == {"prompter"} else "assistant"


def _roles_in(scenario: str, persona: str) -> Iterator[str]:
    try:
        data = load_document(scenario_path(scenario)).data
    except InputError:
        return  # a faulty scenario says nothing of this persona; `dialoom check` tells its faults
    cast = data.get("cast") if isinstance(data, dict) else None
    for member in cast if isinstance(cast, list) else ():
        if isinstance(member, dict) and member.get("persona") == persona:
            yield str(member.get("role"))


def _of_personas(options: SceneOptions, name: str) -> Scene:
    file = _persona(name)
    role = options.role or usual_role(file.persona.name)
    other = _person(OPPOSITE[role]) if options.partner is None else _persona(options.partner)
    loaded = _made_up([(file, role), (other, OPPOSITE[role])], options.variables)
    variables = assignment(loaded, 0, 0)
    return Scene(
        loaded=loaded,
        variables=variables,
        cast=_cast(loaded, variables),
        focus=file.persona.name,
        you=None if options.partner is not None else YOU,
        seed=options.run.seed or 0,
    )


def _persona(name: str) -> PersonaFile:
    if name.endswith((".yaml", ".yml")):
        return read_persona(Path(name))
    return read_persona(persona_path(name))


def _person(role: Role) -> PersonaFile:
    """Return the part of the person at the keyboard."""
    display_name = "User" if role == "prompter" else "Assistant"
    persona = Persona(name=YOU, display_name=display_name, description="The other person.")
    document = Document(Path(YOU), {}, {})
    return PersonaFile(persona, document.file, "", document)


def _made_up(parts: list[tuple[PersonaFile, Role]], variables: Mapping[str, str]) -> LoadedScenario:
    """Return a scenario around some personas, as if read from a file."""
    names = [file.persona.name for file, _ in parts]
    if names[0] == names[1]:
        names[1] += "_2"
    members = tuple(
        Member(persona=file.persona, role=role, name=member)
        for member, (file, role) in zip(names, parts, strict=True)
    )
    first = parts[0][0]
    scenario = Scenario(name=first.persona.name, cast=members, variables=dict(variables))
    document = Document(first.file, {}, {})
    faults: list[Fault] = []
    found = read_variables(scenario, document, faults)
    if faults:
        raise InputError([Fault(f"--var: {fault.message}") for fault in faults])
    digest = hashlib.sha256("".join(file.sha256 for file, _ in parts).encode()).hexdigest()
    personas = {member: file for member, (file, _) in zip(names, parts, strict=True)}
    digests = {str(file.file): file.sha256 for file, _ in parts if file.sha256}
    return LoadedScenario(scenario, document, first.file, digest, personas, found, (), digests)


def _cast(loaded: LoadedScenario, variables: Mapping[str, Any]) -> Cast:
    try:
        return cast_for(loaded, variables)
    except InputError as error:
        hint = Fault("texts of this persona need variables: give --in SCENARIO or --var NAME=VALUE")
        raise InputError([*error.faults, hint]) from error


def _of_scenario(options: SceneOptions, name: str) -> Scene:
    loaded = load_scenario(name)
    if options.role is not None:
        raise InputError("--role: the scenario says who has which role")
    seed = loaded.scenario.seed if options.run.seed is None else options.run.seed
    variables = assignment(loaded, options.tree, seed)
    for key in options.variables:
        if key not in variables:
            raise InputError(f"--var: no variable is named {key!r}{suggestion(key, variables)}")
    variables |= options.variables
    cast = cast_for(loaded, variables)
    focus = cast.players[0] if options.persona is None else member_of(options.persona, cast)
    if options.partner is not None:
        member_of(options.partner, cast)
    watching = options.persona is None or options.partner is not None
    return Scene(
        loaded=loaded,
        variables=variables,
        cast=cast,
        focus=focus.name,
        you=None if watching else other_side(focus, cast),
        seed=seed,
        tree=options.tree,
        opener=opener(loaded, options.tree, seed, variables),
    )


def other_side(player: Player, cast: Cast) -> str:
    """Return the name of the first member of the other role."""
    return next(other.name for other in cast.players if other.role != player.role)
