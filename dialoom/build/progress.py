"""How far a run is: counted from its events, told twice a second, and left in a file for watchers.

Events only move counters; what costs more is done by a timer.
"""

import asyncio
import json
import os
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from dialoom.agents.clients.balancing import Standing
from dialoom.build.budget import Cap
from dialoom.events import (
    CallFinished,
    CallRetried,
    CriticTested,
    EndpointFigures,
    Event,
    Listener,
    Notice,
    RunProgressed,
    RunStarted,
    TreeFailed,
    TreeFinished,
    TreeStarted,
)
from dialoom.scenarios.loaded import LoadedScenario
from dialoom.store import RunStore, Totals

__all__ = ["FILE_NAME", "Progress", "begun_of", "read_progress"]

FILE_NAME = "live.json"
INTERVAL = 0.5
"""Seconds between two samples."""
SPAN = 20
"""Samples over which rates are taken: ten seconds."""
NOTICES = 5
NEARLY = 0.95
"""What a tree counts for at most before it has ended."""

_FIGURES = TypeAdapter(RunProgressed)


class Progress:
    """Listens to a run and tells its listeners how far it is."""

    def __init__(
        self,
        begun: RunStarted,
        before: Totals,
        *,
        cap: Cap,
        standings: Callable[[], Mapping[str, Standing]],
        tell: Listener,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take up counting.

        Args:
            begun: What the run is.
            before: What earlier processes have done.
            cap: Knows what was spent.
            standings: Tells how each model fares at the moment.
            tell: Is told of `RunProgressed`.
            clock: Seconds, of any beginning.
        """
        self._begun, self._cap, self._standings, self._tell = begun, cap, standings, tell
        self._clock, self._started = clock, clock()
        self._finished = self._failed = self._lost = self._units = 0
        self._tested: CriticTested | None = None
        self._since: dict[int, float] = {}
        self._took = self._most = 0.0
        self._messages = before.messages
        self._dropped = Counter(before.rejected)
        self._retries: Counter[str] = Counter()
        self._calls: Counter[str] = Counter()
        self._tokens: Counter[str] = Counter()
        self._notices: deque[str] = deque(maxlen=NOTICES)
        self._samples: deque[tuple[float, Counter[str], Counter[str]]] = deque(maxlen=SPAN)
        self._file = Path(begun.directory, FILE_NAME)
        self._timer: asyncio.TimerHandle | None = None

    def __call__(self, event: Event) -> None:
        """Take an event."""
        match event:
            case CallFinished():
                self._units += event.completions
                if not event.replayed:
                    self._calls[event.model] += 1
                    self._tokens[event.model] += event.completion_tokens
            case CallRetried():
                self._retries[event.error] += 1
            case TreeFinished():
                self._finished += 1
                self._messages += event.messages
                self._dropped.update(event.dropped)
                self._lost += event.lost
                self._ended(event.tree)
            case TreeFailed():
                self._failed += 1
                self._ended(event.tree)
            case TreeStarted():
                self._since[event.tree] = self._clock()
            case CriticTested():
                self._tested = event
            case Notice():
                self._notices.append(event.message)
            case _:
                pass

    @contextmanager
    def told(self) -> Iterator[None]:
        """Tell of the progress twice a second while the context lasts, and once at its end."""
        loop = asyncio.get_running_loop()

        def sample() -> None:
            self._sample("growing")
            self._timer = loop.call_later(INTERVAL, sample)

        sample()
        try:
            yield
        finally:
            if self._timer is not None:
                self._timer.cancel()
            self._sample("writing")

    def end(self) -> None:
        """Take the watchers' file away: from here on the manifest tells all."""
        with suppress(OSError):
            self._file.unlink(missing_ok=True)

    def _sample(self, phase: str) -> None:
        self._samples.append((self._clock(), self._calls.copy(), self._tokens.copy()))
        figures = self._figures(phase)
        self._tell(figures)
        _write(self._file, figures)

    def _figures(self, phase: str) -> RunProgressed:
        seconds = self._clock() - self._started
        begun = self._begun
        self._most = max(self._most, self._share())
        here = self._share(of_this_process=True)
        return RunProgressed(
            run_id=begun.run_id,
            directory=begun.directory,
            phase=phase,
            at=time.time(),
            trees=begun.trees,
            finished=begun.finished + self._finished,
            failed=self._failed,
            messages=self._messages,
            dropped=dict(self._dropped.most_common()),
            lost=self._lost,
            retries=dict(self._retries.most_common()),
            endpoints=tuple(self._endpoints()),
            usd=self._cap.spent.usd,
            unpriced=tuple(sorted(self._cap.unpriced)),
            usd_cap=self._cap.budget.usd,
            share=self._most,
            tested=self._tested,
            seconds=seconds,
            seconds_left=seconds * (1 - here) / here if 0.02 < here < 1 else None,
            notices=tuple(self._notices),
        )

    def _endpoints(self) -> Iterator[EndpointFigures]:
        since, calls, tokens = self._samples[0]
        span = max(self._clock() - since, INTERVAL)
        for model, standing in self._standings().items():
            yield EndpointFigures(
                model=model,
                calls=self._calls[model],
                in_flight=standing.in_flight,
                waiting=standing.waiting,
                calls_a_second=(self._calls[model] - calls[model]) / span,
                tokens_a_second=(self._tokens[model] - tokens[model]) / span,
                trouble=standing.trouble,
            )

    def _share(self, *, of_this_process: bool = False) -> float:
        """Return how much is done, 0 to 1: whole trees, and parts of those that are growing."""
        begun, ended = self._begun, self._finished + self._failed
        before = 0 if of_this_process else begun.finished
        trees = begun.trees - (begun.finished if of_this_process else 0)
        return (before + ended + self._parts()) / max(1, trees)

    def _parts(self) -> float:
        """Return what is done of the trees that are growing: by the time that others took.

        Before any has ended, by the replies had of the most there can be.
        """
        ended = self._finished + self._failed
        if not ended:
            most = max(1, self._begun.messages + self._begun.judgements)
            return min(self._units / most, NEARLY * len(self._since))
        now, mean = self._clock(), max(self._took / ended, 1e-9)
        return sum(min(NEARLY, (now - since) / mean) for since in self._since.values())

    def _ended(self, tree: int) -> None:
        now = self._clock()
        self._took += now - self._since.pop(tree, now)


def begun_of(loaded: LoadedScenario, store: RunStore, *, trees: int, pending: int) -> RunStarted:
    """Return what a run is that has so many trees, and so many still to grow."""
    branching, turns = loaded.scenario.branch, loaded.scenario.turns.max
    widths = (branching.assistant.width + branching.prompter.width) * turns / 2
    replies = branching.assistant.width * turns / 2
    if loaded.beginnings is not None:
        later, ends = loaded.beginnings.turns / 2, loaded.beginnings.ends / loaded.beginnings.count
        replies = ends * branching.assistant.width * (1 + later)
        widths = replies + ends * branching.prompter.width * later
    judged = replies if loaded.scenario.evaluate.critic else 0
    return RunStarted(
        run_id=store.manifest.run_id,
        directory=str(store.directory),
        trees=trees,
        finished=trees - pending,
        messages=round(widths),
        judgements=round(judged),
    )


def read_progress(directory: Path) -> RunProgressed | None:
    """Return what the process that works on a run told last; None where it has told nothing."""
    try:
        return _FIGURES.validate_json((directory / FILE_NAME).read_bytes())
    except (OSError, ValidationError):  # one of another version tells nothing
        return None


def _write(file: Path, figures: RunProgressed) -> None:
    partial = file.with_name(f".{file.name}.partial")
    with suppress(OSError):  # on a full disk the run itself says so
        partial.write_text(json.dumps(asdict(figures)), encoding="utf-8")
        os.replace(partial, file)
