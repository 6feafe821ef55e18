"""Runs whose critic judges as a bias says, and what was measured of it."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from critics import CRITIC, SPEAKER, Shown, number, speaker
from scenes import SCENE, write_scene

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import Run, RunOptions, simulate_run
from dialoom.events import Event
from dialoom.quality import CriticQuality, read_quality

__all__ = ["SCENE_OF_ONE", "always_5", "by_chance", "longest", "measured", "rows", "simulate"]

SCENE_OF_ONE = SCENE.replace("rubric: [quality, toxicity]", "rubric: [quality]")


def simulate(
    folder: Path,
    judge: ScriptedClient,
    *,
    scene: str = SCENE_OF_ONE,
    heard: Callable[[Event], None] = lambda event: None,
    **options: Any,
) -> Run:
    wanted = RunOptions(
        model=SPEAKER, role_models={"critic": (CRITIC,)}, **{"out": folder / "run", **options}
    )
    clients = {SPEAKER: ScriptedClient(speaker, name=SPEAKER), CRITIC: judge}
    file = write_scene(folder, scene)
    return asyncio.run(simulate_run(file, wanted, clients=clients, listeners=[heard]))


def measured(run: Run) -> CriticQuality:
    quality = read_quality(run.directory)
    assert quality is not None
    (found,) = quality.critics
    return found


def rows(run: Run, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run.directory / name).read_text("utf-8").splitlines()]


def longest(shown: Shown, text: str, seed: int) -> int:
    return min(5, 1 + len(text) // 45)


def always_5(shown: Shown, text: str, seed: int) -> int:
    return 5


def by_chance(shown: Shown, text: str, seed: int) -> int:
    return 1 + number(text) % 5
