"""Intervals of 95 % for rates and means over trees, whose messages are not independent.

Sources: E. B. Wilson, "Probable inference", JASA 22 (1927), equation 1 (the score interval);
R. G. Newcombe, "Interval estimation for the difference between independent proportions",
Statistics in Medicine 17 (1998), method 10; E. L. Korn and B. I. Graubard, "Confidence intervals
for proportions with small expected number of positive counts", Survey Methodology 24 (1998), for
the effective number of trials; B. Efron and R. Tibshirani, "An Introduction to the Bootstrap"
(1993), chapter 13 (the percentile interval), here with whole trees drawn again.
"""

from collections.abc import Sequence
from math import hypot, sqrt
from random import Random
from typing import NamedTuple

__all__ = ["Interval", "Part", "mean", "mean_difference", "rate", "rate_difference", "wilson"]

Z = 1.959963984540054
"""Of the normal distribution, for 95 %."""

RESAMPLES = 1000


class Part(NamedTuple):
    """What one tree adds: a sum over its messages, and of how many."""

    total: float
    size: int


class Interval(NamedTuple):
    """An estimate with the 95 % interval around it."""

    value: float
    low: float
    high: float


def wilson(successes: float, trials: float) -> Interval | None:
    """Return a rate with its score interval; None without trials.

    >>> wilson(8, 10)
    Interval(value=0.8, low=0.490..., high=0.943...)
    """
    if trials <= 0:
        return None
    p, z = successes / trials, Z
    middle = (p + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    return Interval(p, max(0.0, min(p, middle - half)), min(1.0, max(p, middle + half)))


def rate(parts: Sequence[Part]) -> Interval | None:
    """Return the share of messages that something holds for; `total` counts them.

    The score interval is taken with the effective number of messages: as many independent ones
    would tell as much as these, which sit together in trees.
    """
    count = sum(part.size for part in parts)
    if not count:
        return None
    p = sum(part.total for part in parts) / count
    trials = _effective(parts, p, count)
    return wilson(p * trials, trials)


def _effective(parts: Sequence[Part], p: float, count: int) -> float:
    """Return the effective number of trials, never more than there are."""
    trees = [part for part in parts if part.size]
    if len(trees) == count:
        return count
    if p in (0.0, 1.0) or len(trees) < 2:
        return len(trees)  # how alike messages of a tree are can't be told: each tree counts once
    spread = sum((part.total - p * part.size) ** 2 for part in trees)
    variance = spread * len(trees) / (len(trees) - 1) / count**2
    return min(count, p * (1 - p) / variance) if variance else count


def rate_difference(first: Interval | None, second: Interval | None) -> Interval | None:
    """Return by how much the second rate is higher; None where one is missing."""
    if first is None or second is None:
        return None
    difference = second.value - first.value
    low = hypot(second.value - second.low, first.high - first.value)
    high = hypot(second.high - second.value, first.value - first.low)
    return Interval(difference, difference - low, difference + high)


def mean(parts: Sequence[Part], *, seed: int = 0) -> Interval | None:
    """Return the mean over all messages with its bootstrap interval; None where there are none."""
    value = _mean(parts)
    if value is None:
        return None
    return Interval(value, *_middle(_draws(parts, seed)))


def mean_difference(
    first: Sequence[Part], second: Sequence[Part], *, seed: int = 0
) -> Interval | None:
    """Return by how much the second mean is higher; None where one is missing."""
    before, after = _mean(first), _mean(second)
    if before is None or after is None:
        return None
    drawn = zip(_draws(first, seed), _draws(second, seed + 1), strict=True)
    return Interval(after - before, *_middle([new - old for old, new in drawn]))


def _mean(parts: Sequence[Part]) -> float | None:
    count = sum(part.size for part in parts)
    return sum(part.total for part in parts) / count if count else None


def _draws(parts: Sequence[Part], seed: int) -> list[float]:
    """Return the means of trees drawn again with replacement."""
    random, trees = Random(seed), [part for part in parts if part.size]
    drawn = (random.choices(trees, k=len(trees)) for _ in range(RESAMPLES))
    return [sum(part.total for part in one) / sum(part.size for part in one) for one in drawn]


def _middle(values: list[float]) -> tuple[float, float]:
    """Return the 2.5th and the 97.5th percentile."""
    values = sorted(values)
    last = len(values) - 1
    return values[round(0.025 * last)], values[round(0.975 * last)]
