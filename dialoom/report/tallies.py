"""Counts over all trees of a run, filled in one pass."""

from collections import Counter, defaultdict
from typing import NamedTuple

from dialoom.intervals import Part
from dialoom.messages import Message
from dialoom.report.facts import Facts, continued, facts_of
from dialoom.tree import TreeRecord

__all__ = ["LabelTally", "SpeakerTally", "Tallies"]


class LabelTally:
    """The values one label was given."""

    def __init__(self) -> None:
        self.values: list[float] = []

    @property
    def mean(self) -> float:
        """0 to 1."""
        return sum(self.values) / len(self.values)

    @property
    def shares(self) -> list[float]:
        """The share of values in each fifth of 0 to 1."""
        bins = Counter(min(4, int(value * 5)) for value in self.values)
        return [bins[place] / len(self.values) for place in range(5)]

    @property
    def heights(self) -> list[float]:
        """The shares beside the largest of them, 0 to 1."""
        most = max(self.shares)
        return [share / most for share in self.shares]


class SpeakerTally:
    """What one cast member said, and how varied it is."""

    def __init__(self) -> None:
        self.messages = self.kept = self.words = 0
        self.texts: Counter[str] = Counter()
        self._ngrams: tuple[set[str], set[str]] = (set(), set())
        self._counts = [0, 0]

    def add(self, facts: Facts) -> None:
        """Take a message into account."""
        self.messages += 1
        self.kept += facts.dropped is None
        self.words += facts.words
        self.texts[facts.message.text.strip()] += 1
        tokens = facts.message.text.lower().split()
        for size in (1, 2):
            grams = [" ".join(tokens[at : at + size]) for at in range(len(tokens) - size + 1)]
            self._ngrams[size - 1].update(grams)
            self._counts[size - 1] += len(grams)

    @property
    def repeated(self) -> float:
        """The share of messages whose text was said before, 0 to 1."""
        return 1 - len(self.texts) / self.messages

    def distinct(self, size: int) -> float:
        """Return distinct-n, 0 to 1: different n-grams over all n-grams, of words.

        Source: Li et al., "A diversity-promoting objective function", NAACL 2016.
        """
        count = self._counts[size - 1]
        return len(self._ngrams[size - 1]) / count if count else 0.0


class TreeParts(NamedTuple):
    """What one tree adds to the figures that get an interval."""

    kept: Part
    scores: Part
    lengths: dict[str, Part]
    """By role."""
    turns: Part


class Tallies:
    """Everything the report counts of messages."""

    def __init__(self) -> None:
        self.trees = self.messages = 0
        self.dropped: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.languages: Counter[str] = Counter()
        self.turns: Counter[int] = Counter()
        self.terminations: Counter[str] = Counter()
        self.lost_judgements: Counter[str] = Counter()
        self.bases: Counter[str] = Counter()
        self.scores: dict[str, list[float]] = {"kept": [], "dropped": []}
        self.lengths: dict[str, list[int]] = defaultdict(list)
        self.labels: dict[str, LabelTally] = defaultdict(LabelTally)
        self.speakers: dict[str, SpeakerTally] = defaultdict(SpeakerTally)
        self.parts: list[TreeParts] = []
        self.label_parts: dict[str, list[Part]] = defaultdict(list)
        self.dropped_parts: dict[str, dict[int, int]] = defaultdict(dict)
        self.truncated = self.ranked = 0

    @property
    def kept(self) -> int:
        """Messages that are fit for training."""
        return self.messages - self.dropped.total()

    def add(self, record: TreeRecord) -> list[Facts]:
        """Take a tree into account, and return the facts of its messages."""
        found = list(facts_of(record))
        thread = continued(record)
        for facts in found:
            self._add(facts)
        self.turns[len(thread)] += 1
        self._add_parts(found, thread)
        self.trees += 1
        return found

    def _add(self, facts: Facts) -> None:
        message, notes = facts.message, facts.notes
        self.messages += 1
        if facts.dropped is not None:
            self.dropped[facts.dropped] += 1
        self.languages[message.lang or "not said"] += 1
        if notes.termination is not None:
            self.terminations[notes.termination.value] += 1
        if facts.score is not None:
            self.scores["kept" if facts.dropped is None else "dropped"].append(facts.score)
            self.bases[notes.basis or "labels"] += 1
        self.ranked += message.rank is not None
        self.truncated += notes.finish_reason == "length"
        self.lengths[message.role].append(facts.words)
        self.speakers[facts.speaker.name].add(facts)
        self.faults.update({v.name for v in notes.verdicts if v.severity == "fault"})
        self.lost_judgements.update(failure.evaluator for failure in notes.failures)
        for name, label in (message.labels or {}).items():
            if label.value is not None:
                self.labels[name].values.append(label.value)

    def _add_parts(self, found: list[Facts], thread: tuple[Message, ...]) -> None:
        scores = [facts.score for facts in found if facts.score is not None]
        lengths = {
            role: _part([facts.words for facts in found if facts.message.role == role])
            for role in ("prompter", "assistant")
        }
        kept = [facts.dropped is None for facts in found]
        self.parts.append(TreeParts(_part(kept), _part(scores), lengths, Part(len(thread), 1)))
        values: dict[str, list[float]] = defaultdict(list)
        for facts in found:
            if facts.dropped is not None:
                counts = self.dropped_parts[facts.dropped]
                counts[self.trees] = counts.get(self.trees, 0) + 1
            for name, label in (facts.message.labels or {}).items():
                if label.value is not None:
                    values[name].append(label.value)
        for name, given in values.items():
            self.label_parts[name].append(_part(given))


def _part(values: list[float] | list[int] | list[bool]) -> Part:
    return Part(float(sum(values)), len(values))
