"""Which model's reply is the better one, where siblings come from several models."""

from collections import Counter
from itertools import combinations

from dialoom.exporters.siblings import sibling_groups
from dialoom.exporters.standings import standings
from dialoom.intervals import Interval, wilson
from dialoom.tree import TreeRecord

__all__ = ["WinMatrix"]


class WinMatrix:
    """Wins of each model over each other one among siblings, by score, else by rank."""

    def __init__(self) -> None:
        self.wins: Counter[tuple[str, str]] = Counter()
        self.ties: Counter[tuple[str, str]] = Counter()
        """Counted both ways round."""

    def add(self, record: TreeRecord) -> None:
        """Take a tree into account."""
        for group in sibling_groups(record):
            order = standings(group)
            if len({standing.message.model_name for standing in order}) < 2:
                continue
            for better, worse in combinations(order, 2):
                ours, theirs = better.message.model_name, worse.message.model_name
                if ours is None or theirs is None or ours == theirs:
                    continue
                if better.score > worse.score:
                    self.wins[ours, theirs] += 1
                elif better.score < worse.score:
                    self.wins[theirs, ours] += 1
                else:
                    self.ties.update([(ours, theirs), (theirs, ours)])

    @property
    def models(self) -> list[str]:
        """Every model that met another, by name."""
        met = self.wins.keys() | self.ties.keys()
        return sorted({name for pair in met for name in pair})

    def share(self, model: str, other: str) -> Interval | None:
        """Return how often a model wins over another, ties left out; None if they never met."""
        wins, losses = self.wins[model, other], self.wins[other, model]
        return wilson(wins, wins + losses)
