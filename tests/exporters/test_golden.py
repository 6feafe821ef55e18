"""Whole rows of every format, kept in golden/; `UPDATE_GOLDEN=1 pytest` writes them anew."""

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dialoom.exporters.base import EXPORTERS, export
from dialoom.messages import Label
from dialoom.records import record_of
from dialoom.spec import Choice
from dialoom.tree import GrownTree, Node, TreeRecord
from dialoom.verdicts import Verdict

GOLDEN = Path(__file__).parent / "golden"
OPTIONS: dict[str, dict[str, Any]] = {
    "openai": {"branches": "all"},
    "swift": {"branches": "top_k", "k": 2},
    "xtuner": {"branches": "all", "system": "fold"},
    "ranked": {"system": "none"},
    "alpaca": {"branches": "all", "target": "last_turn"},
    "reward": {"policy": "all", "max_pairs": 9},
}


def node(parent: Node | None, speaker: str, text: str, **fields: Any) -> Node:
    role: Any = "assistant" if speaker == "clerk" else "prompter"
    name = f"{parent.message_id}.{len(parent.children)}" if parent else "0"
    child = Node(name, parent, speaker, role, text, **fields)
    if parent is not None:
        parent.children.append(child)
    return child


def scored(parent: Node, text: str, score: float, rank: int | None, *found: Verdict) -> Node:
    return node(
        parent,
        "clerk",
        text,
        model=f"scripted/{'one' if rank == 0 else 'two'}",
        score=score,
        rank=rank,
        basis="heuristics+critic",
        labels={"score": Label(value=score, count=1), "quality": Label(value=score, count=1)},
        verdicts=list(found),
        rejected=score == 0,
    )


def verdict(name: str, value: float, reason: str, kind: Any, **fields: Any) -> Verdict:
    return Verdict(name, value, reason, evaluator=name, version="1", kind=kind, **fields)


def run_tree() -> TreeRecord:
    root = node(None, "ada", "My parcel is late.\n")
    best = scored(
        root, " I am sorry. “Which” number? ", 0.9, 0, verdict("quality", 1, "Kind.", "critic")
    )
    scored(root, "What parcel?", 0.5, 1, verdict("quality", 0.5, "Curt.", "critic"))
    echo = verdict("echo", 1, "Repeats “late”.", "heuristic", severity="hopeless", weight=1)
    scored(root, "Your parcel is late.", 0.0, 2, echo)
    answer = node(best, "ada", "AB123.", model="scripted/user")
    scored(answer, "It arrives on Monday.", 0.8, 0)
    scored(answer, "It comes on Monday, promised.", 0.8, None)
    scored(answer, "No idea.", 0.2, 1)
    grown = GrownTree(
        number=3,
        root=root,
        variables={"parcel": "AB123"},
        systems={"ada": "You are Ada, a customer.", "clerk": "You are a patient clerk."},
        roles={"ada": "prompter", "clerk": "assistant"},
    )
    created = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    return record_of(grown, created=created, origin="dialoom golden", languages={"clerk": "en"})


@pytest.mark.parametrize("name", EXPORTERS.names())
def test_rows_of_a_run_are_the_golden_ones(name: str, tmp_path: Path) -> None:
    exporter = EXPORTERS.make(Choice(name, (), OPTIONS.get(name, {})))
    target = GOLDEN if os.environ.get("UPDATE_GOLDEN") else tmp_path

    files = list(export(target, [exporter], [run_tree()]))

    assert files
    for file in files:
        assert content(target / file) == content(GOLDEN / file)


def content(path: Path) -> str:
    packed = path.read_bytes()
    return (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode()
