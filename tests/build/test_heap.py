import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from scenes import SCENE, write_scene

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import RunOptions, simulate_run
from dialoom.build.heap import set_aside
from dialoom.events import CallFinished, Event

MODEL = "scripted/test"


@pytest.fixture(autouse=True)
def nothing_frozen() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_collections_pass_over_what_was_imported_while_a_run_grows(tmp_path: Path) -> None:
    frozen: list[int] = []

    def listen(event: Event) -> None:
        if isinstance(event, CallFinished):
            frozen.append(gc.get_freeze_count())

    scene = write_scene(tmp_path, SCENE.replace("critic: {rubric: [quality, toxicity]}", ""))
    client = ScriptedClient(lambda request, seed: f"Well, that is number {seed}.", name=MODEL)
    options = RunOptions(model=MODEL, out=tmp_path / "run", sample=1)
    asyncio.run(simulate_run(scene, options, clients={MODEL: client}, listeners=[listen]))

    assert frozen
    assert min(frozen) > 10_000
    assert gc.get_freeze_count() == 0


def test_young_objects_are_looked_through_less_often_and_then_as_before() -> None:
    before = gc.get_threshold()
    with set_aside():
        assert gc.get_threshold()[0] > before[0]
    assert gc.get_threshold() == before


def test_what_failed_is_collected_again() -> None:
    with pytest.raises(ValueError, match="so"), set_aside():
        raise ValueError("so")
    assert gc.get_freeze_count() == 0


def test_what_the_caller_froze_stays_frozen() -> None:
    gc.freeze()
    before = gc.get_freeze_count()
    with set_aside():
        assert before - 50 < gc.get_freeze_count() <= before  # frozen ones may die meanwhile
    assert before - 50 < gc.get_freeze_count() <= before
