"""Our trees through the schema of Open-Assistant's `oasst_data`, mirrored field for field.

Its models are pydantic 1, where `X | None` without a default is optional; read by pydantic 2 the
same lines make every field required. Both must take our files, and the checks of its readers and
of its training loader hold.
"""

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pydantic
import pytest

from dialoom.exporters.oasst import Oasst
from dialoom.exporters.oasst_messages import OasstMessages
from dialoom.imports.oasst import read_records

GOLDEN = Path(__file__).parent / "golden"
REAL = Path(__file__).parent.parent / "data" / "oasst_en_100_trees.jsonl.gz"


def models(library: Any) -> tuple[Any, Any]:
    """Return ExportMessageNode and ExportMessageTree as this version of pydantic sees them."""

    class LabelAvgValue(library.BaseModel):  # type: ignore[misc]
        value: float | None
        count: int

    class LabelValues(library.BaseModel):  # type: ignore[misc]
        toxicity: float
        severe_toxicity: float
        obscene: float
        identity_attack: float
        insult: float
        threat: float
        sexual_explicit: float

    class ExportMessageNode(library.BaseModel):  # type: ignore[misc]
        message_id: str
        parent_id: str | None
        user_id: str | None
        created_date: datetime | None
        text: str
        role: Literal["prompter", "assistant"]
        lang: str | None
        review_count: int | None
        review_result: bool | None
        deleted: bool | None
        rank: int | None
        synthetic: bool | None
        model_name: str | None
        emojis: dict[str, int] | None
        replies: list["ExportMessageNode"] | None
        labels: dict[str, LabelAvgValue] | None
        events: dict[str, list[dict[str, Any]]] | None
        detoxify: LabelValues | None
        message_tree_id: str | None
        tree_state: str | None

    class ExportMessageTree(library.BaseModel):  # type: ignore[misc]
        message_tree_id: str
        tree_state: str | None
        prompt: ExportMessageNode | None
        origin: str | None

    names = {"ExportMessageNode": ExportMessageNode}
    if library is pydantic:
        ExportMessageNode.model_rebuild(_types_namespace=names)
        return ExportMessageNode.model_validate_json, ExportMessageTree.model_validate_json
    ExportMessageNode.update_forward_refs(**names)
    return ExportMessageNode.parse_raw, ExportMessageTree.parse_raw


def libraries() -> list[Any]:
    if sys.version_info >= (3, 14):  # pydantic.v1 ends with Python 3.13
        return [pydantic]
    from pydantic import v1

    return [pydantic, v1]


def lines() -> Iterator[bytes]:
    yield from (GOLDEN / "trees.jsonl").read_bytes().splitlines()
    yield from Oasst().lines(read_records(REAL))


def walk(node: Any) -> Iterator[Any]:
    yield node
    for reply in node.replies:
        yield from walk(reply)


@pytest.mark.parametrize("library", libraries())
def test_open_assistants_schema_takes_every_tree(library: Any) -> None:
    _, parse = models(library)

    trees = [parse(line) for line in lines()]

    assert len(trees) == 101
    for tree in trees:
        nodes = {node.message_id: node for node in walk(tree.prompt)}
        assert tree.message_tree_id == tree.prompt.message_id
        assert all(node.parent_id in nodes for node in nodes.values() if node is not tree.prompt)
        for node in nodes.values():
            ranks = [reply.rank for reply in node.replies if reply.rank is not None]
            values = [label.value for label in (node.labels or {}).values()]
            assert ranks == sorted(ranks)
            assert all(value is None or 0 <= value <= 1 for value in values)
            assert all(reply.role != node.role for reply in node.replies)


@pytest.mark.parametrize("library", libraries())
def test_open_assistants_schema_takes_every_flat_message(library: Any) -> None:
    parse, _ = models(library)

    found = [parse(line) for line in OasstMessages().lines(read_records(REAL))]

    seen: set[str] = set()
    for message in found:
        assert message.parent_id is None or message.parent_id in seen
        assert message.message_tree_id is not None
        seen.add(message.message_id)
    assert len(seen) == 1167
