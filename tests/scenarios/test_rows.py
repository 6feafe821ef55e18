from pathlib import Path

import pytest

from dialoom.errors import InputError
from dialoom.scenarios.rows import read_table


def test_a_csv_file_gives_rows_by_column(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(
        'order,item,note\nAB1,"pan, large",\n\n007,12,"two\nlines"\n', encoding="utf-8-sig"
    )

    table = read_table(file)

    assert table.columns == ("order", "item", "note")
    assert table.rows == (
        {"order": "AB1", "item": "pan, large", "note": ""},
        {"order": "007", "item": 12, "note": "two\nlines"},
    )


def test_only_whole_numbers_that_lose_nothing_become_numbers(tmp_path: Path) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text("n\n12\n-3\n007\n2.50\n1e5\n99999999999999999999\n٣\n", encoding="utf-8")

    values = [row["n"] for row in read_table(file).rows]

    assert values == [12, -3, "007", "2.50", "1e5", "99999999999999999999", "٣"]


def test_a_jsonl_file_gives_rows_and_bare_strings_are_text(tmp_path: Path) -> None:
    file = tmp_path / "openers.jsonl"
    file.write_text('"Hello\\u2028there"\n\n{"text": "Hi"}\n', encoding="utf-8")

    assert read_table(file).rows == ({"text": "Hello\u2028there"}, {"text": "Hi"})


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", "a.csv: the file has no rows"),
        ("a.csv", "order,item\n", "a.csv: the file has no rows"),
        ("a.jsonl", "\n\n", "a.jsonl: the file has no rows"),
        ("a.csv", "order,order\n1,2\n", "a.csv:1: each column of the first line needs a name"),
        ("a.csv", "order,\n1,2\n", "a.csv:1: each column of the first line needs a name"),
        ("a.csv", "a,b\n1,2\n1\n", "a.csv:3: 1 cells; the first line names 2 columns"),
        ("a.csv", 'a,b\n1,"2\n', "a.csv:2: not CSV: unexpected end of data"),
        ("a.jsonl", '{"a": 1}\n{a}\n', "a.jsonl:2: not JSON"),
        ("a.jsonl", '{"a": 1}\n[1]\n', "a.jsonl:2: write one object of texts and numbers"),
        ("a.jsonl", '{"a": null}\n', "a.jsonl:1: write one object of texts and numbers"),
        ("a.jsonl", '{"a": NaN}\n', "a.jsonl:1: write one object of texts and numbers"),
        ("a.jsonl", '{"a": 1}\n{"b": 1}\n', "a.jsonl:2: columns b; the first row has a"),
        ("a.jsonl", "[" * 100_000, "a.jsonl:1: not JSON"),
        ("a.txt", "x", "a.txt: rows come from a .csv or a .jsonl file"),
    ],
)
def test_a_faulty_file_is_named_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(content, encoding="utf-8")

    with pytest.raises(InputError) as caught:
        read_table(Path(name))

    assert str(caught.value).startswith(message)


def test_all_faulty_rows_are_reported_up_to_a_limit(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a,b\n" + "1\n" * 100, encoding="utf-8")

    with pytest.raises(InputError) as caught:
        read_table(file)

    assert [fault.line for fault in caught.value.faults] == list(range(2, 22))


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("a\n1\n", encoding="utf-8")

    with pytest.raises(InputError, match=r"no such file; did you mean 'orders\.csv'\?"):
        read_table(tmp_path / "order.csv")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\x89PNG\xff")

    with pytest.raises(InputError, match="not UTF-8 text"):
        read_table(tmp_path / "a.csv")
