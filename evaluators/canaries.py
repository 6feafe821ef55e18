"""Canaries: replies of the trees at hand, spoilt on purpose, that a critic must not prefer.

Which replies are taken and how each is spoilt follows from hashes of what was said, so it is
the same whatever order the trees come in and however often a run is taken up.
"""

from bisect import insort
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from random import Random
from typing import NamedTuple

from dialoom.evaluators.base import Subject
from dialoom.evaluators.spoiling import KINDS, LEAST, spoilt
from dialoom.evaluators.subjects import subject_of
from dialoom.messages import Message, Role, Thread
from dialoom.scenarios.cast import Cast
from dialoom.tree import MessageNotes, TreeRecord
from dialoom.verdicts import Verdict

__all__ = ["Canary", "Original", "Originals"]

NOTHING = MessageNotes(speaker="")


class Original(NamedTuple):
    """A reply that can be spoilt."""

    key: tuple[bool, str]
    """What it is chosen by: flawless replies first, then by chance."""
    message_id: str
    tree_id: str
    subject: Subject
    verdicts: tuple[Verdict, ...]
    """What is said of it already."""


class Canary(NamedTuple):
    """A reply with its spoilt copy."""

    kind: str
    original: Original
    copy: Subject


class Originals:
    """Chooses replies while trees go by, and holds no more than are needed."""

    def __init__(
        self,
        count: int,
        *,
        seed: int = 0,
        roles: Collection[Role],
        critics: Collection[str] = (),
    ) -> None:
        """Make an empty choice.

        Args:
            count: How many canaries are wanted.
            seed: The run's.
            roles: Whose messages are judged.
            critics: Versions; only what each of them has judged is chosen. None given: all.
        """
        self._count, self._seed = count, seed
        self._roles, self._critics = frozenset(roles), frozenset(critics)
        self._best: list[Original] = []

    def add(self, record: TreeRecord, cast: Cast | None = None) -> None:
        """Take the messages of a tree into account.

        Args:
            record: The tree.
            cast: Who is on the stage, with the names that the critic was shown.
        """
        for thread in _threads(record):
            notes = record.notes.get(thread[-1].message_id, NOTHING)
            if self._count and self._is_fit(thread[-1], notes):
                self._offer(record.tree.message_tree_id, thread, notes, cast)

    def canaries(self) -> list[Canary]:
        """Return the canaries, the kinds by turns; fewer where there are too few replies."""
        if not self._best:
            return []
        kinds, found = list(KINDS), dict[tuple[str, str], Canary]()
        for turn in range(len(self._best) * len(kinds)):
            if len(found) >= self._count:
                break
            original = self._best[turn % len(self._best)]
            first = turn + turn // len(self._best)
            for kind in kinds[first % len(kinds) :] + kinds[: first % len(kinds)]:
                canary = self._canary(original, kind)
                if (kind, original.message_id) not in found and canary is not None:
                    found[kind, original.message_id] = canary
                    break
        return list(found.values())

    def _canary(self, original: Original, kind: str) -> Canary | None:
        subject = original.subject
        text = spoilt(
            kind,
            subject.text,
            Random(f"{kind}:{original.key[1]}"),
            language=subject.language,
            thread="\n".join(said.text for said in subject.thread),
            others=[one.subject.text for one in self._best if one.tree_id != original.tree_id],
        )
        return None if text is None else Canary(kind, original, replace(subject, text=text))

    def _is_fit(self, message: Message, notes: MessageNotes) -> bool:
        judged = {verdict.version for verdict in notes.verdicts if verdict.kind == "critic"}
        return (
            message.role in self._roles
            and message.review_result is not False
            and not message.deleted
            and (len(message.text.split()) >= LEAST or len(message.text) >= 4 * LEAST)
            and self._critics <= judged
        )

    def _offer(self, tree_id: str, thread: Thread, notes: MessageNotes, cast: Cast | None) -> None:
        message = thread[-1]
        said = "\0".join((str(self._seed), thread[-2].text, message.text))
        key = (_is_flawed(message, notes), blake2b(said.encode(), digest_size=8).hexdigest())
        if len(self._best) >= self._count and key > self._best[-1].key:
            return
        if any(original.key[1] == key[1] for original in self._best):
            return  # the same words after the same words
        subject = subject_of(thread, cast=cast)
        original = Original(key, message.message_id, tree_id, subject, notes.verdicts)
        insort(self._best, original, key=lambda one: one.key)
        del self._best[self._count :]


def _is_flawed(message: Message, notes: MessageNotes) -> bool:
    """Return whether heuristics found a fault, or people prefer a sibling.

    Ranks of our own don't count: they may rest on the critic that is put to the test.
    """
    behind = bool(message.rank) and notes.seed is None
    return behind or any(verdict.severity != "note" for verdict in notes.verdicts)


def _threads(record: TreeRecord) -> Iterator[Thread]:
    """Yield the thread to each reply of a tree."""
    pending: list[Thread] = [(record.tree.prompt,)] if record.tree.prompt else []
    while pending:
        thread = pending.pop()
        replies: Sequence[Message] = thread[-1].replies or ()
        for reply in replies:
            longer = (*thread, reply)
            yield longer
            if reply.replies:
                pending.append(longer)
