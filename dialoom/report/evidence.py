"""What a run's `quality.json` says, as the page shows it."""

from collections.abc import Iterator
from typing import NamedTuple

from dialoom.quality import CriticQuality, Diversity, Duplicates, Quality, Rate, Slope

__all__ = [
    "CriticView",
    "Measure",
    "Row",
    "critic_views",
    "diversity_rows",
    "duplicate_facts",
    "rules",
]

DIVERSITY = ("mtld", "distinct_1", "distinct_2", "distinct_3", "self_bleu", "compression_ratio")
"""Columns of the table of diversity; the page's head names them."""


class Measure(NamedTuple):
    """One thing that was measured of a critic."""

    name: str
    value: str
    interval: str
    """Of 95 %."""
    of: str
    good: str
    """What it should be."""


class Row(NamedTuple):
    """A line of a table of bars."""

    name: str
    share: float
    """Length of the bar, 0 to 1."""
    cells: list[str]


class CriticView(NamedTuple):
    """One critic."""

    name: str
    trusted: bool
    is_idle: bool
    """Whether it was never asked."""
    why: str
    judged: int
    measures: list[Measure]
    kinds: list[Row]
    """How often it noticed each kind of corruption."""
    values: list[Row]
    """How often it gave each value of each criterion."""


def critic_views(quality: Quality | None) -> list[CriticView]:
    """Return what is known of each critic."""
    return [
        CriticView(
            name=f"{critic.model} ({critic.method})",
            trusted=critic.trusted,
            is_idle=critic.is_idle,
            why=critic.why,
            judged=critic.judged,
            measures=list(_measures(critic)),
            kinds=[
                Row(kind, rate.value, [_percent(rate), _interval(rate), f"{rate.count:,}"])
                for kind, rate in critic.canaries.items()
            ],
            values=list(_values(critic)),
        )
        for critic in (quality.critics if quality else ())
    ]


def _measures(critic: CriticQuality) -> Iterator[Measure]:
    floor = f"surely {critic.floor:.0%} or more" if critic.floor else "near 100 %"
    given: tuple[tuple[str, Rate | None, str], ...] = (
        ("Scores a reply above its corrupted copy", critic.canary, floor),
        ("Puts replies in the order people put them in", critic.people, "near 100 %"),
        ("Says the same when asked again", critic.repeats, "near 100 %"),
        ("Changes its mind when the order is swapped", critic.flips, "near 0 %"),
        ("Prefers the reply shown first", critic.first_position, "near 50 %"),
        ("Prefers replies of its own family", critic.own_family, "near 50 %"),
        ("Scores siblings alike", critic.ties, "few"),
    )
    for name, rate, good in given:
        if rate is not None:
            yield Measure(name, _percent(rate), _interval(rate), f"{rate.count:,}", good)
    slope = critic.length_slope
    if slope is not None:
        yield _slope(slope)


def _slope(slope: Slope) -> Measure:
    return Measure(
        "Adds to the score for twice the length",
        f"{slope.value:+.3f}",
        f"{slope.low:+.3f} to {slope.high:+.3f}",
        f"{slope.count:,}",
        "near 0",
    )


def _values(critic: CriticQuality) -> Iterator[Row]:
    for criterion, counts in critic.distributions.items():
        total = sum(counts.values())
        for value, count in sorted(counts.items(), key=lambda item: _order(item[0])):
            share = count / total if total else 0.0
            yield Row(f"{criterion}: {value}", share, [f"{count:,}", f"{share:.0%}"])


def _order(value: str) -> tuple[float, str]:
    """Sort numbers by size, and words behind them."""
    try:
        return float(value), ""
    except ValueError:
        return float("inf"), value


def rules(quality: Quality | None) -> list[Row]:
    """Return what each rule of `evaluate.keep` dropped."""
    found = []
    for step in quality.funnel if quality else ():
        share = step.dropped / step.before if step.before else 0.0
        why = ", ".join(f"{name} {count:,}" for name, count in step.reasons.items())
        left = f"{step.before - step.dropped:,}"
        unrated = f"{step.unrated:,}" if step.unrated else ""
        found.append(
            Row(step.rule, share, [f"{step.before:,}", f"{step.dropped:,}", left, unrated, why])
        )
    return found


def duplicate_facts(quality: Quality | None) -> list[tuple[str, str]]:
    """Return what was found of texts that say the same, and of test sets."""
    found = list(_duplicates(quality.duplicates)) if quality and quality.duplicates else []
    for file, count in (quality.contaminated or {}).items() if quality else ():
        found.append((f"Messages that share words with {file}", f"{count:,}"))
    return found


def _duplicates(duplicates: Duplicates) -> Iterator[tuple[str, str]]:
    yield "Messages that repeat another", f"{duplicates.exact:,}"
    near = f"{duplicates.near:,} (Jaccard similarity of {duplicates.threshold:.2f} or more)"
    yield "Messages that nearly repeat another", near
    yield "Within a tree, across trees", f"{duplicates.within:,}, {duplicates.across:,}"
    yield "Groups of such messages", f"{duplicates.clusters:,}"
    if duplicates.examples:
        pairs = (f"{one[:8]} and {other[:8]}" for one, other in duplicates.examples)
        yield "For example, by message id", "; ".join(pairs)


def diversity_rows(quality: Quality | None) -> list[tuple[str, list[str]]]:
    """Return the figures of each role, in the order of the table's columns."""
    return [
        (role, _figures(figures))
        for role, figures in (quality.diversity if quality else {}).items()
    ]


def _figures(figures: Diversity) -> list[str]:
    values = [getattr(figures, name) for name in DIVERSITY]
    shares = [figures.question_rate, figures.sheet_overlap]
    return [
        f"{figures.messages:,}",
        f"{figures.words:,}",
        *(
            "" if value is None else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
            for value in values
        ),
        *("" if share is None else f"{share:.0%}" for share in shares),
    ]


def _percent(rate: Rate) -> str:
    return f"{rate.value:.0%}"


def _interval(rate: Rate) -> str:
    return f"{rate.low:.0%} to {rate.high:.0%}"
