import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from records import bot, labelled, record, user

from dialoom.errors import ExportError
from dialoom.exporters.base import (
    FileLine,
    export,
    write_files,
    write_lines,
    write_rows,
    written_whole,
)
from dialoom.exporters.dpo import Dpo
from dialoom.exporters.sft import Sft


def failing() -> Iterator[bytes]:
    yield b"{}"
    raise RuntimeError("the source broke")


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_rows_become_lines_of_json(tmp_path: Path) -> None:
    assert write_rows(tmp_path / "rows.jsonl", [{"a": "ü"}, {"a": None}]) == 2
    assert (tmp_path / "rows.jsonl").read_bytes() == '{"a":"ü"}\n{"a":null}\n'.encode()


def test_a_broken_source_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("old", encoding="utf-8")

    with pytest.raises(RuntimeError, match="the source broke"):
        write_lines(tmp_path / "rows.jsonl", failing())

    assert listed(tmp_path) == ["rows.jsonl"]
    assert (tmp_path / "rows.jsonl").read_text(encoding="utf-8") == "old"


def test_nothing_to_write_gives_an_empty_file(tmp_path: Path) -> None:
    assert write_lines(tmp_path / "rows.jsonl", []) == 0
    assert (tmp_path / "rows.jsonl").read_bytes() == b""


def test_a_gz_file_is_packed_and_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_lines(tmp_path / f"{name}.jsonl.gz", [b"{}", b"[]"])

    packed = (tmp_path / "one.jsonl.gz").read_bytes()
    assert gzip.decompress(packed) == b"{}\n[]\n"
    assert packed == (tmp_path / "two.jsonl.gz").read_bytes()


def test_several_files_are_written_with_their_folders(tmp_path: Path) -> None:
    lines = [FileLine("a.jsonl", b"1"), FileLine("sub/b.jsonl", b"2"), FileLine("a.jsonl", b"3")]

    counts = write_files(tmp_path, lines, ("empty.jsonl",))

    assert counts == {"empty.jsonl": 0, "a.jsonl": 2, "sub/b.jsonl": 1}
    assert (tmp_path / "a.jsonl").read_bytes() == b"1\n3\n"
    assert (tmp_path / "sub" / "b.jsonl").read_bytes() == b"2\n"
    assert (tmp_path / "empty.jsonl").read_bytes() == b""


def test_of_several_files_none_appears_when_the_source_breaks(tmp_path: Path) -> None:
    def lines() -> Iterator[FileLine]:
        yield FileLine("a.jsonl", b"1")
        yield FileLine("b.jsonl", b"2")
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        write_files(tmp_path, lines())

    assert listed(tmp_path) == []


def test_a_path_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with (
        pytest.raises(ExportError, match=r"file/rows.jsonl: (not a directory|file exists)"),
        written_whole(tmp_path / "file" / "rows.jsonl"),
    ):
        raise AssertionError("not reached")


def test_two_exporters_of_one_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"sft.jsonl would be written twice"):
        export(tmp_path, [Sft(), Dpo(), Sft()], [])


def test_several_formats_are_written_in_one_pass(tmp_path: Path) -> None:
    trees = iter(
        [record(user("u", bot("Yes.", labels=labelled(1)), bot("No!", labels=labelled(0))))]
    )

    assert export(tmp_path, [Sft(), Dpo()], trees) == {"sft.jsonl": 1, "dpo.jsonl": 1}
