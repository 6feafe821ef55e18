"""Rows brought in as trees, for tests of imports."""

import json
from pathlib import Path
from typing import Any

from dialoom.build.importing import Imported, ImportOptions, import_files
from dialoom.imports.oasst import read_records
from dialoom.messages import Message
from dialoom.tree import TreeRecord

__all__ = ["Outline", "brought", "outline", "talk", "turn"]

Outline = tuple[str, str, int | None, list[Any]]


def brought(folder: Path, *rows: Any, **options: Any) -> tuple[list[TreeRecord], Imported]:
    """Return the trees that rows become, and what the import says of itself."""
    source, out = folder / "rows.jsonl", folder / "trees.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    done = import_files([str(source)], out, ImportOptions(**options))
    return list(read_records(out)), done


def outline(record: TreeRecord) -> list[Outline]:
    """Return a tree as role, text, rank and replies, nested."""

    def of(message: Message) -> Outline:
        return (message.role, message.text, message.rank, [of(r) for r in message.replies or ()])

    return [of(record.tree.prompt)] if record.tree.prompt else []


def turn(role: str, content: Any) -> dict[str, Any]:
    return {"role": role, "content": content}


def talk(*contents: str) -> dict[str, Any]:
    """Return a row of messages in turn, the user's first."""
    sides = ("user", "assistant") * len(contents)
    return {"messages": [turn(*one) for one in zip(sides, contents, strict=False)]}
