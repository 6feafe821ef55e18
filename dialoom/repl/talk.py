"""Everything said in a session: a tree that only grows, with a number for each message."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID, uuid5

from dialoom.errors import InputError
from dialoom.messages import Label, Role
from dialoom.spec import nearest
from dialoom.tree import Node, TerminationReason, nodes
from dialoom.verdicts import EvaluatorFailure, Verdict

__all__ = ["Talk", "TalkCopy"]

NAMESPACE = UUID("0c0b7a32-94a3-4d0f-8f0e-5c1f6a9be0d7")
"""Message ids are version-5 UUIDs under this one, of the parent's id, the place and the text."""


class Marks(NamedTuple):
    """All of a node that changes after it is made."""

    children: tuple[Node, ...]
    verdicts: tuple[Verdict, ...]
    failures: tuple[EvaluatorFailure, ...]
    labels: Mapping[str, Label]
    score: float | None
    rank: int | None
    basis: str
    rejected: bool
    termination: TerminationReason | None
    termination_detail: str


@dataclass(frozen=True, slots=True)
class TalkCopy:
    """A tree as it was at one moment."""

    roots: tuple[Node, ...]
    numbers: Mapping[str, int]
    marks: Mapping[Node, Marks]


class Talk:
    """The message tree of a session. Unlike a run's it may have several openings."""

    def __init__(self, origin: str, roots: Sequence[Node] = ()) -> None:
        """Make a tree.

        Args:
            origin: What tells this session's message ids from those of others.
            roots: What was said before.
        """
        self.origin = origin
        self.roots = list(roots)
        self._numbers: dict[str, int] = {}
        for root in self.roots:
            for node in nodes(root):
                self._numbers[node.message_id] = len(self._numbers) + 1

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[Node]:
        for root in self.roots:
            yield from nodes(root)

    def number(self, node: Node) -> int:
        """Return a message's number, from 1 in the order in which they were said."""
        return self._numbers[node.message_id]

    def siblings(self, node: Node) -> list[Node]:
        """Return all messages in a message's place, itself among them."""
        return self.roots if node.parent is None else node.parent.children

    def replies(self, here: Node | None) -> list[Node]:
        """Return what was said after a message; after None, all openings."""
        return self.roots if here is None else here.children

    def leaves(self) -> list[Node]:
        """Return the last message of every branch, in the order of the tree."""
        return [node for node in self if not node.children]

    def add(self, here: Node | None, speaker: str, role: Role, text: str) -> Node:
        """Append a message after `here` and return it."""
        place = len(self.replies(here))
        before = self.origin if here is None else here.message_id
        message_id = str(uuid5(NAMESPACE, f"{before}/{place}/{speaker}/{text}"))
        node = Node(message_id, here, speaker, role, text, candidate=place)
        self.replies(here).append(node)
        if here is not None:
            here.termination, here.termination_detail = None, ""  # the thread goes on after all
        self._numbers[message_id] = max(self._numbers.values(), default=0) + 1
        return node

    def find(self, reference: str) -> Node:
        """Return the message meant by its number, like `3` or `#3`, or the start of its id.

        Raises:
            InputError: there is none, or several.
        """
        reference = reference.strip().removeprefix("#")
        everything = list(self)
        if reference.isdecimal() and len(reference) < 8:
            for node in everything:
                if self.number(node) == int(reference):
                    return node
        found = [node for node in everything if node.message_id.startswith(reference)]
        if reference and len(found) == 1:
            return found[0]
        if reference and found:
            raise InputError(f"{len(found)} messages have ids that begin with {reference!r}")
        known = [str(self.number(node)) for node in everything]
        last = f"; they go from 1 to {max(map(int, known))}" if known else "; nothing is said yet"
        raise InputError(f"there is no message {reference!r}{nearest(reference, known) or last}")

    def copy(self) -> TalkCopy:
        """Return the tree as it is."""
        return TalkCopy(
            tuple(self.roots), dict(self._numbers), {node: _marks(node) for node in self}
        )

    def restore(self, kept: TalkCopy) -> None:
        """Make the tree what it was."""
        self.roots[:] = kept.roots
        self._numbers = dict(kept.numbers)
        for node, marks in kept.marks.items():
            node.children[:] = marks.children
            node.verdicts, node.failures = list(marks.verdicts), list(marks.failures)
            node.labels, node.score, node.rank = dict(marks.labels), marks.score, marks.rank
            node.basis, node.rejected = marks.basis, marks.rejected
            node.termination = marks.termination
            node.termination_detail = marks.termination_detail


def _marks(node: Node) -> Marks:
    return Marks(
        tuple(node.children),
        tuple(node.verdicts),
        tuple(node.failures),
        dict(node.labels),
        node.score,
        node.rank,
        node.basis,
        node.rejected,
        node.termination,
        node.termination_detail,
    )
