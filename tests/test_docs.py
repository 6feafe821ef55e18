"""The documents are complete: keys, options, registered parts, links; and doctests pass.

What stands in their examples is tried in test_docs_examples.py.
"""

import doctest
import importlib
import inspect
import json
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import typer
import yaml
from documents import DOCUMENTS, ROOT, anchors, key_tables, links, section
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import BaseModel

from dialoom import errors
from dialoom.agents.clients import script
from dialoom.agents.clients.base import CLIENTS
from dialoom.agents.forms import COMPACT, FULL, PromptForm
from dialoom.agents.turns import TURNS
from dialoom.build import api
from dialoom.chat import Sampling
from dialoom.cli import main, summary
from dialoom.cli.errors import INTERRUPTED
from dialoom.evaluators.base import HEURISTICS
from dialoom.exporters.base import EXPORTERS
from dialoom.personas import model as personas
from dialoom.registry import Registry
from dialoom.scenarios import model as scenarios
from dialoom.scenarios import templates
from dialoom.spec import Spec, models_in


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def tables(*names: str) -> dict[str, dict[str, str]]:
    return {title: rows for name in names for title, rows in key_tables(text(name)).items()}


def models(*roots: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Return the models of files that users write, by name."""
    found: dict[str, type[BaseModel]] = {}
    pending = list(roots)
    while pending:
        model = pending.pop()
        if model.__name__ not in found:
            found[model.__name__] = model
            for field in model.model_fields.values():
                pending += models_in(field.annotation)
    return found


WRITTEN = models(scenarios.Scenario, Sampling, script.Rule)
TABLES = tables("docs/scenarios.md", "docs/personas.md", "docs/models.md")


def shown(value: Any) -> str:
    """Return a default as the tables write it: short YAML."""
    plain = _plain(value)
    if plain is None or isinstance(plain, bool):
        return json.dumps(plain)
    if plain == "":
        return "''"
    dumped = yaml.safe_dump(plain, default_flow_style=True, width=1000)
    return dumped.removesuffix("\n").removesuffix("\n...")


def _plain(value: Any) -> Any:
    if isinstance(value, Spec):
        given = {key: _plain(item) for key, item in value.model_dump(exclude_unset=True).items()}
        return given["name"] if set(given) == {"name"} else given
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_every_key_of_a_file_is_documented_with_its_default(name: str) -> None:
    expected = {}
    for key, field in WRITTEN[name].model_fields.items():
        default = field.get_default(call_default_factory=True)
        expected[field.alias or key] = "required" if field.is_required() else shown(default)
    assert TABLES[name] == expected


def test_the_tables_of_keys_name_no_others() -> None:
    assert set(TABLES) == set(WRITTEN)
    assert personas.Persona in WRITTEN.values()


@pytest.mark.parametrize("form", [FULL, COMPACT])
def test_the_sampling_that_nobody_sets_is_documented(form: PromptForm) -> None:
    said = section(text("docs/scenarios.md"), "Models and sampling")
    for key, value in form.sampling.model_dump(exclude_unset=True).items():
        assert f"`{key}: {value}`" in said


def test_every_filter_of_templates_is_documented() -> None:
    said = section(text("docs/scenarios.md"), "Templates")
    known = [*templates.FILTERS, "replace", "round"]
    assert [name for name in known if f"`{name}`" not in said] == []


def test_the_arguments_of_simulate_are_documented_with_their_defaults() -> None:
    documented = tables("docs/library.md")["simulate"]
    for function in (api.simulate, api.asimulate):
        assert documented == {
            name: "required" if argument.default is argument.empty else repr(argument.default)
            for name, argument in inspect.signature(function).parameters.items()
        }


def commands() -> dict[str, Any]:
    """Return every command of both programs by name."""
    program: Any = typer.main.get_command(main.dialoom)
    return {**program.commands, "simulate": typer.main.get_command(main.simulate)}


def options_of(command: Any) -> set[str]:
    """Return the options of a command, and of its own commands where it has some."""
    own = {option for item in command.params for option in item.opts}
    return own.union(*map(options_of, getattr(command, "commands", {}).values()))


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_option_of_a_command_is_documented(name: str) -> None:
    said = section(text("docs/commands.md"), "simulate" if name == "run" else name)
    assert said, f"docs/commands.md has no section {name}"
    own = ROOT / "docs" / f"{name}.md"
    if own.exists():
        said += own.read_text("utf-8")
    options = options_of(commands()[name])
    named = {option for option in options if option.startswith("-")} - {"--help", "-h"}
    documented = set(re.findall(r"`(--?[a-z][a-z-]*)", said))
    assert named - documented == set()
    assert set(re.findall(r"^\| `(--?[a-z][a-z-]*)", said, re.MULTILINE)) - named == set()


def test_no_section_is_about_a_command_that_is_not_there() -> None:
    titles = [line[3:] for line in text("docs/commands.md").splitlines() if line.startswith("## ")]
    assert set(titles) == set(commands())


def test_every_line_of_a_runs_summary_is_explained() -> None:
    said = section(text("docs/guide.md"), "Reading the summary")
    names = re.findall(r'yield\s*\(?\s*"([a-z ]+)"', inspect.getsource(summary))
    assert {"trees", "critic calls saved", "time"} <= set(names)
    assert [name for name in names if f"`{name.strip()}`" not in said and name != "files"] == []


def test_every_exit_code_is_explained() -> None:
    said = section(text("docs/guide.md"), "Exit codes")
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = {kind.exit_code for kind in kinds if issubclass(kind, errors.DialoomError)}
    assert [code for code in {0, 1, *codes, INTERRUPTED} if f"| {code} |" not in said] == []


PLACES: list[tuple[Registry[Any], str, str]] = [
    (HEURISTICS, "docs/evaluators.md", "\n## {}\n"),
    (EXPORTERS, "docs/formats.md", "\n| `{}` |"),
    (CLIENTS, "docs/models.md", "\n## {}\n"),
    (TURNS, "docs/scenarios.md", "\n| `{}` |"),
]
"""Where registered parts are named, and how."""


@pytest.mark.parametrize(("registry", "document", "mention"), PLACES)
def test_every_registered_part_is_documented(
    registry: Registry[Any], document: str, mention: str
) -> None:
    said = text(document)
    assert [name for name in registry.names() if mention.format(name) not in said] == []


def test_every_benchmark_is_documented() -> None:
    said = text("docs/performance.md")
    programs = (ROOT / "benchmarks").glob("*.py")
    files = sorted(one.name for one in programs if "__main__" in one.read_text("utf-8"))
    assert files
    assert [name for name in files if f"benchmarks/{name}" not in said] == []


def test_every_decision_is_in_the_index_under_its_title() -> None:
    said = text("docs/decisions/README.md")
    for file in sorted((ROOT / "docs/decisions").glob("[!R]*.md")):
        title = file.read_text("utf-8").partition("\n")[0].removeprefix("# ")
        assert f"[{title}]({file.name})" in said


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_relative_link_leads_somewhere(document: str) -> None:
    broken = []
    for link in links(text(document)):
        target, _, anchor = unquote(link).partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        file = (ROOT / document).parent / target if target else ROOT / document
        if not file.exists() or (anchor and anchor not in anchors(file.read_text("utf-8"))):
            broken.append(link)
    assert broken == []


def test_the_constraints_fit_what_the_project_asks_for() -> None:
    project = tomllib.loads(text("pyproject.toml"))
    lines = [line for line in text("constraints.txt").splitlines() if not line.startswith("#")]
    pinned = dict(line.split("==") for line in lines)
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["embedded"]]
    for requirement in map(Requirement, asked):
        assert pinned[canonicalize_name(requirement.name)] in requirement.specifier
    assert lines == sorted(lines)


def modules() -> list[str]:
    """Return the modules that have examples, the linked folders' among them."""
    folders = ("dialoom", "agents", "personas", "scenarios", "evaluators", "exporters")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    found = []
    for file in files:
        if ">>> " in file.read_text("utf-8"):
            parts = file.relative_to(ROOT).with_suffix("").parts
            parts = parts if parts[0] == "dialoom" else ("dialoom", *parts)
            found.append(".".join(parts).removesuffix(".__init__"))
    return sorted(found)


@pytest.mark.parametrize("name", modules())
def test_the_doctests_of_a_module_pass(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert result.attempted
    assert not result.failed
