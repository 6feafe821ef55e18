"""How near the critic comes to people who judged the same messages."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from dialoom.intervals import Interval, wilson
from dialoom.report.facts import Facts

__all__ = ["Agreement", "Calibration"]

SAME = 0.125
"""Values that lie closer than this are the same of OASST's five points (0, .25, .5, .75, 1)."""


class Agreement(NamedTuple):
    """People and the critic on one label."""

    label: str
    messages: int
    people: float
    """Mean value people gave, 0 to 1."""
    critic: float
    """Mean value the critic gave to the same messages."""
    distance: float
    """Mean absolute difference, 0 to 1."""
    same: Interval
    """The share of messages on which both chose the same of five points."""


class Calibration:
    """Values of people and of the critic for the same label of the same message."""

    def __init__(self) -> None:
        self._pairs: dict[str, list[tuple[float, float]]] = defaultdict(list)

    def add(self, found: Iterable[Facts]) -> None:
        """Take the messages of a tree into account."""
        for facts in found:
            values: dict[str, dict[str, list[float]]] = {"human": {}, "critic": {}}
            for verdict in facts.notes.verdicts:
                if verdict.kind in values and verdict.value is not None:
                    values[verdict.kind].setdefault(verdict.name, []).append(verdict.value)
            for name in values["human"].keys() & values["critic"].keys():
                pair = (_mean(values["human"][name]), _mean(values["critic"][name]))
                self._pairs[name].append(pair)

    def agreements(self) -> list[Agreement]:
        """Return a row for each label that both judged, by name."""
        return [_agreement(name, pairs) for name, pairs in sorted(self._pairs.items())]


def _agreement(name: str, pairs: list[tuple[float, float]]) -> Agreement:
    distances = [abs(people - critic) for people, critic in pairs]
    same = wilson(sum(distance < SAME for distance in distances), len(pairs))
    assert same is not None
    return Agreement(
        label=name,
        messages=len(pairs),
        people=_mean([people for people, _ in pairs]),
        critic=_mean([critic for _, critic in pairs]),
        distance=_mean(distances),
        same=same,
    )


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
