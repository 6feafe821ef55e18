"""Every example in the documents runs: files are valid, commands give what is shown, code works.

A document is a story in one directory: its blocks are taken in order, and what a block under
`<!-- file: NAME -->` holds is a file for those after it; one under `<!-- data: NAME -->` is not
checked by itself, since the commands that read it do. Models that need a server or time are
replaced by `scripted/demo`. `<!-- parsed only: why -->` keeps a block of commands from being run.
"""

import doctest
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer
import yaml
from documents import DOCUMENTS, ROOT, Block, Call, blocks, calls, section
from environment import clean_environment
from loguru import logger
from packaging.requirements import Requirement
from typer.testing import CliRunner

import dialoom
from dialoom.agents.clients.base import CLIENTS
from dialoom.agents.clients.script import read_script
from dialoom.agents.turns import TURNS
from dialoom.build.checking import check_scenario
from dialoom.cli import main
from dialoom.evaluators.base import HEURISTICS
from dialoom.evaluators.scorers import SCORERS
from dialoom.exporters.base import EXPORTERS
from dialoom.personas.library import load_persona
from dialoom.personas.model import Persona
from dialoom.scenarios.model import Scenario

__all__ = ["clean_environment"]

PROGRAMS = {"simulate": main.simulate, "dialoom": main.dialoom}
REAL = ("embedded/", "gguf/", "ollama/", "openai/")
"""Models that examples name and this test doesn't ask."""
ELSEWHERE = {"ollama", "vllm", "llama-server", "git", "cd", ".", "export", "kill"}
"""Programs that are not ours to try."""
SMALL = {"ls", "cat", "head", "wc"}
SCENE = """\
name: base
cast:
  - {persona: frustrated_customer, role: prompter, goal: Get a refund.}
  - {persona: support_agent, role: assistant}
"""
PERSONA = {"name": "base", "display_name": "Base", "description": "Somebody."}


class Outcome(NamedTuple):
    code: int
    output: str


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run") / "RUN"
    dialoom.simulate(str(ROOT / "scenarios/support.yaml"), model="scripted/demo", sample=2, out=out)
    return out


