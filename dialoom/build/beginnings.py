"""`simulate --from`: conversations of a file as beginnings, to which new replies are drawn."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from dialoom.build.sources import records_from
from dialoom.errors import Fault, InputError, RowRejected
from dialoom.exporters.oasst import check_ids
from dialoom.exporters.siblings import unfit
from dialoom.imports.prompts import SYSTEM
from dialoom.messages import Message, Role, messages
from dialoom.scenarios.cast import Cast
from dialoom.scenarios.loaded import LoadedScenario
from dialoom.tree import Node, Prefix, TreeRecord

__all__ = ["SOURCE_SYSTEM", "Beginnings", "TreeSource", "asked_of", "loaded_on", "tree_source"]

SOURCE_SYSTEM = "source_system"
"""The variable that takes a tree's own system prompt, where the scenario has it."""
LONGEST = 200
"""Messages before a reply, at most; longer threads can't be written as a nested tree."""
EXAMPLES = "last_user, every_user or turn=K (the Kth message of the user, from 1)"


@dataclass(frozen=True, slots=True)
class TreeSource:
    """Which trees to go on from, and where."""

    file: Path
    """A file of trees, or a run's directory."""
    at: str = "last_user"
    """`last_user`, `every_user` or `turn=K`: which messages of the user get replies."""
    keep_replies: bool = False
    """Judge and rank the replies that are there with those that are drawn."""
    turns: int = 0
    """Messages that may be drawn after a reply."""

    def settings(self) -> dict[str, Any]:
        """Return what must agree for a run to be resumed, the content of the file apart."""
        return {"at": self.at, "keep_replies": self.keep_replies, "turns": self.turns}


def tree_source(
    file: str | Path | None,
    at: str | None = None,
    *,
    keep_replies: bool = False,
    turns: int | None = None,
) -> TreeSource | None:
    """Return the trees to go on from; None when no file is named.

    Raises:
        InputError: something is said of the trees of no file, or is not as it can be.
    """
    if file is None:
        given = {"at": at is not None, "keep-replies": keep_replies, "turns": turns is not None}
        for name, is_given in given.items():
            if is_given:
                raise InputError(f"--{name} is said of the trees that --from names; name them")
        return None
    source = TreeSource(Path(file), at or "last_user", keep_replies, turns or 0)
    parse_at(source.at)
    return source


def parse_at(text: str) -> int:
    """Return which of the user's messages is meant: 0 for every one, -1 for the last.

    Raises:
        InputError: the text is none of the forms.
    """
    kind, _, number = text.partition("=")
    if kind == "turn" and number.isdecimal() and int(number) > 0:
        return int(number)
    found = {"every_user": 0, "last_user": -1}.get(text)
    if found is None:
        raise InputError(f"--at is {text!r}; it is {EXAMPLES}")
    return found


def loaded_on(loaded: LoadedScenario, source: TreeSource | None) -> LoadedScenario:
    """Return a scenario whose trees grow on those of a file, if there is one.

    Raises:
        InputError: the file is wrong, or the two don't go together.
    """
    if source is None:
        return loaded
    members = loaded.scenario.cast
    if [member.role for member in members].count("assistant") != 1 or len(members) != 2:
        fault = "trees of a file are one user's and one assistant's; --from takes a cast of two"
        raise InputError(loaded.document.fault(fault, ("cast",)))
    return replace(loaded, beginnings=Beginnings(source))


def asked_of(loaded: LoadedScenario, cast: Cast) -> Cast:
    """Return those of a cast whose models are asked for messages."""
    players = tuple(player for player in cast.players if player.role in loaded.asked)
    return cast.model_copy(update={"players": players})


