"""A run to be traced, and the rows of its files."""

import json
from pathlib import Path
from typing import Any

import pytest
from scenes import TRUSTING, write_scene

import dialoom

__all__ = ["rows", "run"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trace")
    out = folder / "run"
    dialoom.simulate(write_scene(folder, TRUSTING), model="scripted/demo", sample=3, out=out)
    return out


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