@pytest.fixture
def clone(
    finished_run: Path,
    clean_environment: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Path]:
    """Give a working directory that looks like a fresh clone, with a run and a file of trees."""
    for folder in ("personas", "scenarios"):  # copied, since commands may write there
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copytree(finished_run, tmp_path / "RUN")
    shutil.copy(finished_run / "trees.jsonl", tmp_path / "trees.jsonl")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("DIALOOM_MODEL", raising=False)
    yield tmp_path
    logger.remove()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_examples_of_a_document_work(
    document: str, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = _Story(clone, monkeypatch)
    for block in blocks((ROOT / document).read_text("utf-8"), document):
        story.take(block)


def test_the_guide_names_every_file_of_a_run(finished_run: Path) -> None:
    said = section((ROOT / "docs/guide.md").read_text("utf-8"), "The run directory")
    names = sorted(file.name for file in finished_run.iterdir())
    assert [name for name in names if f"| `{name}` |" not in said] == []


class _Story:
    """The blocks of one document, one after the other."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.monkeypatch = folder, monkeypatch
        self.names: dict[str, Any] = {"__name__": "example"}
        self.last = Outcome(0, "")

    def take(self, block: Block) -> None:
        if name := block.notes.get("file") or block.notes.get("data"):
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(block.text, "utf-8")
        if block.language in ("sh", "console"):
            for call in calls(block):
                self._call(call, block)
        elif block.language == "python":
            self._execute(block)
        elif block.language == "yaml" and "data" not in block.notes:
            _check_yaml(block, self.folder)
        elif block.language == "toml" and "entry-points" in block.text:
            self._install(block)

    def _call(self, call: Call, block: Block) -> None:
        words = call.words
        if words == ["echo", "$?"]:
            assert call.shown == str(self.last.code), block.place
            return
        runs = "parsed only" not in block.notes
        self.last = _outcome(words, self.folder, self.monkeypatch, runs=runs)
        refused = re.search(r"^(error: |no     )", call.shown, re.MULTILINE)
        assert not runs or refused or not self.last.code, f"{block.place}: {words} {self.last}"
        if runs and call.shown:
            said = _plain(self.last.output)
            assert _matches(call.shown, said), f"{block.place}: {words}\n{said}"

    def _execute(self, block: Block) -> None:
        if not block.text.lstrip().startswith(">>>"):
            exec(compile(block.text, block.place, "exec"), self.names)
            return
        test = doctest.DocTestParser().get_doctest(
            block.text, self.names, block.place, block.place, 0
        )
        report: list[str] = []
        result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=report.append)
        assert not result.failed, "".join(report)
        self.names.update(test.globs)

    def _install(self, block: Block) -> None:
        """Register what a plug-in's pyproject.toml names, as installing it would."""
        self.monkeypatch.syspath_prepend(self.folder)
        groups = tomllib.loads(block.text)["project"]["entry-points"]
        for registry in (CLIENTS, EXPORTERS, HEURISTICS, SCORERS, TURNS):
            group = f"dialoom.{registry.group.replace(' ', '_')}"
            new = {name: EntryPoint(name, at, group) for name, at in groups.get(group, {}).items()}
            known = {name: registry.get(name) for name in registry.names() if name not in new}
            self.monkeypatch.setattr(registry, "_factories", known)
            self.monkeypatch.setitem(vars(registry), "_points", new)


def _outcome(
    words: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch, *, runs: bool
) -> Outcome:
    """Run a command line, or look whether it could be run."""
    while "=" in words[0]:
        monkeypatch.setenv(*words[0].split("=", 1))
        words = words[1:]
    if words[:2] == ["uv", "run"]:
        words = words[2:]
    if words[0] in PROGRAMS:
        return _invoked(words, folder) if runs else _parsed(words)
    if words[0] in SMALL and runs:
        answer = subprocess.run(words, cwd=folder, capture_output=True, text=True)
        return Outcome(answer.returncode, answer.stdout + answer.stderr)
    if words[0] in ("pip", "uv"):
        _check_install(words)
    elif words[0] == "python":
        assert words[1] == "-m" or (ROOT / words[1]).exists() or (folder / words[1]).exists(), words
    elif words[0] not in ELSEWHERE | SMALL and not (ROOT / words[0]).exists():
        assert shutil.which(words[0], path=str(Path(sys.executable).parent)), words
    return Outcome(0, "")


def _invoked(words: list[str], folder: Path) -> Outcome:
    given, target = None, None
    while words[-2:-1] in (["<"], [">"]):
        *words, sign, name = words
        if sign == "<":
            given = (folder / name).read_text("utf-8")
        else:
            target = folder / name
    program = PROGRAMS[words[0]]
    result = CliRunner().invoke(program, _offline(words), input=given, catch_exceptions=False)
    if target is not None:
        target.write_text(result.stdout, "utf-8")
    return Outcome(result.exit_code, result.stderr if target else result.output)


def _offline(words: list[str]) -> list[str]:
    """Return a program's arguments with every model of a server as `scripted/demo`."""
    arguments = list(words[1:])
    if arguments[:1] == ["models"]:
        return arguments
    for place, word in enumerate(arguments):
        role, equals, model = word.rpartition("=")
        if model.startswith(REAL):
            arguments[place] = f"{role}{equals}scripted/demo"
    asks = words[0] == "simulate" or arguments[0] in ("run", "repl")
    if asks and not {"--model", "--help"} & set(arguments):
        arguments += ["--model", "scripted/demo"]
    return arguments


def _parsed(words: list[str]) -> Outcome:
    """Have the command line parse its arguments, and do nothing."""
    program = typer.main.get_command(PROGRAMS[words[0]])
    name, *arguments = words
    while commands := getattr(program, "commands", None):
        assert arguments[0] in commands, words
        program, (name, *arguments) = commands[arguments[0]], arguments
    program.make_context(name, arguments)
    return Outcome(0, "")


def _check_install(words: list[str]) -> None:
    """Check that what is installed is what the project names: its extras and its versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    pinned = [item for group in project["dependency-groups"].values() for item in group]
    for word in words[2:]:
        if word.startswith(".["):
            extras = word.removeprefix(".[").removesuffix("]").split(",")
            assert set(extras) <= set(project["project"]["optional-dependencies"]), words
        elif "==" in word:
            assert str(Requirement(word)) in pinned, words


def _check_yaml(block: Block, folder: Path) -> None:
    """Check a scenario, a persona, a script, or some keys of one."""
    data = yaml.safe_load(block.text)
    if "replies" in data:
        (folder / "script.yaml").write_text(block.text, "utf-8")
        read_script(folder / "script.yaml")
    elif "cast" in data or not data.keys() <= Persona.model_fields.keys():
        assert data.keys() <= Scenario.model_fields.keys(), block.place
        whole = {**yaml.safe_load(SCENE), **data}
        file = folder / f"{whole['name']}.yaml"
        file.write_text(yaml.safe_dump(whole, sort_keys=False), "utf-8")
        check_scenario(file)
    else:
        whole = {**PERSONA, **data}
        file = folder / f"{whole['name']}.yaml"
        file.write_text(yaml.safe_dump(whole, sort_keys=False), "utf-8")
        load_persona(file)


def _matches(shown: str, said: str) -> bool:
    """Return whether output is as shown; `...` is any text, and any lines where it stands alone."""
    pattern = "".join(
        ".*" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*?") + "\n"
        for line in _plain(shown).splitlines()
    )
    return re.fullmatch(pattern, f"{said}\n", re.DOTALL) is not None


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
