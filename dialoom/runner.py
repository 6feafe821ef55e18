"""Grows the trees of a run, several at a time, and keeps each as soon as it is finished.

A tree that fails costs itself alone. A model that can't be used at all (wrong key, no such
model, no server) stops the run at once: what was finished is kept, and the same command goes on
from there.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dialoom.engine import Engine
from dialoom.errors import (
    UNUSABLE,
    DialoomError,
    InputError,
    MissingCall,
    ModelError,
    RunConflict,
    first_error,
)
from dialoom.events import Listener, MessageAdded, TreeFailed, TreeFinished, TreeStarted
from dialoom.records import record_of
from dialoom.stage import Stage
from dialoom.store import RunStore
from dialoom.tree import BranchFailure, GrownTree, Node, nodes, take_apart

__all__ = ["Outcome", "Runner"]

SETTLING = 50
"""Turns of the event loop that trees are given to take in the last answers."""
GRACE = 10.0
"""Seconds that an interrupted run waits for answers that are paid for already."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many trees of this process came to what."""

    finished: int
    failed: int


class Runner:
    """One process's work on a run."""

    def __init__(
        self,
        store: RunStore,
        stage_of: Callable[[int], Stage],
        *,
        concurrency: int,
        created: datetime,
        listener: Listener,
        admit: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
    ) -> None:
        """Make a runner.

        Args:
            store: Where finished trees go.
            stage_of: The stage of a tree by its number; may raise InputError.
            concurrency: Trees grown at a time, which also bounds the memory used.
            created: When the run was begun; every message is dated so.
            listener: Is told of what happens.
            admit: Is entered before a tree begins and left when it is finished; may wait.
        """
        self._admit = admit
        self._store, self._stage_of = store, stage_of
        self._concurrency, self._created, self._listener = concurrency, created, listener
        self._finished = self._failed = 0

    async def run(
        self,
        numbers: Iterable[int],
        *,
        until: Coroutine[Any, Any, None] | None = None,
        drained: Callable[[], Awaitable[None]] | None = None,
    ) -> Outcome:
        """Grow the trees of these numbers and return what came of them.

        Args:
            numbers: In the order in which they are begun.
            until: Ends the run when it returns; trees that are not finished by then are left.
            drained: Lets nothing new begin and returns when all calls under way are answered;
                an interrupted run waits so long, but no more than `GRACE` seconds.

        Raises:
            ModelError: a model can't be used at all; finished trees are kept.
            MissingCall: a replay needs a call that is not kept.
            RunConflict: the run can't be written.
        """
        work = asyncio.ensure_future(self._grown(iter(numbers)))
        end = asyncio.ensure_future(until) if until is not None else work
        try:
            await asyncio.wait({work, end}, return_when=asyncio.FIRST_COMPLETED)
            await _settled()
            if work.done():
                work.result()
        except asyncio.CancelledError:
            if drained is not None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(GRACE):
                        await drained()
                await _settled()
            raise
        finally:
            await _ended({work, end})
        return Outcome(self._finished, self._failed)

    async def _grown(self, pending: Iterator[int]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._concurrency):
                    group.create_task(self._work(pending))
        except BaseExceptionGroup as errors:
            raise first_error(errors) from errors

    async def _work(self, pending: Iterator[int]) -> None:
        while True:
            async with self._admit():
                number = next(pending, None)  # once admitted: no tree begins before an earlier one
                if number is None:
                    return
                await self._tree(number)

    async def _tree(self, number: int) -> None:
        self._listener(TreeStarted(number))
        failures: list[BranchFailure] = []
        try:
            stage = self._stage_of(number)
            engine = Engine(stage)
            failures = engine.failures
            grown = await _ungrouped(engine.grow())
        except MissingCall as error:
            raise MissingCall(f"tree {number}: {error}") from error
        except (*UNUSABLE, RunConflict):
            raise
        except (ModelError, InputError) as error:
            await self._lose(number, error, tuple(failures))
        else:
            await self._keep(grown, stage)

    async def _keep(self, grown: GrownTree, stage: Stage) -> None:
        for failure in grown.failures:
            if failure.error in {kind.__name__ for kind in UNUSABLE}:
                raise _unusable(failure)
        drawn = (node for node in nodes(grown.root) if node.message is None)
        if not any(node.role == "assistant" for node in drawn) and grown.failures:
            await self._lose(grown.number, None, tuple(grown.failures))
            return
        languages = {player.name: player.persona.language for player in stage.cast.players}
        record = record_of(grown, created=self._created, origin=stage.origin, languages=languages)
        await self._store.trees.put(record)
        self._finished += 1
        self._tell(grown)
        take_apart(grown.root)

    async def _lose(
        self, number: int, error: DialoomError | None, failures: tuple[BranchFailure, ...] = ()
    ) -> None:
        if error is not None and not failures:
            model = error.model if isinstance(error, ModelError) else ""
            kind = type(error).__name__
            failures = (BranchFailure(number, (), "", model, kind, str(error)),)
        await self._store.trees.put_failed(number, failures)
        self._failed += 1
        self._listener(TreeFailed(number, failures[0].error, failures[0].message))

    def _tell(self, grown: GrownTree) -> None:
        flat = [node for node in nodes(grown.root) if node.message is None]
        for node in flat:
            self._listener(
                MessageAdded(grown.number, node.speaker, node.candidate, node.rejected, node.text)
            )
        self._listener(
            TreeFinished(
                grown.number,
                len(flat),
                _dropped(flat),
                len(grown.failures),
                tuple(sorted({node.termination.value for node in flat if node.termination})),
            )
        )


def _dropped(flat: Iterable[Node]) -> Counter[str]:
    """Return how many messages are unfit for training, by the label that says so."""
    dropped: Counter[str] = Counter()
    for node in flat:
        if node.rejected:
            names = (verdict.name for verdict in node.verdicts if verdict.severity == "hopeless")
            dropped[next(names, "labels")] += 1
    return dropped


def _unusable(failure: BranchFailure) -> ModelError:
    kinds = {kind.__name__: kind for kind in UNUSABLE}
    return kinds[failure.error](failure.message, model=failure.model)


async def _settled() -> None:
    """Let trees take in the last answers."""
    for _ in range(SETTLING):
        await asyncio.sleep(0)


async def _ended(tasks: set[asyncio.Future[None]]) -> None:
    """Call off what is still running and wait until it has ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _ungrouped(work: Awaitable[GrownTree]) -> GrownTree:
    """Return what `work` returns; of a group of errors the first is raised alone."""
    try:
        return await work
    except BaseExceptionGroup as errors:
        raise first_error(errors) from errors
