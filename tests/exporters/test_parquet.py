import sys
from pathlib import Path
from typing import Any

import pytest
from records import bot, labelled, record, user

from dialoom.build.exporting import export_source
from dialoom.errors import ExportError, InputError, MissingExtra
from dialoom.exporters.base import EXPORTERS, FileLine, export, write_files
from dialoom.exporters.llamafactory import LlamaFactory
from dialoom.exporters.oasst import Oasst
from dialoom.exporters.oasst_messages import OasstMessages
from dialoom.exporters.parquet import GROUP_ROWS, Parquet, parquet_rows
from dialoom.exporters.sft import Sft
from dialoom.imports.oasst import read_records
from dialoom.spec import Choice

pq = pytest.importorskip("pyarrow.parquet")

REAL = Path(__file__).parent.parent / "data" / "oasst_en_100_trees.jsonl.gz"
TABLES = sorted(set(EXPORTERS.names()) - {"oasst", "llamafactory", "oasst_messages"})
SCORED = record(
    user("u", bot("a", labels=labelled(0.9)), bot("b", labels=labelled(0.1))), name="one"
)


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", TABLES)
def test_parquet_holds_the_rows_of_the_json_lines(name: str, tmp_path: Path) -> None:
    exporter = EXPORTERS.make(Choice(name, (), {}))
    rows = list(EXPORTERS.make(Choice(name, (), {})).rows(read_records(REAL)))

    counts = export(
        tmp_path, [exporter], read_records(REAL), form=Parquet({exporter.file_name: exporter})
    )

    (file,) = tmp_path.iterdir()
    assert file.suffix == ".parquet"
    assert counts == {exporter.file_name: len(rows)}
    # a column of messages has one type: `loss`, which only some messages have, is null in others
    assert [without_nulls(row) for row in parquet_rows(file)] == rows


@pytest.mark.parametrize("name", TABLES)
def test_no_column_is_of_the_type_null(name: str, tmp_path: Path) -> None:
    exporter = EXPORTERS.make(Choice(name, (), {}))

    export(tmp_path, [exporter], [SCORED], form=Parquet({exporter.file_name: exporter}))

    schema = str(pq.read_schema(next(tmp_path.glob("*.parquet"))))
    assert "null" not in schema
    assert name != "alpaca" or "history: list<element: list<element: string>>" in schema


def test_flat_messages_have_the_columns_of_the_releases(tmp_path: Path) -> None:
    exporter = OasstMessages()

    export(tmp_path, [exporter], read_records(REAL), form=Parquet({exporter.file_name: exporter}))

    file = tmp_path / "messages.parquet"
    assert len(pq.read_schema(file).names) == 18
    assert pq.read_schema(file).field("rank").type == "int64"
    flat = [row for row in parquet_rows(file) if row["parent_id"] is None]
    assert len(flat) == 100


def test_flat_messages_in_columns_read_back(tmp_path: Path) -> None:
    exporter = OasstMessages(columns=True)

    export(tmp_path, [exporter], [SCORED])

    (read,) = read_records(tmp_path / "messages.jsonl.gz")
    assert read.tree.prompt is not None
    assert [reply.labels for reply in read.tree.prompt.replies or ()] == [
        labelled(0.9),
        labelled(0.1),
    ]


def test_many_rows_go_into_several_groups(tmp_path: Path) -> None:
    lines = (FileLine("sft.jsonl", b'{"a": %d}' % number) for number in range(GROUP_ROWS + 1))

    write_files(tmp_path, lines, form=Parquet({}))

    assert pq.ParquetFile(tmp_path / "sft.parquet").num_row_groups == 2
    assert [row["a"] for row in parquet_rows(tmp_path / "sft.parquet")] == [*range(GROUP_ROWS + 1)]


def test_a_column_that_is_null_at_first_gets_the_type_it_has_later(tmp_path: Path) -> None:
    lines = [FileLine("a.jsonl", b'{"a": null, "b": [], "c": 1}')] * GROUP_ROWS
    lines.append(FileLine("a.jsonl", b'{"a": "x", "b": [0.5], "c": 0.5}'))

    write_files(tmp_path, lines, form=Parquet({}))

    assert str(pq.read_schema(tmp_path / "a.parquet")).splitlines()[0] == "a: string"
    assert list(parquet_rows(tmp_path / "a.parquet"))[-1] == {"a": "x", "b": [0.5], "c": 0.5}


def test_rows_of_different_types_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    lines = [FileLine("a.jsonl", b'{"a": "x"}'), FileLine("a.jsonl", b'{"a": 1}')]

    with pytest.raises(ExportError, match="the rows differ in their columns"):
        write_files(tmp_path, lines, form=Parquet({}))

    assert list(tmp_path.iterdir()) == []


def test_llamafactory_describes_its_files_of_parquet(tmp_path: Path) -> None:
    exporter = LlamaFactory()

    export(tmp_path, [exporter], [SCORED], form=Parquet({exporter.file_name: exporter}))

    described = (tmp_path / "llamafactory" / "dataset_info.json").read_text(encoding="utf-8")
    assert '"ranking.parquet"' in described
    assert (tmp_path / "llamafactory" / "ranking.parquet").exists()


def test_no_rows_give_a_file_without_any(tmp_path: Path) -> None:
    exporter = Sft()

    export(tmp_path, [exporter], [], form=Parquet({exporter.file_name: exporter}))

    assert list(parquet_rows(tmp_path / "sft.parquet")) == []


def test_trees_have_no_columns(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="oasst_messages has the same messages as a table"):
        export_source(REAL, ["oasst"], tmp_path / "out", {}, parquet=True)

    assert not (tmp_path / "out").exists()


def test_splits_are_parquet_too(tmp_path: Path) -> None:
    shares: dict[str, Any] = {"train": "rest", "test": 0.2}
    written = export_source(REAL, ["dpo"], tmp_path, {}, shares=shares, parquet=True)

    assert written["test/dpo"].file == "test/dpo.parquet"
    assert pq.read_metadata(tmp_path / "test" / "dpo.parquet").num_rows == written["test/dpo"].rows


def test_a_column_that_is_empty_in_one_split_has_the_type_of_the_other(tmp_path: Path) -> None:
    file = tmp_path / "trees.jsonl"
    long = user("v", bot("c", user("w", bot("d"))))
    trees = [record(user("u", bot("a")), name="one"), record(long, name="two")]
    export(tmp_path, [Oasst()], trees)

    export_source(file, ["alpaca"], tmp_path, {}, shares={"train": 1, "test": 1}, parquet=True)

    train, test = (pq.read_schema(tmp_path / name / "alpaca.parquet") for name in ("train", "test"))
    assert train.equals(test)


def test_without_pyarrow_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(MissingExtra, match=r"pip install 'dialoom\[parquet\]'"):
        export_source(REAL, ["sft"], tmp_path / "out", {}, parquet=True)

    assert not (tmp_path / "out").exists()


def test_what_is_no_parquet_is_said(tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    file.write_text("no", encoding="utf-8")

    with pytest.raises(InputError, match="no parquet file that can be read"):
        list(parquet_rows(file))
