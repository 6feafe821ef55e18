"""Rows of a real run, listed by what they depend on."""

import shutil
from pathlib import Path

import pytest
from scenes import SCENE, TRUSTING, write_scene
from traced import rows, run

import dialoom
from dialoom.agents.clients.script import script_file
from dialoom.build.dependents import Dependents
from dialoom.build.exporting import export_source
from dialoom.errors import InputError

__all__ = ["run"]


def listed(run: Path, depends: str, *others: Path) -> list[str]:
    return [f"{row.file.name}:{row.number}" for row in Dependents(run, depends).rows(others)]


@pytest.mark.parametrize(
    "depends", ["persona=ada", "persona=bob", "model=scripted/demo", "file=scene.yaml"]
)
def test_every_row_depends_on_the_cast_the_model_and_the_scenario(run: Path, depends: str) -> None:
    count = sum(len(rows(run / name)) for name in ("dpo.jsonl", "sft.jsonl"))

    assert len(listed(run, depends)) == count > 0


def test_a_row_depends_only_on_who_spoke_in_its_thread(tmp_path: Path) -> None:
    scene = SCENE.replace(
        "variables:",
        "  - persona: {name: cyd, display_name: Cyd, description: A supervisor.}\n"
        "    role: assistant\nvariables:",
    ).replace("turns: {max: 4}", "turns: {policy: round_robin, max: 5}")
    scene = scene.replace("rubric: [quality, toxicity]", "trust: always, rubric: [quality]")
    run = tmp_path / "run"
    dialoom.simulate(write_scene(tmp_path, scene), model="scripted/demo", sample=2, out=run)
    by_speaker = {
        f"dpo.jsonl:{number}": row["meta"]["speaker"]
        for number, row in enumerate(rows(run / "dpo.jsonl"), start=1)
    }

    found = [place for place in listed(run, "persona=cyd") if place.startswith("dpo")]

    first_bob = next(place for place, speaker in by_speaker.items() if speaker == "bob")
    assert first_bob not in found
    assert {place for place, speaker in by_speaker.items() if speaker == "cyd"} <= set(found)


def test_a_critic_is_what_its_judgements_rest_on(tmp_path: Path) -> None:
    run, script = tmp_path / "run", tmp_path / "judge.yaml"
    shutil.copy(script_file("demo"), script)
    judge = f"scripted/{script}"
    dialoom.simulate(
        write_scene(tmp_path, TRUSTING),
        model="scripted/demo",
        role_models={"critic": judge},
        sample=1,
        out=run,
    )

    assert listed(run, f"model={judge}") == listed(run, "model=scripted/demo") != []


def test_rows_that_say_nothing_of_themselves_are_counted(run: Path, tmp_path: Path) -> None:
    export_source(run, ["openai"], tmp_path, {})
    dependents = Dependents(run, "persona=ada")

    list(dependents.rows([tmp_path]))

    count = len(rows(tmp_path / "openai.jsonl"))
    place = tmp_path / "openai.jsonl"
    assert dependents.notices == [
        f"{place}: passed over {count} rows that don't say where they come from"
    ]


@pytest.mark.parametrize(
    ("depends", "message"),
    [
        ("ada", "takes persona=NAME, model=NAME or file=FILE; not 'ada'"),
        ("model=", "takes persona=NAME"),
        ("persona=adda", "has no persona 'adda'; did you mean 'ada'"),
        ("model=scripted/dem", "asked no model 'scripted/dem'; did you mean 'scripted/demo'"),
        ("file=scen.yaml", "read no file 'scen.yaml'; did you mean 'scene.yaml'"),
    ],
)
def test_what_nothing_can_depend_on_is_an_error(run: Path, depends: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Dependents(run, depends)
