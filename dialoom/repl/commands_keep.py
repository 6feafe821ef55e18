"""Commands that write files: the tree, training rows, the persona as it is now."""

import re
from collections.abc import Iterable
from pathlib import Path

import yaml

from dialoom.errors import InputError
from dialoom.exporters.base import EXPORTERS, write_lines
from dialoom.exporters.oasst import Oasst
from dialoom.personas.model import Persona
from dialoom.repl.command import Command, Desk
from dialoom.repl.keeping import records, records_as_now
from dialoom.repl.script import script_files
from dialoom.repl.session import Session
from dialoom.repl.views import note
from dialoom.spec import Choice
from dialoom.wording import counted

__all__ = ["KEEP", "save_tree"]

YAML = (".yaml", ".yml")
FORCE = "-f "
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


async def _save(desk: Desk, text: str) -> None:
    path = _target(desk, text, "/save talk.jsonl")
    if path.suffix in YAML:
        _write_persona(desk, path)
        return
    count = save_tree(desk, path)
    desk.written.add(path)
    desk.screen.show(note(f"{count} messages in {path}"))


def save_tree(desk: Desk, path: Path) -> int:
    """Write everything said as Open-Assistant trees, one a line, and return how many messages.

    Raises:
        InputError: nothing is said yet.
        ExportError: the file can't be written.
    """
    session = desk.session
    if not session.talk.roots:
        raise InputError("nothing is said yet")
    write_lines(path, Oasst().lines(records(session)))
    desk.saved = len(session.talk)
    return desk.saved


async def _export(desk: Desk, text: str) -> None:
    name, _, rest = text.partition(" ")
    if not name:
        raise InputError(f"say as what: /export sft rows.jsonl; there are {_known()}")
    exporter = EXPORTERS.make(Choice(name, (), {}))
    path = _target(desk, rest.strip(), f"/export {name} rows.jsonl")
    kept = records_as_now(desk.session)
    rows = write_lines(path, exporter.lines(kept.records))
    desk.written.add(path)
    desk.screen.show(note(f"{counted(rows, 'row')} in {path}"))
    for reason, count in exporter.dropped.items():
        desk.screen.show(note(f"  left out: {reason} ({count})"))
    if kept.left_out:
        desk.screen.show(
            note(f"  left out: {kept.left_out} messages drawn under an earlier sheet or after such")
        )


async def _script(desk: Desk, text: str) -> None:
    path = Path(text).expanduser()
    if not NAME.fullmatch(path.name):
        raise InputError("name the conversation, like /script late_parcel: letters, digits and `_`")
    files = await script_files(desk.session, path.name)
    targets = {path.parent / name: content for name, content in files.items()}
    for target in targets:
        if target.exists() and target not in desk.written:
            raise InputError(f"{target} is there already; choose another name")
    for target, content in targets.items():
        write_lines(target, content.encode().splitlines())
        desk.written.add(target)
    desk.screen.show(note("\n".join(str(target) for target in targets)))
    desk.screen.show(note(f"simulate {path}.yaml draws it anew; pytest replays it as it went"))


def _known() -> str:
    return ", ".join(EXPORTERS.names())


def _target(desk: Desk, text: str, example: str) -> Path:
    """Return the file to write; one that stood there before the session is not written over.

    Raises:
        InputError: no file is named, or it is there already.
    """
    force = text.startswith(FORCE)
    name = text.removeprefix(FORCE).strip()
    if not name:
        raise InputError(f"name a file, like {example}")
    path = Path(name).expanduser()
    if path.exists() and not force and path not in desk.written:
        raise InputError(f"{path} is there already; {example.split()[0]} {FORCE}… writes over it")
    return path


def _write_persona(desk: Desk, path: Path) -> None:
    persona = desk.session.focus.persona
    values = persona.model_dump(mode="json", exclude_defaults=True) | {"name": path.stem}
    try:
        Persona.model_validate(values)
    except ValueError as error:
        raise InputError(
            f"{path.stem!r} can't be a persona's name: letters, digits and `_`"
        ) from error
    text = yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=96)
    write_lines(path, text.encode().splitlines())
    desk.written.add(path)
    desk.screen.show(note(f"the sheet of {desk.session.focus.name} as it is now, in {path}"))


def _export_words(session: Session, typed: str) -> Iterable[str]:
    return EXPORTERS.names()


KEEP = (
    Command(
        "save",
        "save FILE",
        "write the whole tree as Open-Assistant's trees.jsonl; FILE.yaml writes the persona",
        _save,
        "A file that is there already is left alone, unless this session wrote it: /save -f FILE.",
        changes=False,
    ),
    Command(
        "export",
        "export FORMAT FILE",
        "write training rows, like sft or dpo",
        _export,
        "Rows carry the sheet as it is now, so messages drawn under an earlier one are left out. "
        "/rank and /pick make the preferences of dpo.",
        _export_words,
        changes=False,
    ),
    Command(
        "script",
        "script NAME",
        "write the conversation up to here as a scenario, a script that replays it, and a test",
        _script,
        "NAME.yaml runs on any model; NAME.script.yaml makes a scripted one say what was said; "
        "test_NAME.py is for pytest.",
        changes=False,
    ),
)
