"""What happens during a run, told to whoever listens: progress, logs, tests."""

from dataclasses import dataclass
from typing import Protocol

__all__ = [
    "CallFinished",
    "CallRetried",
    "Event",
    "Listener",
    "MessageAdded",
    "Notice",
    "RunFinished",
    "RunStarted",
    "TreeFailed",
    "TreeFinished",
    "TreeStarted",
]


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events."""


@dataclass(frozen=True, slots=True)
class RunStarted(Event):
    run_id: str
    directory: str
    trees: int
    finished: int
    """Trees that were already done when a run is resumed."""
    messages: int
    """Of a whole tree, at most."""
    judgements: int
    """Of the critic in a whole tree, at most."""


@dataclass(frozen=True, slots=True)
class TreeStarted(Event):
    tree: int


@dataclass(frozen=True, slots=True)
class MessageAdded(Event):
    tree: int
    speaker: str
    candidate: int
    rejected: bool
    text: str


@dataclass(frozen=True, slots=True)
class CallFinished(Event):
    model: str
    purpose: str
    """What the call was for: a cast role, `critic`, `selector` or `goal`."""
    completions: int
    """How many replies it brought."""
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    """Prompt tokens the endpoint served from its prefix cache."""
    seconds: float
    replayed: bool
    """True when the journal answered and no model was asked."""


@dataclass(frozen=True, slots=True)
class CallRetried(Event):
    model: str
    error: str
    message: str
    attempt: int
    delay: float
    """Seconds until the next attempt."""


@dataclass(frozen=True, slots=True)
class TreeFinished(Event):
    tree: int
    messages: int
    rejected: int
    terminations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TreeFailed(Event):
    tree: int
    error: str
    message: str


@dataclass(frozen=True, slots=True)
class Notice(Event):
    """Something a person should look at."""

    message: str


@dataclass(frozen=True, slots=True)
class RunFinished(Event):
    finished: int
    failed: int
    interrupted: bool


class Listener(Protocol):
    """Takes events as they happen; must return at once."""

    def __call__(self, event: Event, /) -> None: ...
