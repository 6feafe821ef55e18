"""Puts a critic to the test on spoilt replies, and says whether its scores may count.

The interval decides and not the share alone: a critic that is right by luck on a few canaries
is not trusted, and neither is one that nobody has tested.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from dialoom.errors import first_error
from dialoom.evaluators.base import Subject
from dialoom.evaluators.canaries import Canary, Original
from dialoom.evaluators.critic import REPEATED, CriticJudge
from dialoom.evaluators.ranks import TIE
from dialoom.evaluators.spoiling import KINDS
from dialoom.quality import CriticQuality, Rate, rate_of
from dialoom.verdicts import EvaluatorFailure

__all__ = ["Calibration", "Trust", "calibrated", "is_untested", "trust_of"]

UNTESTED = "the run ended before its canaries were judged"
QUOTED = 160
"""Characters of a failure that are repeated."""
Step = Callable[[], Coroutine[Any, Any, None]]
SEED = 0x5EED
"""What tells the seeds of repeats from those of canaries."""


class Trust(NamedTuple):
    """Whether a critic's scores count, and why."""

    trusted: bool
    why: str


@dataclass(slots=True)
class Calibration:
    """What came of a critic's canaries so far; may be read before all are judged."""

    wanted: int = 0
    """Canaries there are."""
    results: dict[int, tuple[str, float]] = field(default_factory=dict)
    """By the canary's number: its kind, and 1 where the original won, 0.5 for a tie, or 0."""
    repeats: dict[int, bool] = field(default_factory=dict)
    """By the original's number: whether it was judged alike again."""
    failure: str = ""
    """Of the last judgement that could not be had."""

    @property
    def canary(self) -> Rate | None:
        """The share that was told apart, over all kinds."""
        return rate_of(sum(won for _, won in self.results.values()), len(self.results))

    def is_lost(self, floor: float) -> bool:
        """Return whether the floor can't be reached any more, were all further canaries won."""
        missed = sum(1 - won for _, won in self.results.values())
        best = rate_of(self.wanted - missed, self.wanted)
        return bool(missed) and best is not None and best.low < floor - TIE

    def by_kind(self) -> dict[str, Rate]:
        """Return the share that was told apart, by kind."""
        found = {}
        for kind in KINDS:
            won = [won for name, won in self.results.values() if name == kind]
            rate = rate_of(sum(won), len(won))
            if rate is not None:
                found[kind] = rate
        return found

    def quality(self, judge: CriticJudge, *, stopped: bool = False) -> CriticQuality:
        """Return the figures with what follows from them.

        Args:
            judge: The critic.
            stopped: Whether the run ended before all canaries were judged.
        """
        trust = trust_of(judge, self, stopped=stopped)
        return CriticQuality(
            model=judge.agent.client.name,
            version=judge.version,
            method=judge.agent.method,
            trusted=trust.trusted,
            why=trust.why,
            canaries=self.by_kind(),
            canary=self.canary,
            floor=judge.settings.floor,
            repeats=rate_of(sum(self.repeats.values()), len(self.repeats)),
        )


def is_untested(quality: CriticQuality) -> bool:
    """Return whether a run ended before a critic's canaries were judged."""
    return quality.why.startswith(UNTESTED)


def trust_of(judge: CriticJudge, found: Calibration, *, stopped: bool = False) -> Trust:
    """Return whether a critic's scores count: the user's word, else its canaries.

    `auto` wants the lower end of the 95 % interval around the share of canaries told apart to
    reach the floor. Without canaries, because none were asked for or the run was stopped
    before, it goes by what is known of the model.
    """
    settings, canary = judge.settings, found.canary
    cut = f"{UNTESTED}; " if stopped and settings.canaries else ""
    if settings.trust != "auto":
        measured = f"; {_measured(canary)}" if canary else ""
        return Trust(settings.trust == "always", f"{cut}trust is set to {settings.trust}{measured}")
    if not settings.canaries or stopped:
        known = "its model is taken to judge" if judge.expected else "its model is too small"
        return Trust(judge.expected, f"{cut or 'no canaries wanted; '}{known}")
    if canary is None and not found.wanted:
        return Trust(False, "no canary could be made: no reply is fit to be spoilt")
    if canary is None:
        return Trust(False, f"no canary could be judged{_because(found)}")
    passed = canary.low >= settings.floor - TIE
    if passed:
        return Trust(True, _measured(canary))
    sure = f"{_measured(canary)}, and {settings.floor:.0%} must be sure"
    if found.is_lost(settings.floor):
        left = found.wanted - canary.count
        return Trust(False, f"{sure}{f'; the other {left} could not mend that' if left else ''}")
    return Trust(False, f"{canary.count} canaries are too few to tell{_because(found)}; {sure}")


