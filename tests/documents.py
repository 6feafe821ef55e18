"""Documents taken apart: fenced blocks with the notes above them, command lines, tables, links."""

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

__all__ = [
    "DOCUMENTS",
    "ROOT",
    "Block",
    "Call",
    "anchors",
    "blocks",
    "calls",
    "key_tables",
    "links",
    "section",
]

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    file.relative_to(ROOT).as_posix()
    for file in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
)

NOTE = re.compile(r"<!-- (?P<kind>[a-z ]+?): (?P<rest>.*?) -->")
FENCE = re.compile(r"^(?P<margin> *)```(?P<language>\w*)$")


class Block(NamedTuple):
    """A fenced block."""

    place: str
    """File and line, for messages."""
    language: str
    text: str
    notes: Mapping[str, str]
    """From the comments right above: `<!-- file: trip.yaml -->`, `<!-- parsed only: why -->`."""


class Call(NamedTuple):
    """A command line of a block and the output that is shown for it."""

    words: list[str]
    shown: str
    """Empty when none is shown."""


def blocks(text: str, name: str) -> Iterator[Block]:
    """Yield the fenced blocks of a document, in order.

    Args:
        text: The document.
        name: Its file, for messages.
    """
    notes: dict[str, str] = {}
    lines = enumerate(text.splitlines(), start=1)
    for number, line in lines:
        if fence := FENCE.match(line):
            margin = len(fence["margin"])
            inside = []
            for _, content in lines:
                if content.strip() == "```":
                    break
                inside.append(content[margin:])
            body = "".join(f"{content}\n" for content in inside)
            yield Block(f"{name}:{number}", fence["language"], body, notes)
            notes = {}
        elif note := NOTE.match(line):
            notes = {**notes, note["kind"]: note["rest"]}
        elif line.strip():
            notes = {}


def calls(block: Block) -> list[Call]:
    """Return the command lines of a `sh` block, or those behind `$ ` in a `console` block."""
    if block.language == "sh":
        lines = block.text.replace("\\\n", " ").splitlines()
        return [Call(words, "") for line in lines for words in _commands(line)]
    found: list[Call] = []
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        line, _, shown = part.replace("\\\n", " ").partition("\n")
        *before, last = _commands(line)
        found += [Call(words, "") for words in before]
        found.append(Call(last, shown.strip()))
    return found


def _commands(line: str) -> list[list[str]]:
    words = shlex.split(line, comments=True)
    commands: list[list[str]] = [[]]
    for word in words:
        if word == "&&":
            commands.append([])
        else:
            commands[-1].append(word)
    return [command for command in commands if command]


def key_tables(text: str) -> dict[str, dict[str, str]]:
    """Return the defaults that tables under `<!-- keys: NAME -->` give, by name and key."""
    tables: dict[str, dict[str, str]] = {}
    for found in re.finditer(r"<!-- keys: (\w+) -->\n((?:\|.*\n)+)", text):
        head, _, *lines = (line.strip("| ").split(" | ") for line in found[2].splitlines())
        place = head.index("default")
        tables[found[1]] = {line[0].strip("`"): line[place].strip("`") for line in lines}
    return tables


def section(text: str, title: str) -> str:
    """Return what stands under a heading of the second level; empty when there is none."""
    _, _, rest = f"\n{text}".partition(f"\n## {title}\n")
    return rest.partition("\n## ")[0]


def links(text: str) -> list[str]:
    """Return the targets of a document's links and pictures, those in fenced blocks left out."""
    prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)\)", prose)


def anchors(text: str) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ +(.+)$", prose, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
