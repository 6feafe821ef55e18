"""How a critic's verdicts are spread: what its scores tell of itself, whatever they are about.

Figures that need no further question to the model: values by criterion, ties, whether scores
follow length, whether it favours its own family, and how far people who ranked agree.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import log2, sqrt
from typing import NamedTuple

from dialoom.evaluators.ranks import POLARITY, PREFERENCE, SEATS, TIE, critic_quality
from dialoom.intervals import Part, Z, rate
from dialoom.messages import Message
from dialoom.quality import CriticQuality, Rate, Slope
from dialoom.records import is_made_here
from dialoom.tree import TreeRecord
from dialoom.verdicts import Verdict, model_in

__all__ = ["CriticFigures", "family_of", "people_ranks"]

Ranks = Mapping[str, int]
"""Rank by message id, 0 for the best."""


class _Judged(NamedTuple):
    """A sibling with what one critic makes of it."""

    message: Message
    model: str
    score: float
    seats: Counter[str]
    """Its comparisons that the order decided; empty also where none were made."""
    is_compared: bool


@dataclass(slots=True)
class _Sums:
    """Of a regression within groups: each value counts from its group's mean."""

    xx: float = 0.0
    xy: float = 0.0
    yy: float = 0.0
    count: int = 0
    groups: int = 0

    def add(self, points: Sequence[tuple[float, float]]) -> None:
        """Take a group into account."""
        middle_x = sum(x for x, _ in points) / len(points)
        middle_y = sum(y for _, y in points) / len(points)
        self.xx += sum((x - middle_x) ** 2 for x, _ in points)
        self.xy += sum((x - middle_x) * (y - middle_y) for x, y in points)
        self.yy += sum((y - middle_y) ** 2 for _, y in points)
        self.count += len(points)
        self.groups += 1

    def slope(self) -> Slope | None:
        """Return the slope with its 95 % interval; None where lengths don't differ enough."""
        free = self.count - self.groups - 1
        if self.xx < TIE or free < 1:
            return None
        value = self.xy / self.xx
        error = sqrt(max(0.0, self.yy - value * self.xy) / free / self.xx)
        low, high = value - Z * error, value + Z * error
        return Slope(value=_round(value), low=_round(low), high=_round(high), count=self.count)


@dataclass(slots=True)
class _Critic:
    """What one critic's verdicts come to so far."""

    judged: int = 0
    values: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    lengths: _Sums = field(default_factory=_Sums)
    ties: list[Part] = field(default_factory=list)
    people: list[Part] = field(default_factory=list)
    family: list[Part] = field(default_factory=list)
    flips: list[Part] = field(default_factory=list)
    first: list[Part] = field(default_factory=list)

    def add_seats(self, group: Sequence[_Judged]) -> None:
        """Take into account which comparisons of a group the order decided."""
        pairs = len(group) * (len(group) - 1) // 2
        first, last = (sum(judged.seats[seat] for judged in group) / 2 for seat in SEATS)
        self.flips.append(Part(first + last, pairs))
        self.first.append(Part(first + (pairs - first - last) / 2, pairs))


class CriticFigures:
    """Figures of each critic, gathered while trees go by; keeps sums and no text."""

    def __init__(self, polarity: Mapping[str, int] = POLARITY) -> None:
        """Begin with nothing; `polarity` is by criterion, see `Criterion.polarity`."""
        self._polarity = polarity
        self._critics: dict[str, _Critic] = {}

    def add(self, record: TreeRecord, ranks: Ranks | None = None) -> None:
        """Take a tree into account.

        Args:
            record: The tree with its verdicts.
            ranks: What people ranked; None takes the rankings among the verdicts.
        """
        ranked = _opinions(record) if ranks is None else ranks
        for notes in record.notes.values():
            self._count(notes.verdicts)
        found: dict[str, list[list[_Judged]]] = defaultdict(list)
        for siblings in _siblings(record):
            for version in _versions(record, siblings):
                judged = _judged(record, siblings, version, self._polarity)
                found[version].append(list(judged))
        for version, groups in found.items():
            self._add(self._critics[version], version, groups, ranked)

    def critics(self) -> dict[str, CriticQuality]:
        """Return the figures by the critic's version; trust is for others to say."""
        return {version: _quality(version, found) for version, found in self._critics.items()}

    def _count(self, verdicts: Sequence[Verdict]) -> None:
        for version in {verdict.version for verdict in verdicts if verdict.kind == "critic"}:
            self._critics.setdefault(version, _Critic()).judged += 1
        for verdict in verdicts:
            if verdict.kind == "critic" and verdict.name not in SEATS:
                values = self._critics[verdict.version].values
                values[verdict.name][verdict.shown] += 1

    def _add(
        self, critic: _Critic, version: str, groups: Sequence[Sequence[_Judged]], ranks: Ranks
    ) -> None:
        for group in groups:
            if len(group) > 1:
                critic.lengths.add([(log2(max(1, len(j.message.text))), j.score) for j in group])
            critic.add_seats([judged for judged in group if judged.is_compared])
        pairs = [pair for group in groups for pair in combinations(group, 2)]
        critic.ties.append(_part([abs(a.score - b.score) < TIE for a, b in pairs]))
        critic.people.append(_part(list(_agreements(pairs, ranks))))
        critic.family.append(_part(list(_preferences(pairs, family_of(model_in(version))))))


