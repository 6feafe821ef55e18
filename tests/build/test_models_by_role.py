import asyncio
from pathlib import Path

import pytest
from scenes import SCENE, write_scene

from dialoom.build import RunOptions, models_by_role, simulate_run
from dialoom.build.models import DEFAULT_MODEL, roles_of
from dialoom.errors import InputError
from dialoom.scenarios.library import load_scenario
from dialoom.scenarios.model import Scenario

GIVEN = "models: {assistant: [x/a, x/b], bob: x/own, default: x/rest}\n"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIALOOM_MODEL", raising=False)


def scenario(folder: Path, more: str = "") -> Scenario:
    return load_scenario(write_scene(folder, SCENE + more)).scenario


def test_nothing_given_runs_the_embedded_model(tmp_path: Path) -> None:
    found = models_by_role(scenario(tmp_path), RunOptions())
    assert set(found.values()) == {(DEFAULT_MODEL,)}


def test_the_environment_goes_before_the_embedded_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALOOM_MODEL", "x/env")
    assert models_by_role(scenario(tmp_path), RunOptions())["critic"] == ("x/env",)


def test_a_scenario_names_models_by_member_role_and_default(tmp_path: Path) -> None:
    found = models_by_role(scenario(tmp_path, GIVEN), RunOptions())
    assert found == {
        "prompter": ("x/rest",),
        "assistant": ("x/a", "x/b"),
        "critic": ("x/rest",),
        "selector": ("x/rest",),
        "bob": ("x/own",),
    }


def test_one_model_for_all_goes_before_the_scenarios(tmp_path: Path) -> None:
    found = models_by_role(scenario(tmp_path, GIVEN), RunOptions(model="x/all"))
    assert set(found.values()) == {("x/all",)}
    assert "bob" not in found


def test_a_role_on_the_command_line_goes_before_a_member_in_the_scenario(tmp_path: Path) -> None:
    options = RunOptions(role_models={"assistant": ("x/new",)})
    found = models_by_role(scenario(tmp_path, GIVEN), options)
    assert (found["assistant"], "bob" in found) == (("x/new",), False)


def test_a_member_on_the_command_line_goes_before_everything(tmp_path: Path) -> None:
    options = RunOptions(model="x/all", role_models={"bob": ("x/bob",)})
    assert models_by_role(scenario(tmp_path, GIVEN), options)["bob"] == ("x/bob",)


def test_several_critics_may_judge(tmp_path: Path) -> None:
    options = RunOptions(role_models={"critic": ("x/a", "x/b")})
    assert models_by_role(scenario(tmp_path), options)["critic"] == ("x/a", "x/b")


def test_the_selector_has_one_model(tmp_path: Path) -> None:
    options = RunOptions(role_models={"selector": ("x/a", "x/b")})
    with pytest.raises(InputError, match="one model, not x/a and x/b"):
        models_by_role(scenario(tmp_path), options)


def test_an_unknown_role_names_the_nearest(tmp_path: Path) -> None:
    options = RunOptions(role_models={"assistent": ("x/a",)})
    with pytest.raises(InputError, match="did you mean 'assistant'"):
        models_by_role(scenario(tmp_path), options)


def test_a_role_given_twice_has_two_models() -> None:
    assert roles_of(["assistant=x/a", "critic=x/c", "assistant=x/b"]) == {
        "assistant": ("x/a", "x/b"),
        "critic": ("x/c",),
    }


@pytest.mark.parametrize("text", ["critic", "=x/a", "critic="])
def test_a_role_without_a_model_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="ROLE=NAME"):
        roles_of([text])


@pytest.mark.parametrize("name", ["opena/x", "gpt-4o", "/x"])
def test_a_model_that_nobody_provides_is_said_before_a_run_is_begun(
    tmp_path: Path, name: str
) -> None:
    scene = write_scene(tmp_path, SCENE)
    options = RunOptions(model=name, out=tmp_path / "run")
    with pytest.raises(InputError, match="provider"):
        asyncio.run(simulate_run(scene, options))
    assert not (tmp_path / "run").exists()
