"""A run's `quality.json`: the evidence for trusting its labels, ranks and texts.

It is gathered in one pass over the trees, in the order of their numbers, and from nothing that
depends on when or how often the run was taken up: the same run gives the same bytes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from dialoom.evaluators.critic import polarity_of
from dialoom.evaluators.figures import CriticFigures, people_ranks
from dialoom.exporters.base import write_lines
from dialoom.quality import IDLE, CriticQuality, Quality
from dialoom.scenarios.model import Critic
from dialoom.tree import TreeRecord

__all__ = ["Critics", "Evidence", "quality_of", "watched", "write_quality"]


TESTED = ("trusted", "why", "canaries", "canary", "floor", "repeats")
"""What the test of a critic finds out; the rest is counted in the trees."""


class Evidence(Protocol):
    """One kind of evidence, gathered while the trees go by."""

    def add(self, record: TreeRecord) -> None:
        """Take a finished tree into account."""

    def found(self) -> Mapping[str, Any]:
        """Return fields of `Quality`; the `warnings` of several kinds are joined."""


class Critics:
    """What is known of each critic."""

    def __init__(
        self, tested: Sequence[CriticQuality] = (), settings: Critic | None = None
    ) -> None:
        """Take what the critics' canaries have shown, and what the critics were asked."""
        self._tested = {quality.version: quality for quality in tested}
        self._figures = CriticFigures(polarity_of(settings))
        self._ranks: dict[str, dict[str, int]] = {}
        self._failed: set[str] = set()

    def before(self, record: TreeRecord) -> None:
        """Remember what people ranked in a tree that is yet to be tagged, until it is added."""
        self._ranks[record.tree.message_tree_id] = people_ranks(record)

    def add(self, record: TreeRecord) -> None:
        """Take a finished tree into account."""
        failures = (failure for notes in record.notes.values() for failure in notes.failures)
        self._failed.update(failure.version for failure in failures)
        self._figures.add(record, self._ranks.pop(record.tree.message_tree_id, None))

    def found(self) -> Mapping[str, Any]:
        """Return the critics by version, and a warning for each that did not stand its test."""
        figures = self._figures.critics()
        critics = tuple(
            self._joined(version, figures.get(version))
            for version in sorted({*figures, *self._tested})
        )
        return {"critics": critics, "warnings": tuple(map(_warning, filter(_is_weak, critics)))}

    def _joined(self, version: str, figures: CriticQuality | None) -> CriticQuality:
        tested = self._tested.get(version)
        if figures is None:
            assert tested is not None
            was_asked = tested.canary is not None or version in self._failed
            return tested if was_asked else tested.model_copy(update={"why": IDLE})
        if tested is None:
            return figures
        return figures.model_copy(update={name: getattr(tested, name) for name in TESTED})


def _is_weak(critic: CriticQuality) -> bool:
    canary = critic.canary
    if critic.is_idle:
        return False
    return not critic.trusted or (canary is not None and canary.low < critic.floor)


def _warning(critic: CriticQuality) -> str:
    counts = "counts all the same" if critic.trusted else "is not trusted"
    return f"the critic {critic.model} {counts}: {critic.why}"


def watched(records: Iterable[TreeRecord], evidence: Sequence[Evidence]) -> Iterator[TreeRecord]:
    """Yield the trees as they come, and let each kind of evidence look at them."""
    for record in records:
        for part in evidence:
            part.add(record)
        yield record


def quality_of(evidence: Sequence[Evidence]) -> Quality:
    """Return what was gathered; warnings stand in the order of the evidence."""
    fields: dict[str, Any] = {}
    warnings: list[str] = []
    for part in evidence:
        found = dict(part.found())
        warnings.extend(found.pop("warnings", ()))
        fields |= found
    return Quality(**fields, warnings=tuple(warnings))


def write_quality(file: Path, evidence: Sequence[Evidence]) -> Quality:
    """Write what was gathered, whole, and return it.

    Raises:
        ExportError: the file can't be written.
    """
    quality = quality_of(evidence)
    write_lines(file, [quality.model_dump_json(indent=2).encode()])
    return quality
