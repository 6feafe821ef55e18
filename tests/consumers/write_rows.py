"""Writes every row format from a trees file, for the checks by consumers' code beside this file.

python tests/consumers/write_rows.py TREES.jsonl FOLDER
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dialoom.exporters.base import EXPORTERS, export
from dialoom.imports.oasst import read_records
from dialoom.messages import Label, Message, MessageTree
from dialoom.spec import Choice
from dialoom.tree import TreeRecord

WHOLE: dict[str, dict[str, Any]] = {
    "openai": {"branches": "all"},
    "reward": {"policy": "all", "max_pairs": 6},
    "swift": {"branches": "all"},
    "xtuner": {"branches": "all"},
}
"""Options that make more of a file's rows than the defaults do."""


def main() -> None:
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    for name in EXPORTERS.names():
        write(name, WHOLE.get(name, {}), source, folder)
    write("sft", {"branches": "all", "system": "fold"}, source, folder / "last_turn")
    write("dpo", {"policy": "adjacent", "max_pairs": 6}, source, folder / "last_turn")


def write(name: str, options: dict[str, Any], source: Path, folder: Path) -> None:
    exporter = EXPORTERS.make(Choice(name, (), options))
    counts = export(folder, [exporter], records(source))
    print(name, counts, dict(exporter.dropped), exporter.figures())


def records(source: Path) -> Iterator[TreeRecord]:
    """Yield each tree of a file as it is, and once more as if a run had scored it."""
    systems = {"assistant": "You are a helpful assistant."}
    for record in read_records(source):
        yield record
        yield TreeRecord(_scored(record.tree), systems=systems)


def _scored(tree: MessageTree) -> MessageTree:
    assert tree.prompt is not None
    return tree.model_copy(update={"prompt": _with_scores(tree.prompt, 1.0), "origin": "check"})


def _with_scores(message: Message, score: float) -> Message:
    replies = [
        _with_scores(reply, max(0.0, 0.9 - 0.25 * place))
        for place, reply in enumerate(message.replies or ())
    ]
    return message.model_copy(
        update={
            "text": f"{message.text} (as scored)",
            "labels": {"score": Label(value=score, count=1)},
            "review_result": score > 0.2,
            "replies": replies,
        }
    )


if __name__ == "__main__":
    main()