def family_of(model: str) -> str:
    """Return what models of one maker's line have in common.

    >>> family_of("ollama/llama3.2:3b"), family_of("openai/gpt-4o-mini")
    ('llama', 'gpt')
    """
    name = model.partition("@")[0].rpartition("/")[2].lower()
    letters = 0
    while letters < len(name) and name[letters].isalpha():
        letters += 1
    return name[:letters] or name


def people_ranks(record: TreeRecord) -> dict[str, int]:
    """Return the ranks that a tree brings along and that dialoom's own notes don't account for."""
    return {
        message.message_id: message.rank
        for siblings in _siblings(record)
        for message in siblings
        if message.rank is not None and not _is_ours(record, message)
    }


def _is_ours(record: TreeRecord, message: Message) -> bool:
    """Return whether a run drew the message; in a file of its trees only the origin tells."""
    notes = record.notes.get(message.message_id)
    if notes is None:
        return bool(message.synthetic) and is_made_here(record)
    return notes.seed is not None


def _opinions(record: TreeRecord) -> dict[str, int]:
    """Return the order that people's verdicts of `preference` put messages in."""
    found: dict[str, int] = {}
    for siblings in _siblings(record):
        values = {
            message.message_id: verdict.value
            for message in siblings
            for verdict in _verdicts(record, message)
            if verdict.kind == "human"
            and verdict.name == "preference"
            and verdict.value is not None
        }
        order = sorted(set(values.values()), reverse=True)
        found |= {message_id: order.index(value) for message_id, value in values.items()}
    return found


def _siblings(record: TreeRecord) -> Iterator[Sequence[Message]]:
    pending = [record.tree.prompt] if record.tree.prompt else []
    while pending:
        message = pending.pop()
        if message.replies:
            yield message.replies
            pending.extend(message.replies)


def _verdicts(record: TreeRecord, message: Message) -> Sequence[Verdict]:
    notes = record.notes.get(message.message_id)
    return notes.verdicts if notes else ()


def _versions(record: TreeRecord, siblings: Sequence[Message]) -> list[str]:
    """Return the critics that judged any of them."""
    found = {
        verdict.version: None
        for message in siblings
        for verdict in _verdicts(record, message)
        if verdict.kind == "critic"
    }
    return list(found)


def _judged(
    record: TreeRecord, siblings: Sequence[Message], version: str, polarity: Mapping[str, int]
) -> Iterator[_Judged]:
    for message in siblings:
        own = [verdict for verdict in _verdicts(record, message) if verdict.version == version]
        score = critic_quality(own, polarity=polarity)
        if score is not None:
            names = Counter(verdict.name for verdict in own)
            seats = Counter({seat: names[seat] for seat in SEATS})
            yield _Judged(message, message.model_name or "", score, seats, PREFERENCE in names)


def _agreements(pairs: Sequence[tuple[_Judged, _Judged]], ranks: Ranks) -> Iterator[float]:
    """Yield 1 for each pair in people's order, 0 against it, and a half for a tie."""
    for one, other in pairs:
        first, second = ranks.get(one.message.message_id), ranks.get(other.message.message_id)
        if first is not None and second is not None and first != second:
            yield _won(one.score, other.score) if first < second else _won(other.score, one.score)


def _preferences(pairs: Sequence[tuple[_Judged, _Judged]], family: str) -> Iterator[float]:
    """Yield 1 for each pair that the one reply of the critic's family won, a half for a tie."""
    for one, other in pairs:
        if not (one.model and other.model):
            continue
        ours, theirs = (family_of(judged.model) == family for judged in (one, other))
        if ours != theirs:
            yield _won(one.score, other.score) if ours else _won(other.score, one.score)


def _won(score: float, other: float) -> float:
    return 0.5 if abs(score - other) < TIE else float(score > other)


def _part(values: Sequence[float]) -> Part:
    return Part(sum(values), len(values))


def _quality(version: str, critic: _Critic) -> CriticQuality:
    return CriticQuality(
        model=model_in(version),
        version=version,
        method=version.split("/")[1] if version.count("/") > 1 else "",
        trusted=False,
        why="",
        judged=critic.judged,
        length_slope=critic.lengths.slope(),
        flips=_rate(critic.flips),
        first_position=_rate(critic.first),
        own_family=_rate(critic.family),
        distributions={
            name: dict(sorted(counts.items())) for name, counts in sorted(critic.values.items())
        },
        ties=_rate(critic.ties),
        people=_rate(critic.people),
    )


def _rate(parts: Sequence[Part]) -> Rate | None:
    found = rate(parts)
    count = sum(part.size for part in parts)
    if found is None:
        return None
    value, low, high = (_round(number) for number in found)
    return Rate(value=value, low=low, high=high, count=count)


def _round(value: float) -> float:
    return round(value, 6)
