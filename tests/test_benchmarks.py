"""The command that runs the benchmarks, and the page that lists them."""

import runpy
from pathlib import Path

import pytest

HERE = Path(__file__).parent.parent / "benchmarks"
PAGE = HERE.parent / "docs" / "performance.md"
COMMAND = runpy.run_path(str(HERE / "run.py"))


def names() -> set[str]:
    files = (file for file in HERE.glob("*.py") if "__main__" in file.read_text(encoding="utf-8"))
    return {file.stem for file in files} - {"run"}


def run(*wanted: str) -> int:
    return int(COMMAND["main"](list(wanted)))


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(COMMAND["main"].__globals__, "HERE", tmp_path)
    (tmp_path / "rate.py").write_text("print('calls a second')")
    (tmp_path / "scale.py").write_text("raise SystemExit('no room')")
    return tmp_path


def test_every_benchmark_can_be_run_by_one_command_and_stands_on_the_page() -> None:
    assert set(COMMAND["NAMES"]) == names()
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in names() if f"`python benchmarks/{name}.py`" not in page] == []


@pytest.mark.usefixtures("scripts")
def test_a_benchmark_that_fails_does_not_stop_the_others(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert run("scale", "rate") == 1
    out, err = capfd.readouterr()
    assert "calls a second\n== rate: " in out
    assert "no room" in err
    assert err.endswith("failed: scale\n")


@pytest.mark.usefixtures("scripts")
def test_named_benchmarks_run_alone(capfd: pytest.CaptureFixture[str]) -> None:
    assert run("rate") == 0
    assert "== scale" not in capfd.readouterr().out


def test_an_unknown_benchmark_is_told_with_those_that_there_are(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert run("rates") == 2
    assert "no benchmark rates; there are startup, " in capfd.readouterr().err
