"""Changes to who is on stage, one key at a time: `traits.temper=calm`, `goal=Leave early`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

import yaml

from dialoom.chat import Sampling
from dialoom.errors import InputError
from dialoom.personas.model import Persona
from dialoom.repl.scene import member_of
from dialoom.scenarios.cast import Cast, Player
from dialoom.spec import Document, suggestion, validate

__all__ = ["Edit", "edited", "edited_sampling", "keys_of", "parse_edit"]

TEXTS = ("display_name", "description", "speaking_style", "background", "language")
MAPPINGS = ("traits", "knows")
LISTS = ("example_lines", "hides_until_asked", "doesnt_know")
PARTS = ("goal", "policy", "system")
"""What the scenario gives a member."""
SAMPLING = tuple(Sampling.model_fields)
ALIASES = {
    "style": "speaking_style",
    "trait": "traits",
    "fact": "knows",
    "facts": "knows",
    "hides": "hides_until_asked",
    "examples": "example_lines",
}
FIELDS = (*TEXTS, *MAPPINGS, *LISTS, *PARTS, "setting", *SAMPLING)


M = TypeVar("M", Persona, Sampling)


class Edit(NamedTuple):
    """One change, as the user wrote it."""

    kind: Literal["persona", "part", "setting", "sampling"]
    member: str | None
    """None for the setting, and for sampling settings of everybody."""
    field: str
    entry: str
    """Key inside a mapping; empty elsewhere."""
    value: str
    """As written; empty takes a mapping's entry or an optional text away."""
    adds: bool = False
    """True for `+=`: the value is one more item of a list."""

    @property
    def key(self) -> str:
        """The place as the user writes it."""
        return ".".join(part for part in (self.member, self.field, self.entry) if part)

    def __str__(self) -> str:
        return f"{self.key}{'+=' if self.adds else '='}{self.value}"


def parse_edit(text: str, cast: Cast, focus: str) -> Edit:
    """Return the change that `[MEMBER.]KEY[.ENTRY]=VALUE` asks for.

    Args:
        text: What the user wrote.
        cast: Everyone on stage.
        focus: Whom a key without a member belongs to.

    Raises:
        InputError: it has another form, or nobody or nothing is named so.
    """
    key, equals, value = text.partition("=")
    adds = key.endswith("+")
    parts = [part.strip() for part in key.removesuffix("+").strip().split(".")]
    if not equals or not all(parts):
        raise InputError(f"write KEY=VALUE, like traits.temper=calm; not {text!r}")
    member = None
    if len(parts) > 1 and ALIASES.get(parts[0], parts[0]) not in FIELDS:
        member = member_of(parts.pop(0), cast).name
    field = ALIASES.get(parts[0], parts[0])
    entry = ".".join(parts[1:])
    if field not in FIELDS or bool(entry) != (field in MAPPINGS):
        raise InputError(_unknown(".".join(parts), cast[member or focus]))
    if adds and field not in LISTS:
        raise InputError(f"+= adds to a list, and {field!r} is none; write {field}=VALUE")
    kind = _kind(field)
    if kind in ("persona", "part"):
        member = member or focus
    return Edit(kind, member, field, entry, value.strip(), adds)


def keys_of(cast: Cast, focus: str) -> list[str]:
    """Return every key that can be set now, those of `focus` without its name."""
    found: list[str] = []
    for player in cast.players:
        prefix = "" if player.name == focus else f"{player.name}."
        found += [f"{prefix}{key}" for key in _keys(player)]
    return [*found, "setting", *SAMPLING]


def edited(cast: Cast, edits: Sequence[Edit]) -> Cast:
    """Return the cast with changes made to it, in order.

    Raises:
        InputError: a value that a persona can't have.
    """
    players = {player.name: player for player in cast.players}
    setting = cast.setting
    for edit in edits:
        if edit.kind == "setting":
            setting = edit.value
        elif edit.kind in ("persona", "part"):
            assert edit.member is not None
            players[edit.member] = _edited_player(players[edit.member], edit)
    return Cast(players=tuple(players.values()), setting=setting, language=cast.language)


def edited_sampling(sampling: Sampling, edit: Edit) -> Sampling:
    """Return sampling settings with one changed; an empty value leaves it to the model again.

    Raises:
        InputError: a value the setting can't have.
    """
    values: dict[str, Any] = sampling.model_dump(exclude_unset=True)
    values.pop(edit.field, None)
    if edit.value:
        value = yaml.safe_load(edit.value) if edit.field != "stop" else (edit.value,)
        values[edit.field] = value
    return _validated(Sampling, values)


def _kind(field: str) -> Literal["persona", "part", "setting", "sampling"]:
    if field == "setting":
        return "setting"
    if field in SAMPLING:
        return "sampling"
    return "part" if field in PARTS else "persona"


def _keys(player: Player) -> Iterator[str]:
    yield from TEXTS
    for name in MAPPINGS:
        yield from (f"{name}.{entry}" for entry in getattr(player.persona, name))
    yield from (*LISTS, *PARTS)


def _unknown(key: str, player: Player) -> str:
    known = [*_keys(player), "setting", *SAMPLING, "style"]
    inside = [one for one in known if one.endswith(f".{key}")]
    if inside:
        return f"there is no key {key!r}; did you mean {inside[0]!r}?"
    if key in MAPPINGS:
        return f"{key!r} has entries: write {key}.NAME=VALUE"
    return f"there is no key {key!r}{suggestion(key, known)}"


def _edited_player(player: Player, edit: Edit) -> Player:
    if edit.kind == "part":
        value: Any = edit.value or (None if edit.field == "system" else "")
        return player.model_copy(update={edit.field: value})
    values = player.persona.model_dump()
    if edit.field in MAPPINGS:
        _set_entry(values, edit)
    elif edit.field in LISTS:
        items = _items(edit.value)
        values[edit.field] = [*values[edit.field], *items] if edit.adds else items
    elif edit.value or edit.field == "background":
        values[edit.field] = edit.value
    else:
        values.pop(edit.field)
    return player.model_copy(update={"persona": _validated(Persona, values)})


def _set_entry(values: dict[str, Any], edit: Edit) -> None:
    if edit.value:
        values[edit.field] = values[edit.field] | {edit.entry: edit.value}
        return
    if edit.entry not in values[edit.field]:
        hint = suggestion(edit.entry, values[edit.field])
        raise InputError(f"{edit.field} has no {edit.entry!r} to take away{hint}")
    values[edit.field] = {k: v for k, v in values[edit.field].items() if k != edit.entry}
    if edit.field == "knows":
        hidden = values["hides_until_asked"]
        values["hides_until_asked"] = [fact for fact in hidden if fact != edit.entry]


def _items(value: str) -> list[str]:
    """Return the items of `[a, b]`, or the one that the text is."""
    if not re.fullmatch(r"\[.*\]", value, re.DOTALL):
        return [value] if value else []
    try:
        items = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise InputError(f"{value!r} is not a list like [one, two]") from error
    return [str(item) for item in items]


def _validated(model: type[M], values: Mapping[str, Any]) -> M:
    try:
        return validate(model, Document(Path(), dict(values), {}))
    except InputError as error:
        raise InputError([replace(fault, file=None, line=None) for fault in error.faults]) from None
