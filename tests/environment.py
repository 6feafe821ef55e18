"""What tests set around the code: no variable of the developer, and a date that stands."""

from pathlib import Path

import pytest

__all__ = ["clean_environment", "fixed_date"]

VARIABLES = (
    "AZURE_OPENAI_API_KEY",
    "AZURE_OPENAI_ENDPOINT",
    "OLLAMA_API_KEY",
    "OLLAMA_HOST",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Run every test of a module that imports this in an empty directory, without keys."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def fixed_date(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every run of a module that imports this begin at one time, so that bytes compare."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795370859")
