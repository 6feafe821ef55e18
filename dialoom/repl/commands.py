"""All commands by name, and doing what a typed line asks for."""

from collections.abc import Iterable, Iterator, Mapping

from rich.text import Text

from dialoom.errors import InputError
from dialoom.repl.command import Command, Desk
from dialoom.repl.commands_change import CHANGE
from dialoom.repl.commands_judge import JUDGE
from dialoom.repl.commands_keep import KEEP
from dialoom.repl.commands_look import LOOK
from dialoom.repl.commands_move import MOVE
from dialoom.repl.commands_probe import PROBE
from dialoom.repl.commands_talk import TALK
from dialoom.repl.session import Session
from dialoom.repl.speaking import converse
from dialoom.repl.views import block
from dialoom.spec import nearest

__all__ = ["COMMANDS", "completions", "perform"]

WRITING = """\
Text without a slash is what you say; //text says /text. Several lines: end a line with \\,
or put the text between lines of \"\"\", or press Alt-Enter."""


async def perform(desk: Desk, line: str) -> None:
    """Do what a line asks for: a command, or words of yours.

    Raises:
        InputError: there is no such command, or it can't be done.
        ModelError: a model gave no answer.
        ExportError: a file can't be written.
    """
    line = line.strip()
    if not line:
        return
    before = desk.session.moment()
    try:
        if not line.startswith("/") or line.startswith("//"):
            await converse(desk, line.removeprefix("/"))
            return
        name, _, rest = line[1:].partition(" ")
        command = _named(name.strip())
        await command.run(desk, rest.strip())
        if not command.changes:
            before = desk.session.moment()
    finally:
        desk.session.keep(before)


def _named(name: str) -> Command:
    if name in COMMANDS:
        return COMMANDS[name]
    alike = [known for known in COMMANDS if name and known.startswith(name)]
    if len(alike) == 1:
        return COMMANDS[alike[0]]
    hint = nearest(f"/{name}", [f"/{known}" for known in COMMANDS]) or "; /help lists all"
    if alike:
        hint = f"; it could be {', '.join(f'/{known}' for known in alike)}"
    raise InputError(f"there is no command /{name}{hint}")


def completions(session: Session, typed: str) -> Iterator[tuple[str, str]]:
    """Yield what a line that is being typed may go on to, with what each means.

    Yields:
        Replacements of the last word, those that begin like it first.
    """
    if not typed.startswith("/") or typed.startswith("//"):
        return
    head, space, rest = typed[1:].partition(" ")
    if not space:
        for command in COMMANDS.values():
            if command.name.startswith(head):
                yield f"/{command.name}", command.summary
        return
    if head in COMMANDS:
        word = rest.rpartition(" ")[2]
        found = dict.fromkeys(COMMANDS[head].words(session, word))
        yield from ((one, "") for one in found if one.startswith(word))
        yield from ((one, "") for one in found if word in one and not one.startswith(word))


async def _help(desk: Desk, text: str) -> None:
    width = desk.screen.width
    if text:
        command = _named(text.removeprefix("/"))
        lines = [Text(f"/{command.usage}", style="bold"), block(command.summary, width=width)]
        if command.details:
            lines.append(block(command.details, width=width))
        desk.screen.show(Text("\n").join(lines))
        return
    longest = max(len(command.usage) for command in COMMANDS.values()) + 3
    for command in COMMANDS.values():
        head = Text(f"/{command.usage}".ljust(longest), style="bold")
        tail = block(command.summary, width=width, margin=longest)
        desk.screen.show(head.append(tail[longest:].plain, style="not bold"))
    desk.screen.show(Text(WRITING, style="dim"))


async def _quit(desk: Desk, text: str) -> None:
    desk.done = True


def _command_words(session: Session, typed: str) -> Iterable[str]:
    return COMMANDS


OTHER = (
    Command(
        "help",
        "help [COMMAND]",
        "list the commands, or explain one",
        _help,
        words=_command_words,
        changes=False,
    ),
    Command("quit", "quit", "leave; so does Ctrl-D", _quit, changes=False),
)

COMMANDS: Mapping[str, Command] = {
    command.name: command
    for command in (*TALK, *MOVE, *LOOK, *CHANGE, *JUDGE, *PROBE, *KEEP, *OTHER)
}
"""In the order in which `/help` lists them."""
