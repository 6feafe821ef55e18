"""A data set as it was written into a folder: what its card and its description are made of."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from dialoom.hub.configs import DataFile, HubOptions
from dialoom.hub.facts import SourceFacts, TreeFacts

__all__ = ["HubData"]


@dataclass
class HubData:
    """What was written into a folder for the Hub."""

    folder: Path
    files: list[DataFile]
    dropped: dict[str, Counter[str]]
    """Rows left out, by config and reason."""
    figures: dict[str, dict[str, float]]
    """What the exporters say of their rows, by config and split (`dpo/train`)."""
    lengths: dict[str, tuple[int, int]]
    """Characters of a line, by config: the middle one of all, and what 95 of 100 have at most."""
    source: SourceFacts
    trees: TreeFacts
    options: HubOptions = field(default_factory=HubOptions)

    @property
    def configs(self) -> list[str]:
        """The configs that have rows, the default one first."""
        return list(dict.fromkeys(file.config for file in self.files))

    @property
    def models(self) -> list[str]:
        """Every model that wrote or judged, sorted."""
        wrote = {model for counts in self.trees.models.values() for model in counts}
        quality = self.source.quality
        return sorted(wrote | {critic.model for critic in (quality.critics if quality else ())})

    @property
    def name(self) -> str:
        """The title of the card."""
        manifest = self.source.manifest
        plain = (manifest.scenario if manifest else self.source.name).replace("_", " ")
        return self.options.pretty_name or f"Simulated conversations: {plain}"
