"""A run's data set as it goes to the Hub, and the parts of its card."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from scenes import TRUSTING, write_scene

import dialoom
from dialoom.hub.configs import HubOptions
from dialoom.hub.data import HubData
from dialoom.hub.folder import export_hub

__all__ = ["NOON", "REAL", "data", "front", "parts", "run"]

REAL = Path(__file__).parent / "data" / "oasst_en_100_trees.jsonl.gz"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub")
    out = folder / "run"
    dialoom.simulate(write_scene(folder, TRUSTING), model="scripted/demo", sample=6, out=out)
    return out


@pytest.fixture(scope="module")
def data(run: Path, tmp_path_factory: pytest.TempPathFactory) -> HubData:
    return export_hub(
        run,
        tmp_path_factory.mktemp("data") / "set",
        options=HubOptions(license="cc-by-4.0", pretty_name="Late parcels"),
        shares={"train": "rest", "test": 2},
        command="dialoom export run --as hub",
        now=NOON,
    )


def front(data: HubData) -> dict[str, Any]:
    text = (data.folder / "README.md").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return found


def parts(data: HubData) -> dict[str, str]:
    """Return the card's sections by title."""
    text = (data.folder / "README.md").read_text(encoding="utf-8")
    return {part.partition("\n")[0]: part for part in text.split("\n## ")[1:]}
