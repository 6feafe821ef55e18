"""`simulate`: from a scenario's name to a finished run directory."""

import asyncio
import sqlite3
import time
from array import array
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path

from dialoom.agents.clients.base import ModelClient
from dialoom.build.admission import Admission
from dialoom.build.beginnings import loaded_on
from dialoom.build.budget import Cap, CappedClient
from dialoom.build.calibrating import awaits_test, calibrated_run, known_critics
from dialoom.build.calls import RunCalls, calls_of
from dialoom.build.checking import check_scenario
from dialoom.build.endpoints import endpoints_of
from dialoom.build.exports import export_run, exporters_of
from dialoom.build.filtering import RunFilter
from dialoom.build.heap import set_aside
from dialoom.build.hearing import Hearing
from dialoom.build.manifests import created_now, manifest_of, place_of
from dialoom.build.models import ModelBook, models_by_role
from dialoom.build.openings import RunOpenings
from dialoom.build.options import RunOptions
from dialoom.build.plan import Plan, plan_of, used_models
from dialoom.build.prices import read_prices
from dialoom.build.progress import Progress, begun_of
from dialoom.build.quality import Critics
from dialoom.build.readiness import demonstration, get_ready, tagger_of, trees_at_once
from dialoom.build.result import Run
from dialoom.build.stages import StageFactory, heuristics_of
from dialoom.build.summary import RunSummary, summary_of
from dialoom.errors import DialoomError, ModelError
from dialoom.evaluators.calibration import is_untested
from dialoom.evaluators.kept_scores import KeptScores
from dialoom.evaluators.tagger import Tagger
from dialoom.events import (
    Listener,
    Notice,
    RunFinished,
)
from dialoom.exporters.base import Exporter
from dialoom.log import event_log, run_log
from dialoom.quality import CriticQuality, Quality, read_quality
from dialoom.runner import Runner
from dialoom.scenarios.loaded import LoadedScenario
from dialoom.scenarios.variables import tree_count
from dialoom.store import RunStore, Totals, discard

__all__ = ["simulate_run"]


async def simulate_run(
    scenario: str | Path,
    options: RunOptions,
    *,
    listeners: Sequence[Listener] = (),
    clients: Mapping[str, ModelClient] | None = None,
) -> Run:
    """Grow, tag and export the trees of a scenario.

    Args:
        scenario: A file, or the name of a shipped scenario.
        options: What the scenario does not say or what is to replace it.
        listeners: Are told of what happens.
        clients: Ready-made clients by model name.

    Raises:
        InputError: the scenario or an option is wrong; RunConflict when the directory is.
        ModelError: a model can't be used; what was finished is kept.
        ExportError: a file can't be written.
    """
    work = _Work(loaded_on(check_scenario(scenario), options.source), options, listeners, clients)
    return await work.run()


