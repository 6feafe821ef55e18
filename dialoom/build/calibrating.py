"""The critics of a run are put to the test once its trees are grown, and grades follow."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from dialoom.build.casting import Casting
from dialoom.evaluators.calibration import Calibration, calibrated
from dialoom.evaluators.canaries import Originals
from dialoom.evaluators.critic import CriticJudge
from dialoom.evaluators.regrading import regraded
from dialoom.events import CriticTested, Listener, Notice
from dialoom.quality import IDLE, CriticQuality
from dialoom.scenarios.cast import Cast
from dialoom.scenarios.loaded import LoadedScenario
from dialoom.store import RunStore
from dialoom.tree import TreeRecord

__all__ = ["awaits_test", "calibrated_run", "known_critics", "notice_of", "put_to_test"]

REMEDY = "Name a better critic (--role-model critic=NAME), or set evaluate.critic.trust to always"


class _Test(NamedTuple):
    """One critic with what it is put to the test on."""

    judge: CriticJudge
    originals: Originals
    found: Calibration


async def calibrated_run(
    store: RunStore,
    loaded: LoadedScenario,
    critics: Sequence[CriticJudge],
    *,
    seed: int,
    until: Coroutine[Any, Any, None],
    listener: Listener,
) -> list[CriticQuality]:
    """Return what the critics' canaries show, and grade the trees again where trust changes.

    Args:
        store: A run whose trees are grown.
        loaded: Its scenario.
        critics: Those of the run.
        seed: The run's.
        until: Ends the test when it returns; what is judged by then counts as far as it goes.
        listener: Is told how far the test is, and of a critic that is not trusted.

    Raises:
        MissingCall: a replay needs a call that is not kept.
        RunConflict: the run can't be written.
    """
    expected = [judge.trusted for judge in critics]
    before = {one["version"]: one["trusted"] for one in store.manifest.summary.get("critics", ())}

    casting = Casting(loaded)
    try:
        found = await put_to_test(
            ((one, casting.cast(one)) for one in store.trees.records(dropping=False)),
            critics,
            seed=seed,
            judged=True,
            until=until,
            listener=listener,
        )
    finally:
        until.close()
    for place, judge in enumerate(critics):
        if not store.trees.has_judged(judge.version):
            found[place] = found[place].model_copy(update={"why": IDLE})
    for judge, quality in zip(critics, found, strict=True):
        if notice := notice_of(judge, quality):
            listener(Notice(notice))
    was = [before.get(judge.version, now) for judge, now in zip(critics, expected, strict=True)]
    if [judge.trusted for judge in critics] != expected or was != expected:
        await _grade_again(store, loaded, critics)
    return found


async def put_to_test(
    records: Iterable[tuple[TreeRecord, Cast | None]],
    critics: Sequence[CriticJudge],
    *,
    seed: int,
    judged: bool,
    listener: Listener,
    until: Coroutine[Any, Any, None] | None = None,
) -> list[CriticQuality]:
    """Put critics to the test on spoilt replies of the trees, and decide whether each is trusted.

    Args:
        records: The trees, each with its cast where somebody knows it.
        critics: Who is tested.
        seed: Of the choice and of the judgements.
        judged: Whether the trees hold the critics' verdicts, which then are not asked for again.
        listener: Is told how far the test is.
        until: Ends the test when it returns.
    """
    tests = [_test_of(judge, seed, judged) for judge in critics]
    if any(test.judge.settings.canaries for test in tests):
        for record, cast in records:
            for test in tests:
                test.originals.add(record, cast)
    stopped = await _within(_judged(tests, seed, listener), until)
    found = []
    for test in tests:
        quality = test.found.quality(test.judge, stopped=stopped)
        test.judge.decide(quality.trusted)
        found.append(quality)
    return found


def awaits_test(store: RunStore, loaded: LoadedScenario) -> bool:
    """Return whether the critics of a run, grown or not, have yet to be put to the test."""
    ended = store.manifest.state in ("finished", "partial")
    return loaded.scenario.evaluate.critic is not None and not ended


def known_critics(store: RunStore, critics: Iterable[CriticJudge] | None) -> list[CriticQuality]:
    """Return what is to be said of critics that this process has not put to the test.

    Args:
        store: The run.
        critics: Those that were to be tested; None where an earlier process has done it.
    """
    if critics is None:
        return [CriticQuality(**one) for one in store.manifest.summary.get("critics", ())]
    return [Calibration().quality(judge, stopped=True) for judge in critics]


def notice_of(judge: CriticJudge, quality: CriticQuality, *, remedy: str = REMEDY) -> str:
    """Return what a person should know of a critic's trust; empty when all is well.

    Args:
        judge: The critic.
        quality: What is known of it.
        remedy: What can be done about a critic that is not trusted.
    """
    if quality.is_idle:
        return ""
    trust, canary = judge.settings.trust, quality.canary
    if trust == "always" and canary is not None and canary.low < quality.floor:
        return (
            f"the critic {quality.model} counts all the same: {quality.why}. Its canaries speak "
            "against it"
        )
    if trust != "auto" or quality.trusted:
        return ""
    return (
        f"the critic {quality.model} is not trusted: {quality.why}. What it says is kept as "
        f"labels; scores and pairs rest on the heuristics alone. {remedy}"
    )


def _test_of(judge: CriticJudge, seed: int, judged: bool) -> _Test:
    settings = judge.settings
    versions = (judge.version,) if judged else ()
    originals = Originals(settings.canaries, seed=seed, roles=settings.roles, critics=versions)
    return _Test(judge, originals, Calibration())


async def _judged(tests: Sequence[_Test], seed: int, listener: Listener) -> None:
    def told(model: str, done: int, wanted: int) -> None:
        listener(CriticTested(model, done, wanted))

    for test in tests:
        name = test.judge.agent.client.name
        canaries = test.originals.canaries()
        await calibrated(test.judge, canaries, seed=seed, into=test.found, told=partial(told, name))


async def _within(work: Coroutine[Any, Any, None], until: Coroutine[Any, Any, None] | None) -> bool:
    """Do the work, and return whether `until` ended it."""
    task = asyncio.ensure_future(work)
    end = task if until is None else asyncio.ensure_future(until)
    try:
        await asyncio.wait({task, end}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
            return False
        return True
    finally:
        for one in {task, end}:
            one.cancel()
        await asyncio.gather(task, end, return_exceptions=True)


async def _grade_again(
    store: RunStore, loaded: LoadedScenario, critics: Sequence[CriticJudge]
) -> None:
    """Grade every tree of the run by the critics that are trusted."""
    doubted = [judge.version for judge in critics if not judge.trusted]
    polarity = {name: value for judge in critics for name, value in judge.polarity.items()}
    screened = loaded.scenario.evaluate.heuristics != ()
    for number in sorted(store.trees.finished()):
        record = store.trees.record(number, dropping=False)
        again = regraded(record, screened=screened, doubted=doubted, polarity=polarity)
        if again is not None:
            await store.trees.put(again)
