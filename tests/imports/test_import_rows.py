"""Rows of files of every kind, and what is wrong with some."""

import gzip
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from imported import brought, outline

from dialoom.build.importing import ImportOptions, import_files
from dialoom.errors import InputError, MissingExtra
from dialoom.imports import rows as rows_module
from dialoom.imports.hub import hub_rows
from dialoom.imports.rows import rows_of


def read(path: Path, content: bytes | str) -> tuple[str, list[tuple[int, Any, str]]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with rows_of(path) as found:
        return found.kind, [tuple(row) for row in found.rows]


@pytest.mark.parametrize(
    ("name", "content", "kind", "rows"),
    [
        ("f", '{"a": 1}\n\n{"a": 2}', "JSON lines", [(1, {"a": 1}), (3, {"a": 2})]),
        ("f", '\n"one"\n"two"\n', "JSON lines", [(2, "one"), (3, "two")]),
        ("f", '\ufeff{"a": 1}\n', "JSON lines", [(1, {"a": 1})]),
        ("f", ' [{"a": 1},\n\n {"a":\n 2} , 3]\n', "a JSON array",
         [(1, {"a": 1}), (3, {"a": 2}), (4, 3)]),
        ("f", "[]", "a JSON array", []),
        ("f", "", "JSON lines", []),
        ("f", '{\n "a": 1\n}\n{\n "a": 2}\n', "JSON values", [(1, {"a": 1}), (4, {"a": 2})]),
        ("f.csv", 'a,b\n1,"x, ""y""\nz"\n2,w\n', "CSV",
         [(2, {"a": "1", "b": 'x, "y"\nz'}), (4, {"a": "2", "b": "w"})]),
        ("f.csv", "\ufeffa; b\n1;2\n", "CSV", [(2, {"a": "1", "b": "2"})]),
        ("f.tsv", "a\tb\r\n1\t2\r\n", "CSV", [(2, {"a": "1", "b": "2"})]),
    ],
)  # fmt: skip
def test_rows_come_with_their_lines(
    name: str, content: str, kind: str, rows: list[tuple[int, Any]], tmp_path: Path
) -> None:
    assert read(tmp_path / name, content) == (kind, [(*row, "") for row in rows])


def test_a_packed_file_is_unpacked_whatever_its_name(tmp_path: Path) -> None:
    assert read(tmp_path / "f", gzip.compress(b'{"a": 1}'))[1] == [(1, {"a": 1}, "")]
    assert read(tmp_path / "f.csv.gz", gzip.compress(b"a,b\n1,2\n"))[0] == "CSV"


def test_an_array_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "CHUNK", 7)
    content = '[\n{"a": "long [text], {and} \\" more"},\n\n{"a": 2}\n,{"a":3}\n]'

    found = read(tmp_path / "f", content)[1]

    assert [(number, value["a"]) for number, value, _ in found] == [
        (2, 'long [text], {and} " more'),
        (4, 2),
        (5, 3),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"a": 1}, {"a": ', r"f:1: not JSON: .*; this value of the file begins here"),
        ('[{"a": 1},\n', "f:2: the array does not end"),
        ('[{"a": 1}]\nx', "f:2: something comes after the array"),
        (b'[{"a": "\xff"}]', "f:1: not UTF-8"),
        ("[" * 100_000, "f:1: nested too deeply"),
    ],
)
def test_an_array_that_breaks_off_is_an_input_error(
    content: bytes | str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path / "f", content)


@pytest.mark.parametrize(
    ("name", "content", "line", "fault"),
    [
        ("f", b'{"a": 1}\n{"a": 1\n', 2, "not JSON: "),
        ("f", b'{"a": 1}\n{"a": "\xff"}\n', 2, "not JSON: "),
        ("f", b'{"a": 1}\n{"a": "\\ud800"}\n', 2, "not JSON: "),
        ("f", b'{"a": 1}\n' + b"[" * 100_000, 2, "nested too deeply"),
        ("f.csv", b"a,b\n1,2\n1,2,3\n", 3, "has 3 cells, and the header 2"),
        ("f.csv", b"a,b\n1,\xff\n", 2, "not UTF-8"),
    ],
)
def test_a_row_that_can_not_be_read_says_why(
    name: str, content: bytes, line: int, fault: str, tmp_path: Path
) -> None:
    _, found = read(tmp_path / name, content)

    number, _, said = found[-1]
    assert (number, said[: len(fault)]) == (line, fault)


