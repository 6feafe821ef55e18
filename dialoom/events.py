"""What happens during a run, told to whoever listens: progress, logs, tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

__all__ = [
    "CallFinished",
    "CallRetried",
    "CriticTested",
    "EndpointFigures",
    "Event",
    "Listener",
    "MessageAdded",
    "Notice",
    "RunFinished",
    "RunProgressed",
    "RunStarted",
    "TreeFailed",
    "TreeFinished",
    "TreeStarted",
    "TreeTagged",
    "retry_line",
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


def retry_line(event: CallRetried) -> str:
    """Return what is said of an attempt that is made again; most errors name the model."""
    named = event.message.startswith(event.model)
    message = event.message if named else f"{event.model}: {event.message}"
    return f"{message}; again in {event.delay:.1f} s"


@dataclass(frozen=True, slots=True)
class TreeFinished(Event):
    tree: int
    messages: int
    dropped: Mapping[str, int]
    """Messages unfit for training, by the label that says why."""
    lost: int
    """Branches that got no reply."""
    terminations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TreeTagged(Event):
    """A finished tree was tagged by `tag`."""

    messages: int


@dataclass(frozen=True, slots=True)
class CriticTested(Event):
    """A critic is being put to the test."""

    model: str
    done: int
    """Of its canaries and of the replies that it judges again."""
    wanted: int


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


@dataclass(frozen=True, slots=True)
class EndpointFigures:
    """How one model fares at the moment."""

    model: str
    calls: int
    """Answered so far, by this process."""
    in_flight: int
    waiting: int
    """Calls that wait for a place."""
    calls_a_second: float
    tokens_a_second: float
    """Generated; both of the last seconds."""
    trouble: str
    """What calls wait for other than a place: `paused for 12 s`. Empty when nothing is wrong."""


@dataclass(frozen=True, slots=True)
class RunProgressed(Event):
    """How far a run is, told every half second."""

    run_id: str
    directory: str
    phase: str
    """`growing`, then `writing` while files are written."""
    at: float
    """When this was so, in seconds since 1970."""
    trees: int
    finished: int
    failed: int
    messages: int
    dropped: Mapping[str, int]
    """Messages unfit for training, by the label that says why."""
    lost: int
    """Branches that got no reply, in trees finished by this process."""
    retries: Mapping[str, int]
    """Attempts that were made again by this process, by error."""
    endpoints: tuple[EndpointFigures, ...]
    usd: float
    """Of all models whose price is known, by all processes that worked on the run."""
    unpriced: tuple[str, ...]
    """Models that were asked and whose price is not known."""
    usd_cap: float | None
    share: float
    """How much is done, 0 to 1: whole trees, and of those that are growing the replies had."""
    tested: CriticTested | None
    """How far the test of a critic is that goes on; None before the trees are grown."""
    seconds: float
    """Of this process."""
    seconds_left: float | None
    """None before it can be guessed."""
    notices: tuple[str, ...]
    """The last few, for those who come later."""


class Listener(Protocol):
    """Takes events as they happen; must return at once."""

    def __call__(self, event: Event, /) -> None: ...
