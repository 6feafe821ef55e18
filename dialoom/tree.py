"""The tree while it grows: light nodes with parent links, turned into OASST messages at the end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from dialoom.messages import Label, Message, MessageTree, Role
from dialoom.verdicts import EvaluatorFailure, Verdict

__all__ = [
    "BranchFailure",
    "GrownTree",
    "MessageNotes",
    "Node",
    "Prefix",
    "TerminationReason",
    "TreeRecord",
    "nodes",
    "path_to",
    "take_apart",
]


class TerminationReason(StrEnum):
    """Why a thread has no further turn. Decided out of band, never by a word in the text."""

    GOAL_REACHED = "goal_reached"
    """The goal check says that the prompter's goal is met."""
    FAREWELL = "farewell"
    """Both sides have taken their leave."""
    MAX_TURNS = "max_turns"
    LOOP = "loop"
    """The speakers repeat themselves."""
    REFUSED = "refused"
    """The assistant declines again and again."""
    HOPELESS = "hopeless"
    """No candidate of a turn was fit to continue from."""
    MODEL_ERROR = "model_error"
    """The model gave no reply; the failure is recorded beside it."""


@dataclass(slots=True, eq=False)
class Node:
    """One message of a growing tree.

    A node knows its parent, so a thread is a walk upwards and siblings are exact
    counterfactuals: they share every earlier node by identity.
    """

    message_id: str
    parent: "Node | None"
    speaker: str
    """Name of the cast member."""
    role: Role
    text: str
    candidate: int = 0
    """Place among its siblings as asked for; the path of candidates names a node."""
    model: str | None = None
    """The model that wrote it, as `provider/model`; None for authored text."""
    seed: int | None = None
    finish_reason: str = "stop"
    """As the model gave it: stop, length, content_filter, unknown."""
    thought: str | None = None
    """Reasoning the model gave apart from the text."""
    call_key: str | None = None
    """The model call in the run's journal that gave this text."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    verdicts: list[Verdict] = field(default_factory=list)
    failures: list[EvaluatorFailure] = field(default_factory=list)
    labels: dict[str, Label] = field(default_factory=dict)
    score: float | None = None
    """0 to 1, what siblings are ranked by; None when nothing judged the message."""
    rank: int | None = None
    basis: str = ""
    """What the score rests on: `heuristics`, `critic` or `heuristics+critic`."""
    rejected: bool = False
    """True when it is unfit for training; it stays in the tree with review_result false."""
    termination: TerminationReason | None = None
    """Set on leaves only."""
    termination_detail: str = ""
    children: list["Node"] = field(default_factory=list)
    message: Message | None = None
    """The message of a file that it stands for; None for what was drawn or authored."""
    views: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    """The history up to here as each speaker sees it; filled by `dialoom.agents.view`."""
    path: tuple[int, ...] = field(init=False)
    """The candidate numbers from the root to here."""

    def __post_init__(self) -> None:
        before = () if self.parent is None else self.parent.path
        self.path = (*before, self.candidate)

    @property
    def depth(self) -> int:
        """0 at the root."""
        return len(self.path) - 1


@dataclass(frozen=True, slots=True)
class Prefix:
    """The part of a tree that is there before anything is drawn; its nodes have a `message`."""

    root: Node
    ends: tuple[Node, ...]
    """The prompter's messages that get replies, parents first; other fixed messages may follow."""
    keep_replies: bool = False
    """Whether the fixed replies to an end are judged and ranked with those drawn."""
    turns: int = 0
    """Messages that may be drawn after the reply."""


@dataclass(frozen=True, slots=True)
class BranchFailure:
    """A turn that could not be sampled: what it cost and what is needed to try again."""

    tree: int
    path: tuple[int, ...]
    """The path of the message that got no reply; empty when the opening failed."""
    speaker: str
    model: str
    error: str
    """Name of the error's class."""
    message: str
    seeds: tuple[int, ...] = ()
    """Of the candidates that were asked for and not had."""


@dataclass(slots=True)
class GrownTree:
    """A finished tree with what OASST has no field for."""

    number: int
    """Which tree of the run this is, from 0."""
    root: Node
    variables: dict[str, Any]
    systems: dict[str, str]
    """The system prompt of each speaker as it was sent."""
    roles: dict[str, Role]
    failures: list[BranchFailure] = field(default_factory=list)
    drafts: tuple[str, ...] = ()
    """Openings that were drawn where a repeat is drawn anew; the last is the root's."""


@dataclass(frozen=True, slots=True)
class MessageNotes:
    """What OASST has no field for, of one message."""

    speaker: str
    model: str | None = None
    seed: int | None = None
    finish_reason: str = "stop"
    thought: str | None = None
    call_key: str | None = None
    candidate: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    score: float | None = None
    basis: str = ""
    verdicts: tuple[Verdict, ...] = ()
    failures: tuple[EvaluatorFailure, ...] = ()
    termination: TerminationReason | None = None
    termination_detail: str = ""


@dataclass(frozen=True, slots=True)
class TreeRecord:
    """A finished tree as it is kept and exported; from a foreign file, with the tree alone."""

    tree: MessageTree
    number: int = 0
    notes: Mapping[str, MessageNotes] = field(default_factory=dict)
    """By message_id; empty for a tree that dialoom did not make."""
    systems: Mapping[str, str] = field(default_factory=dict)
    """The system prompt of each speaker (`Message.user_id`)."""
    variables: Mapping[str, Any] = field(default_factory=dict)
    failures: tuple[BranchFailure, ...] = ()
    drafts: tuple[str, ...] = ()
    """See `GrownTree.drafts`."""


def path_to(node: Node) -> list[Node]:
    """Return the nodes from the root to `node`, in order."""
    thread = []
    step: Node | None = node
    while step is not None:
        thread.append(step)
        step = step.parent
    thread.reverse()
    return thread


def take_apart(root: Node) -> None:
    """Part the nodes of a tree that nobody needs any more, so that their memory is free at once.

    A tree is full of rings, which only the garbage collector would find, in its own time.
    """
    for node in list(nodes(root)):
        node.parent = None
        node.children = []


def nodes(root: Node) -> Iterator[Node]:
    """Yield every node, parents before children, siblings in the order they were asked for."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(node.children))