def test_what_is_no_such_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"neither JSON lines, a JSON array nor parquet"):
        read(tmp_path / "f", "Dear diary,\n")
    with pytest.raises(InputError, match=r"a directory; name the files in it"), rows_of(tmp_path):
        pass
    with pytest.raises(InputError, match=r"damaged: Compressed file ended"):
        read(tmp_path / "f", gzip.compress(b'{"a": 1}\n' * 999)[:-20])


def test_half_a_character_in_an_array_is_kept_out(tmp_path: Path) -> None:
    source, out = tmp_path / "f.json", tmp_path / "trees.jsonl"
    source.write_text('[{"prompt": "Hi"}, {"prompt": "\\ud800"}]', encoding="utf-8")

    done = import_files([str(source)], out, ImportOptions())

    assert done.trees == 1
    assert done.quarantined == {"holds half a character (a lone surrogate)": 1}
    assert b"\\ud800" in (tmp_path / "trees.quarantine.jsonl").read_bytes()


def test_a_data_set_of_the_hub_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)

    with pytest.raises(MissingExtra, match=r"pip install 'dialoom\[datasets\]'"):
        hub_rows("owner/name")


def _hub(monkeypatch: pytest.MonkeyPatch, load: Any) -> None:
    module = ModuleType("datasets")
    vars(module)["load_dataset"] = load
    monkeypatch.setitem(sys.modules, "datasets", module)


def test_a_data_set_of_the_hub_is_read_as_it_comes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = []

    def load(*args: Any, **options: Any) -> Any:
        asked.append((args, options))
        return ({"question": f"{n}?", "answer": "yes"} for n in range(3))

    _hub(monkeypatch, load)
    options = ImportOptions(split="test", config="main", limit=2)
    done = import_files(["hf:owner/name"], tmp_path / "trees.jsonl", options)

    assert asked == [(("owner/name", "main"), {"split": "test", "streaming": True})]
    assert (done.rows, done.trees) == (2, 2)


def test_a_hub_out_of_reach_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*args: Any, **options: Any) -> Any:
        raise ConnectionError("no route\nto host")

    _hub(monkeypatch, load)
    with pytest.raises(InputError, match=r"^hf:owner/name can't be read: no route; without a net"):
        hub_rows("owner/name")

    def broken(*args: Any, **options: Any) -> Any:
        yield {"question": "?"}
        raise OSError("broken off")

    _hub(monkeypatch, broken)
    with pytest.raises(InputError, match="broken off"):
        list(hub_rows("owner/name").rows)


def test_parquet_is_read_like_anything_else(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    file = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"prompt": ["Hi", None], "completion": ["Hello", "x"]}), file)

    done = import_files([str(file)], tmp_path / "trees.jsonl", ImportOptions())

    assert done.reading.kind == "parquet"
    assert (done.trees, done.quarantined) == (1, {"prompt is missing": 1})


def test_several_files_are_read_as_one(tmp_path: Path) -> None:
    for name in ("one", "two"):
        text = f'{{"prompt": "Hi", "response": "{name}"}}\n'
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    files = [str(tmp_path / "one.jsonl"), str(tmp_path / "two.jsonl")]

    done = import_files(files, tmp_path / "trees.jsonl", ImportOptions())

    assert (done.rows, done.trees, done.messages) == (2, 1, 3)


def test_bare_texts_are_prompts(tmp_path: Path) -> None:
    found, _ = brought(tmp_path, "Why?", "How?")

    assert [outline(record) for record in found] == [
        [("prompter", "Why?", None, [])],
        [("prompter", "How?", None, [])],
    ]
