"""The folder of a data set: what is in it, what its card says, what its Croissant file names."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from records import bot, labelled, record, user
from scenes import TRUSTING, write_scene
from typer.testing import CliRunner

import dialoom
from dialoom.cli import main
from dialoom.errors import InputError, RowRejected
from dialoom.exporters.base import export
from dialoom.exporters.oasst import Oasst
from dialoom.exporters.oasst_messages import OasstMessages
from dialoom.exporters.written import written_rows
from dialoom.hub.card import card_of
from dialoom.hub.configs import HubOptions, hub_options
from dialoom.hub.data import HubData
from dialoom.hub.folder import export_hub
from dialoom.hub.licences import UNKNOWN, licence_of
from dialoom.messages import MessageTree

REAL = Path(__file__).parent.parent / "data" / "oasst_en_100_trees.jsonl.gz"
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


# ---- the files ---------------------------------------------------------------------------


def test_every_config_has_its_splits(data: HubData) -> None:
    files = [file.path for file in data.files]

    assert files == [
        *(f"{name}/{s}.jsonl" for name in ("sft", "dpo", "kto") for s in ("train", "test")),
        *("messages/train.jsonl", "messages/test.jsonl"),
        *("trees/train.trees.jsonl.gz", "trees/test.trees.jsonl.gz"),
    ]
    below = {p.relative_to(data.folder).as_posix() for p in data.folder.rglob("*") if p.is_file()}
    assert below == {*files, "README.md", "croissant.json"}


def test_files_are_counted_and_hashed(data: HubData) -> None:
    for file in data.files:
        content = (data.folder / file.path).read_bytes()
        assert file.rows == sum(1 for _ in written_rows(data.folder / file.path)) > 0
        assert (file.size, file.sha256) == (len(content), sha256(content).hexdigest())


def test_no_tree_is_in_two_splits(data: HubData) -> None:
    trees: dict[str, set[str]] = {"train": set(), "test": set()}
    for file in data.files:
        for written in written_rows(data.folder / file.path):
            row = written.row
            name = row["message_tree_id"] if "meta" not in row else row["meta"]["tree_id"]
            trees[file.split].add(name)

    assert len(trees["train"] | trees["test"]) == 6
    assert trees["train"]
    assert trees["test"]
    assert not trees["train"] & trees["test"]


def test_a_config_without_rows_is_left_out(tmp_path: Path) -> None:
    export(tmp_path, [Oasst()], [record(user("u", bot("a", labels=labelled(0.9))))])

    data = export_hub(tmp_path / "trees.jsonl", tmp_path / "set")

    assert data.configs == ["sft", "kto", "messages", "trees"]
    assert "dpo" not in (data.folder / "README.md").read_text(encoding="utf-8").split("---")[1]


def test_a_config_can_be_left_out_or_set(run: Path, tmp_path: Path) -> None:
    given = {"kto": None, "trees": None, "dpo": {"policy": "all", "max_pairs": 9}}

    data = export_hub(run, tmp_path / "set", options=hub_options(given))

    assert data.configs == ["sft", "dpo", "messages"]
    policies = {w.row["meta"]["policy"] for w in written_rows(tmp_path / "set/dpo/train.jsonl")}
    assert policies == {"all"}


def test_parquet_has_the_same_rows_and_no_trees(run: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")

    data = export_hub(run, tmp_path / "set", parquet=True)

    assert [file.path for file in data.files] == [
        f"{config}/train.parquet" for config in ("sft", "dpo", "kto", "messages")
    ]
    lines = export_hub(run, tmp_path / "lines")
    assert [f.rows for f in data.files] == [f.rows for f in lines.files if f.config != "trees"]


def test_the_same_run_gives_the_same_folder(run: Path, tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        export_hub(run, folder, now=NOON)

    one, two = (
        {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        for folder in folders
    )
    assert one == two


def test_an_earlier_export_is_replaced_whole(run: Path, tmp_path: Path) -> None:
    export_hub(run, tmp_path, shares={"train": "rest", "test": 2})

    export_hub(run, tmp_path)

    assert not (tmp_path / "sft" / "test.jsonl").exists()


def test_parquet_replaces_lines(run: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    export_hub(run, tmp_path)

    export_hub(run, tmp_path, parquet=True)

    assert sorted(p.name for p in (tmp_path / "sft").iterdir()) == ["train.parquet"]
    assert not (tmp_path / "trees").exists()


def test_an_export_that_fails_leaves_the_earlier_one(run: Path, tmp_path: Path) -> None:
    data = export_hub(run, tmp_path / "set")
    before = (data.folder / "sft" / "train.jsonl").read_bytes()
    twice = user("u", bot("a"), bot("a"))
    (tmp_path / "bad.jsonl").write_text(
        MessageTree(message_tree_id="t", prompt=twice).model_dump_json() + "\n", encoding="utf-8"
    )

    with pytest.raises(RowRejected, match="is there twice"):
        export_hub(tmp_path / "bad.jsonl", tmp_path / "set")

    assert (data.folder / "sft" / "train.jsonl").read_bytes() == before


def test_a_folder_of_other_things_is_refused_and_left_alone(run: Path, tmp_path: Path) -> None:
    (tmp_path / "sft").mkdir()
    (tmp_path / "sft" / "mine.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(InputError, match="needs a folder of its own, and this one holds 'sft'"):
        export_hub(run, tmp_path)

    assert (tmp_path / "sft" / "mine.txt").read_text(encoding="utf-8") == "mine"


def test_a_source_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gone: no such file or directory"):
        export_hub(tmp_path / "gone", tmp_path / "set")


def test_trees_without_rows_are_said(tmp_path: Path) -> None:
    (tmp_path / "trees.jsonl").write_text("", encoding="utf-8")

    with pytest.raises(InputError, match="no tree gives a row for any config"):
        export_hub(tmp_path / "trees.jsonl", tmp_path / "set")

    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"licence": "mit"}, "hub: there is no option 'licence'; did you mean 'license'"),
        ({"dpo": 3}, "hub: dpo is 3; it takes options of dpo, or null to leave it out"),
        ({"license": 4}, "hub: license is 4; it takes a text"),
    ],
)
def test_wrong_options_are_input_errors(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        hub_options(given)


def test_a_wrong_option_of_a_config_leaves_the_folder_alone(run: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="policy is 'worst'"):
        export_hub(run, tmp_path / "set", options=hub_options({"dpo": {"policy": "worst"}}))

    assert not (tmp_path / "set").exists()


# ---- the card ------------------------------------------------------------------------------


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


# ---- Croissant -----------------------------------------------------------------------------


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


# ---- the command -----------------------------------------------------------------------------


def test_the_command_writes_the_folder(run: Path, tmp_path: Path) -> None:
    words = ["export", str(run), "--as", "hub", "--out", str(tmp_path / "set")]

    said = CliRunner().invoke(main.dialoom, [*words, "--set", "hub.pretty_name=Parcels"])

    assert said.exit_code == 0
    assert said.stdout.splitlines()[-1] == str(tmp_path / "set" / "README.md")
    assert "no licence is chosen" in said.stderr
    assert "# Parcels\n" in (tmp_path / "set" / "README.md").read_text(encoding="utf-8")


def test_hub_stands_alone(run: Path, tmp_path: Path) -> None:
    words = ["export", str(run), "--as", "hub", "--as", "sft", "--out", str(tmp_path / "set")]

    said = CliRunner().invoke(main.dialoom, words)

    assert said.exit_code == 2
    assert "give it alone" in said.stderr