class Beginnings:
    """The trees of a file that have a message to reply to, one in memory at a time."""

    def __init__(self, source: TreeSource) -> None:
        """Look through the file.

        Raises:
            InputError: it can't be read, holds a tree twice, or has nothing to reply to.
        """
        self.source = source
        self._at = parse_at(source.at)
        if source.turns < 0:
            raise InputError("--turns is 0 or more")
        digest, seen = sha256(), set[int]()
        self.count = self.ends = 0
        for record in records_from(source.file):
            for message in messages(record.tree):
                digest.update(message.model_dump_json(exclude={"replies"}).encode())
            ends = self._ends(record)
            if ends:
                self._check(record, seen)
                self.count += 1
                self.ends += len(ends)
        self.sha256 = digest.hexdigest()
        if not self.count:
            fault = f"no tree has a message to reply to at {source.at}"
            raise InputError(Fault(fault, source.file))
        self._records: Iterator[TreeRecord] = iter(())
        self._next = self.count + 1
        self._last: TreeRecord | None = None

    def _check(self, record: TreeRecord, seen: set[int]) -> None:
        """Check that ids fit together, and that no message is in two trees.

        Args:
            record: A tree.
            seen: Marks of the messages of the trees before it; those of this one are added.
        """
        try:
            check_ids(record.tree)
        except RowRejected as error:
            raise InputError(Fault(str(error), self.file)) from error
        marks = {hash(message.message_id) for message in messages(record.tree)}
        if not marks.isdisjoint(seen):
            name = record.tree.message_tree_id
            raise InputError(Fault(f"the tree {name!r} has a message of another", self.file))
        seen |= marks

    @property
    def turns(self) -> int:
        """Messages that may be drawn after a reply."""
        return self.source.turns

    @property
    def file(self) -> Path:
        """Where the trees are."""
        return self.source.file

    def made_by(self) -> dict[str, Any]:
        """Return what must agree for a run to be resumed."""
        return {"sha256": self.sha256, **self.source.settings()}

    def variables(self, number: int) -> dict[str, Any]:
        """Return the values of variables that a tree brings with it."""
        systems = list(self._record(number).systems.values())
        return {SOURCE_SYSTEM: systems[0]} if systems else {}

    def origin(self, number: int) -> str:
        """Return where a tree is from."""
        return self._record(number).tree.origin or self.source.file.name

    def prefix(self, number: int, speakers: Mapping[Role, str]) -> Prefix:
        """Return the part of a tree that leads to its ends, with the ends' replies if asked for.

        Args:
            number: The tree's, from 0, of those that have an end.
            speakers: Who takes the part of each role.
        """
        record = self._record(number)
        ends = {end[-1].message_id for end in self._ends(record)}
        kept = {message.message_id for end in self._ends(record) for message in end}
        prompt = record.tree.prompt
        assert prompt is not None
        nodes: list[Node] = []
        pending: list[tuple[Message, Node | None, int]] = [(_first(prompt), None, 0)]
        while pending:
            message, parent, place = pending.pop()
            node = Node(
                *(message.message_id, parent, speakers[message.role], message.role, message.text),
                candidate=place,
                message=message,
            )
            nodes.append(node)
            if parent is not None:
                parent.children.append(node)
            replies = [
                reply
                for reply in message.replies or ()
                if reply.message_id in kept
                or (self.source.keep_replies and message.message_id in ends and not unfit(reply))
            ]
            pending.extend((reply, node, place) for place, reply in reversed(_numbered(replies)))
        return Prefix(
            root=nodes[0],
            ends=tuple(node for node in nodes if node.message_id in ends),
            keep_replies=self.source.keep_replies,
            turns=self.source.turns,
        )

    def _record(self, number: int) -> TreeRecord:
        """Return a tree by its number; trees are asked for in order, save after a look ahead."""
        if self._last is not None and number == self._next - 1:
            return self._last
        if number < self._next:
            self._records = (one for one in records_from(self.source.file) if self._ends(one))
            self._next = 0
        while self._next <= number:
            self._last = next(self._records, None)
            if self._last is None:
                raise InputError(Fault("was changed while the run reads it", self.source.file))
            self._next += 1
        assert self._last is not None
        return self._last

    def _ends(self, record: TreeRecord) -> list[Sequence[Message]]:
        """Return the threads to the messages of the user that get replies, parents first."""
        prompt = record.tree.prompt
        found: list[Sequence[Message]] = []
        pending: list[tuple[Message, ...]] = [(prompt,)] if prompt is not None else []
        while pending:
            thread = pending.pop()
            if unfit(thread[-1]) or len(thread) > LONGEST:
                continue
            if thread[-1].role == "prompter" and self._is_end(thread):
                found.append(thread)
            pending.extend((*thread, reply) for reply in reversed(thread[-1].replies or ()))
        return found

    def _is_end(self, thread: Sequence[Message]) -> bool:
        if self._at > 0:
            return sum(message.role == "prompter" for message in thread) == self._at
        return self._at == 0 or _is_last(thread[-1])


def _is_last(message: Message) -> bool:
    """Return whether some thread through a message has none of the user's after it."""
    pending = list(message.replies or ())
    if not pending:
        return True
    while pending:
        reply = pending.pop()
        if reply.role == "assistant":
            if not reply.replies:
                return True
            pending.extend(reply.replies)
    return False


def _numbered(replies: list[Message]) -> list[tuple[int, Message]]:
    return list(enumerate(replies))


def _first(prompt: Message) -> Message:
    """Return a prompt without the system prompt it was replied to under: the run has its own."""
    if not prompt.events or SYSTEM not in prompt.events:
        return prompt
    events = {kind: listed for kind, listed in prompt.events.items() if kind != SYSTEM}
    return prompt.model_copy(update={"events": events or None})
