from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from dialoom.errors import InputError
from dialoom.scenarios.library import LoadedScenario, load_scenario

CAST = """
name: play
cast:
  - {persona: ada, role: prompter, goal: Get a refund.}
  - {persona: bob, role: assistant}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., LoadedScenario]:
    """Return a function that writes and loads a scenario, in a directory with two personas."""
    monkeypatch.chdir(tmp_path)
    for folder in ("personas", "scenarios"):
        Path(folder).mkdir()
    for name in ("ada", "bob"):
        text = f"name: {name}\ndisplay_name: {name.title()}\ndescription: Somebody.\n"
        text += "knows: {size: 12, colour: red}\n" if name == "ada" else ""
        Path(f"personas/{name}.yaml").write_text(text, encoding="utf-8")

    def load(
        text: str = "", *, cast: str = CAST, file: str = "scenarios/play.yaml"
    ) -> LoadedScenario:
        Path(file).write_text(dedent(cast).lstrip() + dedent(text).lstrip("\n"), encoding="utf-8")
        return load_scenario(file)

    return load


@pytest.fixture
def faults_of(project: Callable[..., LoadedScenario]) -> Callable[..., list[str]]:
    """Return a function that writes a scenario and returns the faults that loading it reports."""

    def faults(text: str = "", *, cast: str = CAST) -> list[str]:
        with pytest.raises(InputError) as caught:
            project(text, cast=cast)
        return str(caught.value).splitlines()

    return faults
