"""A session's tree as records, for whatever exports them."""

from dataclasses import replace
from typing import NamedTuple

from dialoom.records import record_of
from dialoom.repl.session import Session
from dialoom.tree import GrownTree, Node, TreeRecord, nodes

__all__ = ["Kept", "records", "records_as_now"]


class Kept(NamedTuple):
    """Trees, and how many messages are not in them."""

    records: list[TreeRecord]
    left_out: int


def records(session: Session) -> list[TreeRecord]:
    """Return everything said, one tree for each opening."""
    return [_record(session, number, root) for number, root in enumerate(session.talk.roots)]


def records_as_now(session: Session) -> Kept:
    """Return what was said by personas as they are now, one tree for each opening.

    A row of training data carries its speaker's system prompt; words that were drawn under
    another sheet, and all that follows from them, would stand under a prompt that never gave them.
    """
    systems = {player.name: session.system(player.name) for player in session.cast.players}
    roots = [_pruned(session, root, None, systems) for root in session.talk.roots]
    found = [_record(session, n, root) for n, root in enumerate(roots) if root is not None]
    kept = sum(1 for root in roots if root is not None for _ in nodes(root))
    return Kept(found, len(session.talk) - kept)


def _pruned(
    session: Session, node: Node, parent: Node | None, systems: dict[str, str]
) -> Node | None:
    sent = session.systems.get(node.message_id)
    if sent is not None and sent != systems[node.speaker]:
        return None
    copy = replace(node, parent=parent, children=[], views={})
    below = (_pruned(session, child, copy, systems) for child in node.children)
    copy.children = [child for child in below if child is not None]
    return copy


def _record(session: Session, number: int, root: Node) -> TreeRecord:
    cast = session.cast
    return record_of(
        GrownTree(
            number=number,
            root=root,
            variables=dict(session.scene.variables),
            systems={player.name: session.system(player.name) for player in cast.players},
            roles={player.name: player.role for player in cast.players},
        ),
        created=session.created,
        origin=f"dialoom-repl/{session.scene.loaded.scenario.name}",
        languages={player.name: player.persona.language for player in cast.players},
    )
