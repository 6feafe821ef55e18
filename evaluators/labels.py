"""Verdicts into labels: OASST's where the name is one of theirs, ours beside them."""

from collections.abc import Iterable, Mapping

from dialoom.messages import Label
from dialoom.verdicts import Verdict

__all__ = ["SCORE", "labels_of", "with_ours"]

SCORE = "score"
"""Our label for what siblings are ranked by."""


def labels_of(verdicts: Iterable[Verdict], *, score: float | None = None) -> dict[str, Label]:
    """Return the labels that verdicts amount to, in the order of their first verdict.

    A label's value is the mean over its raters and its count is how many there are, as in
    Open-Assistant's export. A heuristic is one rater however often it fires, and its highest
    value counts; each verdict of a critic or a person is a rating of its own. A heuristic that
    finds nothing gives no rating, and neither does a verdict without value: what nobody rated
    has no label.

    Args:
        verdicts: Of one message.
        score: Becomes the label `score`; None gives none.
    """
    ratings: dict[str, list[float]] = {}
    fired: dict[tuple[str, str], float] = {}
    for verdict in verdicts:
        if verdict.value is None:
            continue
        values = ratings.setdefault(verdict.name, [])
        if verdict.kind == "heuristic":
            rater = (verdict.name, verdict.evaluator)
            fired[rater] = max(verdict.value, fired.get(rater, 0.0))
        else:
            values.append(verdict.value)
    for (name, _), value in fired.items():
        ratings[name].append(value)
    labels = {
        name: Label(value=round(sum(values) / len(values), 6), count=len(values))
        for name, values in ratings.items()
    }
    if score is not None:
        labels[SCORE] = Label(value=round(score, 6), count=1)
    return labels


def with_ours(theirs: Mapping[str, Label] | None, ours: Mapping[str, Label]) -> dict[str, Label]:
    """Return a message's labels with ours added; a label it has already stays as it is."""
    return {**ours, **(theirs or {})}