class _Work:
    """One call of `simulate_run`."""

    def __init__(
        self,
        loaded: LoadedScenario,
        options: RunOptions,
        listeners: Sequence[Listener],
        clients: Mapping[str, ModelClient] | None,
    ) -> None:
        self.loaded, self.options = loaded, options
        self.tell = Hearing((event_log(options.log_level), *listeners))
        scenario = loaded.scenario
        self.seed = scenario.seed if options.seed is None else options.seed
        self.trees = tree_count(loaded, options.sample)
        self.names = models_by_role(scenario, options)
        self.book = ModelBook(self.names, options.client, clients=clients)
        self.asked = set(used_models(loaded, self.names)) - set(clients or ())
        self.prices = read_prices(options.prices)
        self.calls: RunCalls
        self.cap: Cap
        self.plan: Plan | None = None
        self.progress: Progress | None = None
        self.ran_before = 0.0
        self.filter = RunFilter(loaded)
        self.tagger: Tagger | None = None
        self.critics: list[CriticQuality] | None = None
        self.exporters: list[Exporter] = exporters_of(loaded, seed=self.seed)
        self.prepared = False
        self.started = time.monotonic()

    async def run(self) -> Run:
        """Begin the run or take it up, and see it through."""
        created = created_now()
        manifest = manifest_of(
            self.loaded,
            self.options,
            models=self.names,
            endpoints=endpoints_of(self.asked, self.options),
            evaluators={rule.name: rule.version for rule in heuristics_of(self.loaded)},
            filtering=self.filter.made_by,
            trees=self.trees,
            seed=self.seed,
            created=created,
        )
        place = place_of(manifest, self.options)
        opened = (
            RunStore.resume(place.directory, **place.renewed)
            if place.resumed
            else RunStore.create(place.directory, manifest)
        )
        try:
            return await self._kept(opened)
        except ModelError:
            if not self.prepared and not place.resumed:
                discard(place.directory)  # no model could be asked, so nothing is lost
            raise

    async def _kept(self, opened: RunStore) -> Run:
        log = Path(opened.directory, "log.txt")
        with (
            opened as store,
            run_log(log, level=self.options.log_level),
            calls_of(store, self.options) as self.calls,
        ):
            self.ran_before = float(store.manifest.summary.get("run_seconds", 0.0))
            self.tell.add(self.calls.hear)
            self.cap = self._make_cap(store)
            self.book.attach(
                self.calls.journal,
                self.tell,
                replayed=self.calls.replayed,
                guard=partial(CappedClient, cap=self.cap),
            )
            return await self._seen_through(store)

    def _make_cap(self, store: RunStore) -> Cap:
        """Return the budget under watch.

        Raises:
            InputError: money is capped, and a model's price is not known.
        """
        if self.options.budget.usd is not None:
            for name in used_models(self.loaded, self.names):
                self.prices.demand(name)
        before = store.journal.totals()
        return Cap(self.options.budget, self.prices, before=before, seconds=self.ran_before)

    async def _seen_through(self, store: RunStore) -> Run:
        try:
            state = await self._grown(store)
        except BaseException as error:
            stopped = isinstance(error, asyncio.CancelledError)
            await self.book.close()
            with suppress(
                DialoomError, sqlite3.Error
            ):  # on a full disk, say: what stopped the run is to be said
                self._finish(store, "interrupted" if stopped else "failed")
            raise
        await self.book.close()
        return Run(store.directory, self._finish(store, state))

    async def _grown(self, store: RunStore) -> str:
        """Grow what is missing and return the state the run is in then."""
        pending = self._pending(store)
        if pending or awaits_test(store, self.loaded):
            scores = KeptScores(self.calls.journal, asks=not self.options.replay)
            self.tagger = tagger_of(self.loaded, self.book, self.tell, scores=scores)
            factory = StageFactory(self.loaded, self.book, tagger=self.tagger, seed=self.seed)
            if not self.loaded.scenario.openers:
                factory.openings = RunOpenings(pending, store.trees.drafts())
            self.plan = await self._ready(store, selects=factory.asks_selector)
            runner = self._runner(store, factory, self.plan)
            with self._progress(store, len(pending)).told(), set_aside():
                await runner.run(pending, until=self.cap.stopped(), drained=self._drained)
                self.critics = await calibrated_run(
                    store,
                    self.loaded,
                    self.tagger.critics,
                    seed=self.seed,
                    until=self.cap.stopped(),
                    listener=self.tell,
                )
        return self._state(store.trees.totals())

    async def _ready(self, store: RunStore, *, selects: bool) -> Plan:
        """Prepare the models, and return what the run will take."""
        await get_ready(self.loaded, self.book, seed=self.seed, selects=selects)
        self.prepared = True
        self.book.ask_as(self.calls.described)
        demonstrated = demonstration(self.loaded, self.book)
        if demonstrated:
            self.tell(Notice(demonstrated))
        if not self.options.replay:
            self.calls.describe(self.book.descriptions())
        store.update(state="running", revisions=self.book.revisions)
        return await plan_of(self.loaded, self.options, self.prices)

    def _runner(self, store: RunStore, factory: StageFactory, plan: Plan) -> Runner:
        return Runner(
            store,
            factory,
            concurrency=self.options.concurrency or trees_at_once(self.loaded, self.book),
            created=datetime.fromisoformat(store.manifest.created),
            listener=self.tell,
            admit=Admission(self.cap, plan).tree,
        )

    def _state(self, totals: Totals) -> str:
        left = totals.trees + totals.failed_trees < self.trees
        if self.cap.reached and (left or any(map(is_untested, self.critics or ()))):
            self.tell(Notice(self._over_budget(totals)))
            return "budget"
        return "partial" if totals.failed_trees or totals.failures else "finished"

    async def _drained(self) -> None:
        if self.cap.under_way:
            calls = f"{self.cap.under_way:,} calls under way"
            self.tell(Notice(f"stopping; waiting for {calls} (interrupt again to drop them)"))
        await self.cap.drained()

    def _over_budget(self, totals: Totals) -> str:
        return (
            f"the budget is reached: {self.cap.reached}; {totals.trees} of {self.trees} trees are "
            "finished. The same command with a larger --budget goes on from there"
        )

    def _pending(self, store: RunStore) -> Sequence[int]:
        done = store.trees.finished()
        if self.options.retry_failed:
            done -= {failure.tree for failure in store.trees.failures()}
        return array("I", (number for number in range(self.trees) if number not in done))

    def _progress(self, store: RunStore, pending: int) -> Progress:
        begun = begun_of(self.loaded, store, trees=self.trees, pending=pending)
        self.tell(begun)
        before = store.trees.totals()
        standings = self.book.standings
        self.progress = Progress(begun, before, cap=self.cap, standings=standings, tell=self.tell)
        self.tell.add(self.progress)
        return self.progress

    def _finish(self, store: RunStore, state: str) -> RunSummary:
        """Write the exports and the figures of whatever is finished."""
        judges = None if self.tagger is None else self.tagger.critics
        critics = known_critics(store, judges) if self.critics is None else self.critics
        settings = self.loaded.scenario.evaluate.critic
        self.filter.note_in(store)
        with set_aside():
            exports = export_run(
                store,
                self.exporters,
                lambda: [Critics(critics, settings), *self.filter.evidence(store)],
            )
        for warning in self.filter.warnings:
            self.tell(Notice(warning))
        quality = read_quality(store.directory)
        summary = summary_of(
            store,
            exports,
            state=state,
            saved_calls=self.tagger.tally.calls_saved if self.tagger else 0,
            seconds=time.monotonic() - self.started,
            ran_before=self.ran_before,
            tokens=self.tell.tokens,
            notices=self.tell.notices,
            funnel=self.filter.funnel(store),
            critics=[one.model_dump(mode="json") for one in (quality or Quality()).critics],
            prices=self.prices,
            plan=self.plan,
        )
        store.update(state=state, summary=summary.figures())
        if self.progress is not None:
            self.progress.end()
        self.tell(RunFinished(summary.trees, summary.failed_trees, state == "interrupted"))
        return summary
