"""Commands that change who is on stage, and let you hear the same turn again."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from dialoom.agents.clients.base import CLIENTS
from dialoom.chat import Sampling
from dialoom.display import printable
from dialoom.errors import InputError
from dialoom.personas.model import Persona
from dialoom.repl.command import Command, Desk
from dialoom.repl.edits import Edit, edited_sampling, keys_of, parse_edit
from dialoom.repl.scene import YOU, member_of
from dialoom.repl.session import Session
from dialoom.repl.settings import Settings
from dialoom.repl.speaking import hear_again
from dialoom.repl.views import note
from dialoom.repl.views_prompt import sampling_line
from dialoom.repl.voices import EVERYBODY
from dialoom.scenarios.cast import Cast
from dialoom.spec import Document, validate

__all__ = ["CHANGE", "reload_files"]

SPECIAL = ("critic", "selector")


async def _set(desk: Desk, text: str) -> None:
    session = desk.session
    if not text:
        _show_settings(desk)
        return
    edit = parse_edit(text, session.cast, session.scene.focus)
    if edit.kind == "sampling":
        _set_sampling(session, edit)
        whose = edit.member or "everybody"
        now = session.settings.sampling[edit.member or "default"]
        desk.screen.show(note(f"{whose}: {sampling_line(now)}; /again hears the last reply so"))
        return
    before = _value(session.cast, edit)
    settings = session.change(edits=(*session.settings.edits, edit))
    after = _value(session.cast_with(settings), edit)
    await _take(desk, settings, edit.member, f"{edit.key}: {before} → {after}")


async def _take(desk: Desk, settings: Settings, member: str | None, heading: str) -> None:
    """Put changes to the cast into force, and hear the last reply of whom they concern again."""
    session = desk.session
    session.cast_with(settings)  # raises before anything is changed
    session.settings = settings
    old = session.last_reply(None if member == YOU else member)
    if old is None:
        desk.screen.show(note(heading))
        return
    await hear_again(desk, old, heading=heading)


def _set_sampling(session: Session, edit: Edit) -> None:
    key = edit.member or "default"
    now = session.settings.sampling
    sampling = {**now, key: edited_sampling(now.get(key, Sampling()), edit)}
    session.settings = session.change(sampling=sampling)


def _value(cast: Cast, edit: Edit) -> str:
    if edit.kind == "setting":
        return cast.setting or "nothing"
    assert edit.member is not None
    player = cast[edit.member]
    owner: Any = player if edit.kind == "part" else player.persona
    value = getattr(owner, edit.field)
    if edit.entry:
        value = value.get(edit.entry)
    if isinstance(value, tuple):
        return f"[{', '.join(value)}]"
    return str(value or "nothing")


def _show_settings(desk: Desk) -> None:
    settings = desk.session.settings
    lines = [str(edit) for edit in settings.edits]
    lines += [f"{who}: {sampling_line(one)}" for who, one in settings.sampling.items()]
    lines += [f"model of {_whose(key)}: {name}" for key, name in settings.models.items()]
    desk.screen.show(note("\n".join(lines) or "nothing is changed yet; /set KEY=VALUE changes it"))


async def _model(desk: Desk, text: str) -> None:
    session = desk.session
    if not text:
        _show_models(desk)
        return
    key, equals, name = text.partition("=")
    if not equals or "/" in key:
        key, name = EVERYBODY, text
    elif key not in SPECIAL:
        key = member_of(key, session.cast).name
    settings = session.change(models=_models(session.settings, key, name.strip()))
    endpoint = _endpoint(session, settings, key)
    await endpoint.prepare()  # a model that can't be used leaves everything as it was
    session.settings = settings
    desk.screen.show(
        note(f"{_whose(key)} from now on: {endpoint.name}; /again hears the last reply")
    )


def _models(settings: Settings, key: str, name: str) -> dict[str, str]:
    """Return the choices of models with one more; one for everybody replaces those of members."""
    kept = settings.models
    if key == EVERYBODY:
        kept = {role: model for role, model in kept.items() if role in SPECIAL}
    return {**kept, key: name}


def _endpoint(session: Session, settings: Settings, key: str) -> Any:
    if key in SPECIAL:
        return session.voices.endpoint(key, settings)
    player = session.focus if key == EVERYBODY else session.cast[key]
    return session.voices.endpoints(player, settings)[0]


def _whose(key: str) -> str:
    return "everybody" if key == EVERYBODY else key


def _show_models(desk: Desk) -> None:
    session = desk.session
    lines = []
    for player in session.cast.players:
        if player.name != YOU:
            names = [one.name for one in session.voices.endpoints(player, session.settings)]
            lines.append(f"{player.name}: {', '.join(names)}")
    lines.append(f"critic: {session.voices.endpoint('critic', session.settings).name}")
    desk.screen.show(note("\n".join(lines)))


async def _as(desk: Desk, text: str) -> None:
    session = desk.session
    if text in ("", "-", "nobody"):
        session.settings = session.change(you=None)
        desk.screen.show(note("you watch: /step and /go let the agents speak"))
        return
    player = member_of(text, session.cast)
    session.settings = session.change(you=player.name)
    desk.screen.show(note(f"you speak for {player.name} from now on"))


async def _edit(desk: Desk, text: str) -> None:
    """Change a whole sheet in the user's editor, or a single key as /set does."""
    session = desk.session
    if "=" in text:
        await _set(desk, text.removeprefix("persona "))
        return
    player = session.focus if text in ("", "persona") else member_of(text, session.cast)
    before = yaml.safe_dump(
        player.persona.model_dump(mode="json", exclude_defaults=True),
        sort_keys=False,
        allow_unicode=True,
        width=96,
    )
    after = await desk.screen.compose(before, suffix=".yaml")
    if after == before:
        desk.screen.show(note("nothing is changed"))
        return
    persona = _parsed(after)
    kept = [e for e in session.settings.edits if (e.kind, e.member) != ("persona", player.name)]
    personas = {**session.settings.personas, player.name: persona}
    settings = session.change(edits=tuple(kept), personas=personas)
    await _take(desk, settings, player.name, f"{player.name} is changed")


