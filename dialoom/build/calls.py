"""What a run does with its calls: where they are looked up, kept and counted."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dialoom.agents.clients.endpoint import Journal
from dialoom.build.options import RunOptions
from dialoom.build.replay import Described
from dialoom.errors import InputError
from dialoom.events import CallRetried, Event
from dialoom.store import RunJournal, RunStore, SharedCalls, SharedJournal, Uncached

__all__ = ["RunCalls", "calls_of"]


@dataclass(frozen=True, slots=True)
class RunCalls:
    """The journal of a run with what stands behind it."""

    own: RunJournal
    journal: Journal | SharedJournal
    replayed: Described | None
    """Where models are described, when none of them is to be asked."""

    def described(self, model: str) -> dict[str, Any] | None:
        """Return what was found out about a model when its calls were made, or None."""
        keeper = self.journal if isinstance(self.journal, SharedJournal) else self.own
        return keeper.described(model)

    def describe(self, models: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep what was found out about models, for a replay."""
        keeper = self.journal if isinstance(self.journal, SharedJournal) else self.own
        for name, about in models.items():
            keeper.describe(name, about)

    def hear(self, event: Event) -> None:
        """Count attempts that are made again."""
        if isinstance(event, CallRetried):
            self.own.retried(event.model, event.error)


@contextmanager
def calls_of(store: RunStore, options: RunOptions) -> Iterator[RunCalls]:
    """Open what the options say and close it at the end.

    Raises:
        InputError: the options contradict each other, or the shared store can't be used.
    """
    own = store.journal
    if options.cache == "off":
        if options.replay:
            raise InputError("--replay needs kept calls, and --cache off looks none up")
        yield RunCalls(own, Uncached(own), None)
    elif options.cache == "run":
        yield RunCalls(own, own, own if options.replay else None)
    else:
        shared = SharedCalls(options.cache)
        try:
            journal = SharedJournal(own, shared)
            yield RunCalls(own, journal, journal if options.replay else None)
        finally:
            shared.close()
