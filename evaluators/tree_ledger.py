"""The ledger of a whole tree: what each message does to the facts, along its own thread."""

from collections.abc import Iterator
from typing import NamedTuple

from dialoom.evaluators.base import Said
from dialoom.evaluators.ledger import Entry, Move, Standing, beginning, moved
from dialoom.evaluators.subjects import speaker_of
from dialoom.messages import Message, MessageTree
from dialoom.scenarios.cast import Cast

__all__ = ["TreeLedger", "tree_ledger"]


class TreeLedger(NamedTuple):
    """The facts of everyone on the stage, in all branches of a tree."""

    beginning: tuple[Entry, ...]
    """As they stand before anybody speaks."""
    moves: dict[str, list[Move]]
    """By message id; a message that moves nothing is left out."""


def tree_ledger(tree: MessageTree, cast: Cast) -> TreeLedger:
    """Return the ledger of a tree.

    Args:
        tree: A finished one.
        cast: Who is on its stage.
    """
    return TreeLedger(beginning(cast.personas), dict(_moves(tree, cast)))


def _moves(tree: MessageTree, cast: Cast) -> Iterator[tuple[str, list[Move]]]:
    first: dict[tuple[str, str], Standing] = {
        line.key: line.standing for line in beginning(cast.personas)
    }
    pending: list[tuple[Message, tuple[Said, ...], dict[tuple[str, str], Standing]]] = []
    if tree.prompt and first:
        pending.append((tree.prompt, (), first))
    while pending:
        message, before, standings = pending.pop()
        thread = (*before, Said(speaker_of(message, cast), message.role, message.text))
        after = dict(standings)
        if moves := moved(thread, cast.personas, after):
            yield message.message_id, moves
        pending.extend((reply, thread, after) for reply in message.replies or ())
