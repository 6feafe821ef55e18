"""Messages and message trees in Open-Assistant's export format, field for field.

Source: `oasst_data/schemas.py` of Open-Assistant (ExportMessageNode, ExportMessageTree) and
`oasst_shared/schemas/protocol.py` (TextLabel). Every node is written with all 20 keys, nulls
included, since readers on pydantic 2 treat absent keys as missing.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dialoom.errors import Fault, InputError

__all__ = [
    "FLAG_LABELS",
    "LIKERT_LABELS",
    "OASST_LABELS",
    "Detoxify",
    "Label",
    "Message",
    "MessageTree",
    "Role",
    "Thread",
    "messages",
    "parse_tree",
    "read_trees",
    "threads",
    "tree_line",
]

Role = Literal["prompter", "assistant"]

FLAG_LABELS = (
    "spam",
    "fails_task",
    "lang_mismatch",
    "pii",
    "not_appropriate",
    "hate_speech",
    "sexual_content",
    "moral_judgement",
    "political_content",
)
"""OASST labels that one rater answers with 0 or 1."""

LIKERT_LABELS = ("quality", "toxicity", "humor", "helpfulness", "creativity", "violence")
"""OASST labels that one rater answers on five points: 0, .25, .5, .75, 1."""

OASST_LABELS = FLAG_LABELS + LIKERT_LABELS

Unit = Annotated[float, Field(ge=0, le=1)]


class _Export(BaseModel):
    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class Label(_Export):
    """The mean of all raters' values for one label, and how many gave one."""

    value: Unit | None = None
    count: int = Field(ge=0)


class Detoxify(_Export):
    """Scores of the Detoxify classifier, 0 to 1; all seven or none."""

    toxicity: float
    severe_toxicity: float
    obscene: float
    identity_attack: float
    insult: float
    threat: float
    sexual_explicit: float


class Message(_Export):
    """One message of a tree with its replies (OASST ExportMessageNode)."""

    message_id: str
    parent_id: str | None = None
    """Null at the root."""
    user_id: str | None = None
    """The author; dialoom writes the name of the cast member who spoke."""
    created_date: datetime | None = None
    text: str
    role: Role
    lang: str | None = None
    """BCP 47, like `en` or `pt-BR`."""
    review_count: int | None = None
    review_result: bool | None = None
    """True accepted, false rejected, null undecided."""
    deleted: bool | None = None
    rank: int | None = None
    """0 is best among its siblings; null is unranked."""
    synthetic: bool | None = None
    model_name: str | None = None
    emojis: dict[str, int] | None = None
    replies: list["Message"] | None = None
    """By rank, best first; unranked last. A leaf has none."""
    labels: dict[str, Label] | None = None
    events: dict[str, list[dict[str, Any]]] | None = None
    detoxify: Detoxify | None = None
    message_tree_id: str | None = None
    """Null inside a tree; set in flat message files."""
    tree_state: str | None = None


class MessageTree(_Export):
    """A prompt and everything said in reply to it (OASST ExportMessageTree)."""

    message_tree_id: str
    tree_state: str | None = None
    prompt: Message | None = None
    origin: str | None = None


Thread = tuple[Message, ...]
"""The messages from the prompt to one message, in order."""


def messages(tree: MessageTree) -> Iterator[Message]:
    """Yield every message of a tree, parents before replies, in the order of the file."""
    pending = [tree.prompt] if tree.prompt else []
    while pending:
        message = pending.pop()
        yield message
        pending.extend(reversed(message.replies or ()))


def threads(tree: MessageTree) -> Iterator[Thread]:
    """Yield the thread to each leaf, in the order of the file."""
    pending: list[Thread] = [(tree.prompt,)] if tree.prompt else []
    while pending:
        thread = pending.pop()
        replies = thread[-1].replies
        if replies:
            pending.extend((*thread, reply) for reply in reversed(replies))
        else:
            yield thread


def tree_line(tree: MessageTree) -> str:
    """Return the tree as one line of JSON, all keys of every node written."""
    return tree.model_dump_json()


def read_trees(path: Path) -> Iterator[MessageTree]:
    """Yield the trees of an OASST `.jsonl` file, one a line.

    Raises:
        InputError: a line is not a tree; the message names file, line and field.
    """
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                yield parse_tree(line, file=path, number=number)
    except OSError as error:
        raise InputError(Fault(error.strerror or str(error), path)) from error


def parse_tree(
    line: bytes | str, *, file: Path | None = None, number: int | None = None
) -> MessageTree:
    """Return the tree that one line of a file holds.

    Raises:
        InputError: the line is not a tree.
    """
    try:
        return _validated(line)
    except RecursionError as error:
        raise InputError(Fault("a thread has too many messages", file, number)) from error
    except ValidationError as error:
        if "maximum validation depth" in error.errors()[0]["msg"]:
            raise InputError(Fault("a thread has too many messages", file, number)) from error
        faults = [
            Fault(fault["msg"], file, number, ".".join(str(part) for part in fault["loc"]))
            for fault in error.errors()[:5]
        ]
        if error.errors()[0]["type"] == "json_invalid" or not _is_tree(line):
            faults = [Fault("not an OASST message tree (one JSON object a line)", file, number)]
        raise InputError(faults) from error


def _validated(line: bytes | str) -> MessageTree:
    """Return the tree; pydantic's own JSON reader ends at 100 messages of a thread."""
    try:
        return MessageTree.model_validate_json(line)
    except ValidationError as error:
        if "recursion limit" not in error.errors()[0]["msg"]:
            raise
        return MessageTree.model_validate(json.loads(line))


def _is_tree(line: bytes | str) -> bool:
    document = json.loads(line)
    return isinstance(document, dict) and document.keys() & {"message_tree_id", "message_id"} == {
        "message_tree_id"
    }
