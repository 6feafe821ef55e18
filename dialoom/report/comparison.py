"""What changed between two runs: settings, and figures with the interval of their difference."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from dialoom.build.sources import records_from
from dialoom.intervals import (
    Interval,
    Part,
    mean,
    mean_difference,
    rate,
    rate_difference,
    wilson,
)
from dialoom.quality import Quality, read_quality
from dialoom.report.tallies import Tallies, TreeParts
from dialoom.store import RunManifest, differences, read_manifest

__all__ = ["Change", "Comparison", "compare_runs"]

SETTINGS = (
    "scenario",
    "scenario_sha256",
    "personas",
    "models",
    "revisions",
    "seed",
    "trees",
    "options",
    "evaluators",
    "filter",
    "versions",
)


class Change(NamedTuple):
    """One figure of both runs."""

    name: str
    is_rate: bool
    """True for a share, 0 to 1; false for a mean in the unit the name says."""
    first: Interval | None
    """None where the run has nothing to measure."""
    second: Interval | None
    difference: Interval | None
    """The second less the first."""

    @property
    def is_clear(self) -> bool:
        """Whether the interval of the difference leaves zero out."""
        return self.difference is not None and not (
            self.difference.low <= 0 <= self.difference.high
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs beside each other."""

    settings: list[str]
    """What was set differently, a sentence each."""
    changes: list[Change]


def compare_runs(first: Path, second: Path) -> Comparison:
    """Return what differs between two runs' directories, or OASST files.

    Raises:
        InputError: a source is neither, or can't be read.
    """
    tallies = _tallies(first), _tallies(second)
    manifests = _manifest(first), _manifest(second)
    settings = []
    if manifests[0] is not None and manifests[1] is not None:
        settings = differences(
            manifests[0], manifests[1], fields=SETTINGS, places=("in the first", "in the second")
        )
    evidence = _quality(first), _quality(second)
    return Comparison(settings, [*_changes(*tallies), *_critics(*evidence)])


def _tallies(source: Path) -> Tallies:
    tallies = Tallies()
    for record in records_from(source):
        tallies.add(record)
    return tallies


def _manifest(source: Path) -> RunManifest | None:
    return read_manifest(source) if source.is_dir() else None


def _quality(source: Path) -> Quality:
    return (read_quality(source) if source.is_dir() else None) or Quality()


def _critics(first: Quality, second: Quality) -> Iterator[Change]:
    """Yield what was measured of the critics, one by one in the order they are named in."""
    for place in range(max(len(first.critics), len(second.critics))):
        before, after = (dict(_measured(one, place)) for one in (first, second))
        for name in dict.fromkeys([*before, *after]):
            rates = before.get(name), after.get(name)
            yield Change(name, True, *rates, rate_difference(*rates))


def _measured(quality: Quality, place: int) -> Iterator[tuple[str, Interval]]:
    if place >= len(quality.critics):
        return
    critic, number = quality.critics[place], f" {place + 1}" if place else ""
    for name, found in (
        ("tells corrupted copies apart", critic.canary),
        ("agrees with people", critic.people),
        ("says the same again", critic.repeats),
        ("changes with the order", critic.flips),
    ):
        if found is not None:
            yield f"critic{number} {name}", Interval(found.value, found.low, found.high)


def _changes(first: Tallies, second: Tallies) -> Iterator[Change]:
    yield _rates("kept", *(_column(one, lambda parts: parts.kept) for one in (first, second)))
    for reason in sorted(first.dropped.keys() | second.dropped.keys()):
        yield _rates(f"dropped: {reason}", _dropped(first, reason), _dropped(second, reason))
    yield _means("score", *(_column(one, lambda parts: parts.scores) for one in (first, second)))
    for label in sorted(first.label_parts.keys() | second.label_parts.keys()):
        if label != "score":
            yield _means(
                f"label {label}",
                first.label_parts.get(label, []),
                second.label_parts.get(label, []),
            )
    for role in ("prompter", "assistant"):
        lengths = [[parts.lengths[role] for parts in one.parts] for one in (first, second)]
        yield _means(f"words, {role}", *lengths)
    yield _means(
        "messages a dialogue", *(_column(one, lambda parts: parts.turns) for one in (first, second))
    )
    for reason in sorted(first.terminations.keys() | second.terminations.keys()):
        before, after = (
            wilson(one.terminations[reason], one.terminations.total()) for one in (first, second)
        )
        yield Change(f"ends: {reason}", True, before, after, rate_difference(before, after))


def _column(tallies: Tallies, of: Callable[[TreeParts], Part]) -> list[Part]:
    return [of(parts) for parts in tallies.parts]


def _dropped(tallies: Tallies, reason: str) -> list[Part]:
    counts = tallies.dropped_parts.get(reason, {})
    return [Part(counts.get(tree, 0), parts.kept.size) for tree, parts in enumerate(tallies.parts)]


def _rates(name: str, first: Sequence[Part], second: Sequence[Part]) -> Change:
    before, after = rate(first), rate(second)
    return Change(name, True, before, after, rate_difference(before, after))


def _means(name: str, first: Sequence[Part], second: Sequence[Part]) -> Change:
    difference = mean_difference(first, second)
    return Change(name, False, mean(first), mean(second), difference)
