from pathlib import Path

import pytest
from environment import clean_environment

from dialoom.agents.clients.credentials import setting
from dialoom.errors import InputError

__all__ = ["clean_environment"]


def test_the_environment_goes_before_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("SOME_KEY=from-file\n", encoding="utf-8")
    found = setting("SOME_KEY")
    assert found is not None
    assert (found.value, found.source) == ("from-file", "SOME_KEY in .env")
    monkeypatch.setenv("SOME_KEY", "from-environment")
    found = setting("SOME_KEY")
    assert found is not None
    assert (found.value, found.source) == ("from-environment", "SOME_KEY")


def test_nothing_set_is_none() -> None:
    assert setting("SOME_KEY") is None


def test_the_first_name_that_is_set_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=\nB=b\nC=c\n", encoding="utf-8")
    found = setting("A", "B", "C")
    assert found is not None
    assert found.source == "B in .env"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("KEY=plain", "plain"),
        ("  export KEY = spaced out  ", "spaced out"),
        ('KEY="quoted # value" # comment', "quoted # value"),
        ("KEY='single'", "single"),
        ("KEY=plain # comment", "plain"),
        ("KEY=with#hash", "with#hash"),
        ("KEY=$NOT_EXPANDED", "$NOT_EXPANDED"),
    ],
)
def test_each_way_to_write_a_value(line: str, value: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"# a comment\nnot a line of ours\n{line}\n", encoding="utf-8")
    found = setting("KEY")
    assert found is not None
    assert found.value == value


def test_an_open_quotation_is_a_fault_that_does_not_tell_the_value(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text('OTHER="a\nb"\nKEY="secret-value\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"\.env:3: the value of KEY is not a closed") as caught:
        setting("KEY")
    assert "secret" not in str(caught.value)


def test_the_value_is_not_in_the_repr(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KEY=secret-value", encoding="utf-8")
    assert "secret" not in repr(setting("KEY"))
