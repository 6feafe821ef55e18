"""What one tree is grown with, as protocols: who speaks, tags and stops comes from outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Protocol

from dialoom.chat import Completion
from dialoom.errors import ModelError
from dialoom.scenarios.cast import Cast
from dialoom.scenarios.model import Branching
from dialoom.tree import Node, Prefix, TerminationReason

__all__ = ["Candidate", "Openings", "Speaker", "Stage", "derived_seed"]


class Candidate(Protocol):
    """One drawn reply, or the error that stands in its place."""

    @property
    def model(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def completion(self) -> Completion | None: ...
    @property
    def error(self) -> ModelError | None: ...


class Speaker(Protocol):
    """Draws candidates for a turn; a pure function of the path."""

    async def sample(self, here: Node | None, seeds: Sequence[int]) -> Sequence[Candidate]: ...


class NextSpeaker(Protocol):
    async def __call__(self, here: Node | None, seed: int) -> str:
        """Return the name of the member that speaks after `here`."""


class Tagging(Protocol):
    async def __call__(self, siblings: Sequence[Node], seed: int) -> None:
        """Judge, score and rank the candidates of one turn, in place."""


class Openings(Protocol):
    """What the trees of a run begin with."""

    async def repeats(self, number: int, text: str) -> bool:
        """Return whether an earlier tree has drafted nearly the same as this tree's next draft."""

    def settle(self, number: int, text: str | None) -> tuple[str, ...]:
        """Say what a tree begins with, None when it came to nothing; return what it drafted."""


class Ended(Protocol):
    async def __call__(
        self, thread: Sequence[Node], seed: int
    ) -> tuple[TerminationReason, str] | None:
        """Return why a thread is over and what shows it, or None when it goes on."""


@dataclass(frozen=True)
class Stage:
    """All that one tree is grown with."""

    number: int
    """Which tree of the run this is, from 0."""
    cast: Cast
    speakers: Mapping[str, Speaker]
    """By name of the cast member."""
    next_speaker: NextSpeaker
    tag: Tagging
    ended: Ended
    branching: Branching
    max_turns: int
    seed: int
    """The run's."""
    fingerprint: str
    """What made the run: trees of different scenarios never share ids."""
    origin: str = ""
    """What made the tree, for its OASST `origin`."""
    opener: str | None = None
    """An authored first message."""
    openings: Openings | None = None
    """Of the run's other trees, where a model writes them; repeats are drawn anew."""
    prefix: Prefix | None = None
    """What is there already; the tree grows at its ends."""
    variables: Mapping[str, Any] = field(default_factory=dict)
    systems: Mapping[str, str] = field(default_factory=dict)
    """The system prompt of each speaker, for the record."""


def derived_seed(*parts: object) -> int:
    """Return a seed made from all parts, 0 to 2**31 - 1, the same on every machine."""
    digest = blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") & 0x7FFFFFFF
