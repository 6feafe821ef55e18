import asyncio
from pathlib import Path

import pytest
from scenes import SCENE, write_scene

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import RunOptions, simulate_run
from dialoom.build.places import scenario_of
from dialoom.build.resuming import begun
from dialoom.store import read_manifest

MODEL = "scripted/test"


def begin(monkeypatch: pytest.MonkeyPatch, project: Path) -> Path:
    """Begin a run as somebody does who stands in a project's folder; return its directory."""
    project.mkdir()
    monkeypatch.chdir(project)
    scene = write_scene(Path(), SCENE.replace("critic: {rubric: [quality, toxicity]}", ""))
    client = ScriptedClient(lambda request, seed: f"That is number {seed}, yes.", name=MODEL)
    options = RunOptions(model=MODEL, out=Path("runs/one"), sample=1)
    asyncio.run(simulate_run(scene, options, clients={MODEL: client}))
    return project / "runs" / "one"


def test_a_run_goes_on_from_any_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run = begin(monkeypatch, tmp_path / "project")
    monkeypatch.chdir(tmp_path)
    scenario, _ = begun(RunOptions(out=Path("project/runs/one")))
    assert Path(scenario) == run.parents[1] / "scene.yaml"


def test_a_scenario_that_is_gone_is_named_as_it_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run = begin(monkeypatch, tmp_path / "project")
    (tmp_path / "project" / "scene.yaml").unlink()
    assert scenario_of(read_manifest(run), run) == Path("scene.yaml")