def _parsed(text: str) -> Persona:
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"not YAML: {str(error).splitlines()[0]}") from error
    try:
        return validate(Persona, Document(Path(), data, {}))
    except InputError as error:
        raise InputError([replace(fault, file=None) for fault in error.faults]) from None


async def _reload(desk: Desk, text: str) -> None:
    if not await reload_files(desk):
        desk.screen.show(note("the files have not changed"))


async def _watch(desk: Desk, text: str) -> None:
    if text not in ("", "on", "off"):
        raise InputError(f"/watch takes on or off; not {text!r}")
    desk.watching = text != "off"
    files = ", ".join(str(file) for file in desk.session.scene.sources)
    what = f"a change of {files} is heard at once" if desk.watching else "no file is watched"
    desk.screen.show(note(what))


async def reload_files(desk: Desk) -> bool:
    """Read the files of the cast again, hear the last reply anew, and return whether they differ.

    Raises:
        InputError: a file has a fault; everything stays as it was.
    """
    session = desk.session
    now = session.settings.base or session.scene.cast
    base = desk.rebuild().cast
    if [player.name for player in now.players] != [player.name for player in base.players]:
        raise InputError("the scenario has another cast now: begin a new session")
    changed = [new.name for old, new in zip(now.players, base.players, strict=True) if old != new]
    if not changed and base.setting == now.setting:
        return False
    personas = {k: v for k, v in session.settings.personas.items() if k not in changed}
    settings = session.change(base=base, personas=personas)
    member = changed[0] if len(changed) == 1 else None
    what = ", ".join(changed) or "the setting"
    await _take(desk, settings, member, f"{printable(what)} changed on disk")
    return True


def _setting_words(session: Session, typed: str) -> Iterable[str]:
    if "=" in typed:
        return ()
    return [f"{key}=" for key in keys_of(session.cast, session.scene.focus)]


def _model_words(session: Session, typed: str) -> Iterable[str]:
    members = [player.name for player in session.cast.players if player.name != YOU]
    prefixes = [f"{name}=" for name in (*members, *SPECIAL)]
    providers = [f"{name}/" for name in CLIENTS.names()]
    head, equals, _ = typed.partition("=")
    return [f"{head}={name}" for name in providers] if equals else [*prefixes, *providers]


def _members(session: Session, typed: str) -> Iterable[str]:
    return [*(player.name for player in session.cast.players), "nobody"]


def _edit_words(session: Session, typed: str) -> Iterable[str]:
    members = [player.name for player in session.cast.players if player.name != YOU]
    return ["persona", *members, *_setting_words(session, typed)]


CHANGE = (
    Command(
        "set",
        "set [[NAME.]KEY=VALUE]",
        "change a trait, style, goal, fact … and hear the last reply again; or a sampling setting",
        _set,
        "KEY is one of /persona's, like traits.temper, style, goal, knows.order_number; `setting`; "
        "or a sampling setting, like temperature. An empty VALUE takes it away; += adds to a list. "
        "NAME is a member; without it the persona under debug is meant, and everybody for sampling."
        "\nExamples: /set traits.temper=calm, /set support_agent.goal=Say no, /set temperature=0.2",
        _setting_words,
    ),
    Command(
        "edit",
        "edit [NAME | KEY=VALUE]",
        "change a whole sheet in $EDITOR and hear the last reply again",
        _edit,
        "NAME is a member; `persona` or nothing means the persona under debug.",
        _edit_words,
    ),
    Command(
        "model",
        "model [[NAME=]PROVIDER/MODEL]",
        "show the models, or give everybody, a member, or the critic another",
        _model,
        "Examples: /model ollama/llama3.2, /model critic=openai/gpt-4o-mini",
        _model_words,
    ),
    Command(
        "as",
        "as [NAME | nobody]",
        "speak for another member from now on, or only watch",
        _as,
        words=_members,
    ),
    Command(
        "reload",
        "reload",
        "read the files of the cast again and hear the last reply anew",
        _reload,
        "/watch does so whenever a file changes. What /set changed stays.",
    ),
    Command(
        "watch",
        "watch [on | off]",
        "hear the last reply anew whenever a file of the cast changes, as --watch does",
        _watch,
        words=lambda session, typed: ("on", "off"),
        changes=False,
    ),
)
