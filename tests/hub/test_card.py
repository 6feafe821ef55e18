"""What the card of a data set says, and what its Croissant file names."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hub_data import NOON, REAL, data, front, parts, run

from dialoom.exporters.oasst_messages import OasstMessages
from dialoom.hub.card import card_of
from dialoom.hub.data import HubData
from dialoom.hub.folder import export_hub
from dialoom.hub.licences import UNKNOWN, licence_of

__all__ = ["data", "run"]


def test_the_front_matter_names_configs_and_files(data: HubData) -> None:
    found = front(data)

    assert found["license"] == "cc-by-4.0"
    assert found["pretty_name"] == "Late parcels"
    assert found["language"] == ["en"]
    assert found["size_categories"] == ["n<1K"]
    assert {"synthetic", "sft", "dpo"} <= set(found["tags"])
    assert [config["config_name"] for config in found["configs"]] == data.configs
    assert [config.get("default", False) for config in found["configs"]] == [True] + [False] * 4
    assert found["configs"][0]["data_files"] == [
        {"split": "train", "path": "sft/train.jsonl"},
        {"split": "test", "path": "sft/test.jsonl"},
    ]


def test_the_front_matter_has_the_types_of_all_columns_of_messages(data: HubData) -> None:
    (info,) = front(data)["dataset_info"]

    assert info["config_name"] == "messages"
    assert [feature["name"] for feature in info["features"]] == list(OasstMessages.example)


def test_the_card_says_how_the_rows_were_made(data: HubData, run: Path) -> None:
    said = parts(data)
    manifest = json.loads((run / "manifest.json").read_bytes())

    for fact in (manifest["scenario_sha256"], manifest["run_id"], "| seed | 0 |", "empty "):
        assert fact in said["How it was made"]
    assert "`dialoom export run --as hub`" in said["How it was made"]
    assert "| `scripted/demo` |" in said["Models and licences"]
    assert "written by hand in a script" in said["Models and licences"]
    assert manifest["personas"]["ada"] in said["Personas"]
    assert "| ada | prompter | in the scenario |" in said["Personas"]
    assert "| trees asked for | 6 |" in said["What was left out"]


def test_the_card_shows_what_was_measured_and_says_what_was_not(data: HubData) -> None:
    said = parts(data)["How far the critic can be believed"]

    assert "Its verdicts count: trust is set to always" in said
    assert "| corrupted copies scored below the original |" in said
    assert "Not measured: " in said


def test_a_run_without_evidence_says_so(run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    copy.mkdir()
    for name in ("manifest.json", "run.db"):
        (copy / name).write_bytes((run / name).read_bytes())

    said = parts(export_hub(copy, tmp_path / "set"))

    assert "Not measured: no critic" in said["How far the critic can be believed"]
    assert said["Diversity"].count("not measured") == 3


def test_a_file_of_trees_is_named_with_its_digest(tmp_path: Path) -> None:
    said = parts(export_hub(REAL, tmp_path / "set"))

    assert sha256(REAL.read_bytes()).hexdigest() in said["How it was made"]
    assert "simulated" not in said["Known limits"]


def test_a_licence_that_nobody_chose_or_knows_is_said(run: Path, tmp_path: Path) -> None:
    data = export_hub(run, tmp_path / "set")
    data.trees.models["assistant"]["openai/mine"] = 3

    limits = card_of(data, command="", when=NOON).partition("## Known limits")[2]

    assert "No licence has been chosen for this data set." in limits
    assert "The licence of openai/mine is not known to dialoom." in limits
    assert front(data)["license"] == "unknown"


def test_a_script_of_ones_own_is_named_without_its_folder(data: HubData) -> None:
    data.trees.models["assistant"]["scripted//home/ada/secret/lines.yaml"] = 1
    text = card_of(data, command="", when=NOON)
    del data.trees.models["assistant"]["scripted//home/ada/secret/lines.yaml"]

    assert "`scripted/lines.yaml`" in text.partition("## Personas")[0]
    assert "/home/ada" not in text


@pytest.mark.parametrize(
    ("model", "licence"),
    [
        ("embedded/smollm2-135m", "Apache-2.0"),
        ("ollama/llama3.2:3b", "Llama 3 Community License"),
        ("ollama/qwen2.5:3b", "Qwen Research License"),
        ("ollama/qwen2.5:7b", "Apache-2.0"),
        ("openai/gpt-4o-mini", "OpenAI Terms of Use"),
        ("openai/o3-mini", "OpenAI Terms of Use"),
        ("openai/Qwen/Qwen3-8B", "Apache-2.0"),
        ("openai/something", UNKNOWN.licence),
    ],
)
def test_models_have_the_licence_of_their_family(model: str, licence: str) -> None:
    assert licence_of(model).licence == licence


def fields(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        yield item
        yield from fields(item.get("subField", []))


def test_croissant_describes_every_file_and_its_columns(data: HubData) -> None:
    described = json.loads((data.folder / "croissant.json").read_bytes())

    files = {file["@id"]: file for file in described["distribution"]}
    assert {name: file["sha256"] for name, file in files.items()} == {
        file.path: file.sha256 for file in data.files
    }
    assert described["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert len(described["recordSet"]) == len(data.files)
    ids = [field["@id"] for records in described["recordSet"] for field in fields(records["field"])]
    assert len(ids) == len(set(ids))
    assert {"sft_train/messages/role", "dpo_test/margin", "messages_train/rank"} <= set(ids)
