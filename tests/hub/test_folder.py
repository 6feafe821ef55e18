"""The folder of a data set: what is in it, and what is refused."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hub_data import NOON, data, run
from records import bot, labelled, record, user
from typer.testing import CliRunner

from dialoom.cli import main
from dialoom.errors import InputError, RowRejected
from dialoom.exporters.base import export
from dialoom.exporters.oasst import Oasst
from dialoom.exporters.written import written_rows
from dialoom.hub.configs import hub_options
from dialoom.hub.data import HubData
from dialoom.hub.folder import export_hub
from dialoom.messages import MessageTree

__all__ = ["data", "run"]


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