async def calibrated(
    judge: CriticJudge,
    canaries: Sequence[Canary],
    *,
    seed: int,
    into: Calibration,
    told: Callable[[int, int], None],
) -> None:
    """Judge the canaries, and a few originals again; what is judged stands in `into` at once.

    A small model on this machine, which is asked one thing after the other, is spared the rest
    as soon as it can't reach the floor any more: that decides nothing otherwise.

    Args:
        judge: The critic.
        canaries: What it has to tell apart.
        seed: Of its judgements, 0 to 2**31 - 1.
        into: Takes the results.
        told: Is called when one more is judged: how many are, and of how many.
    """
    done = 0

    async def take(step: Step) -> None:
        nonlocal done
        await step()
        done += 1
        told(done, len(work))

    async def spoilt(number: int, canary: Canary) -> None:
        ask = _compared if judge.compares else _judged
        won = await ask(judge, canary, seed, into)
        if won is not None:
            into.results[number] = canary.kind, won

    async def again(number: int, original: Original) -> None:
        before = await _original(judge, original, seed, into)
        after = await _asked(judge, original.subject, seed ^ SEED, into)
        if before is not None and after is not None:
            into.repeats[number] = abs(before - after) < TIE

    into.wanted = len(canaries)
    work = [partial(spoilt, number, canary) for number, canary in enumerate(canaries)]
    if judge.in_turn:  # it reads a thread once for all copies of its replies
        order = sorted(range(len(work)), key=lambda place: canaries[place].original.subject.thread)
        for place in order:
            if judge.settings.trust == "auto" and into.is_lost(judge.settings.floor):
                break
            await take(work[place])
        return
    if judge.varies and not judge.compares:
        originals = {one.original.message_id: one.original for one in canaries}
        chosen = list(originals.values())[: -(-len(canaries) // REPEATED)]
        work += [partial(again, number, original) for number, original in enumerate(chosen)]
    await _all(partial(take, step) for step in work)


async def _judged(judge: CriticJudge, canary: Canary, seed: int, into: Calibration) -> float | None:
    """Return 1 where the original scores higher than the copy, 0.5 where they tie."""
    before = await _original(judge, canary.original, seed, into)
    after = await _asked(judge, canary.copy, seed, into)
    if before is None or after is None:
        return None
    return 0.5 if abs(before - after) < TIE else float(before > after)


async def _compared(
    judge: CriticJudge, canary: Canary, seed: int, into: Calibration
) -> float | None:
    """Return 1 where the original is preferred to the copy in both orders, 0.5 for neither."""
    found = await judge.compare([canary.original.subject, canary.copy], seed)
    if isinstance(found, EvaluatorFailure):
        into.failure = f"{found.error}: {found.message}"
        return None
    (preference, *_), _ = found
    return preference.value


async def _all(work: Iterable[Step]) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for step in work:
                group.create_task(step())
    except BaseExceptionGroup as errors:
        raise first_error(errors) from errors


async def _original(
    judge: CriticJudge, original: Original, seed: int, into: Calibration
) -> float | None:
    """Return the original's score: the one it was given, else one asked for."""
    known = [one for one in original.verdicts if one.version == judge.version]
    return judge.score(known) if known else await _asked(judge, original.subject, seed, into)


async def _asked(
    judge: CriticJudge, subject: Subject, seed: int, into: Calibration
) -> float | None:
    found = await judge.judge(subject, seed)
    if isinstance(found, EvaluatorFailure):
        into.failure = f"{found.error}: {found.message}"
        return None
    return judge.score(found)


def _measured(canary: Rate) -> str:
    share = f"{canary.value * canary.count:g} of {canary.count} canaries told apart"
    return f"{share} ({canary.value:.0%}, 95 % interval {canary.low:.0%} to {canary.high:.0%})"


def _because(found: Calibration) -> str:
    return f" ({found.failure[:QUOTED]})" if found.failure else ""
