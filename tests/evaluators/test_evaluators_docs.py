"""docs/evaluators.md says what the rules do, and its example runs."""

import re
import tomllib
from inspect import signature
from pathlib import Path

import pytest
import yaml

from dialoom.evaluators.answer import MAJORITY
from dialoom.evaluators.base import HEURISTICS, Heuristic, Subject
from dialoom.evaluators.labels import SCORE
from dialoom.evaluators.ranks import PREFERENCE
from dialoom.messages import OASST_LABELS
from dialoom.records import DROPPED
from dialoom.registry import Registry
from dialoom.spec import Choice

DOCS = Path(__file__).parents[2] / "docs" / "evaluators.md"
RULES = tuple(sorted(set(HEURISTICS.names()) - {"answer"}))
"""All but the one that must be told what the answer is."""


def section(name: str) -> str:
    """Return the text under a heading of the second level."""
    _, _, rest = DOCS.read_text("utf-8").partition(f"\n## {name}\n")
    return rest.partition("\n## ")[0]


def block(name: str, language: str) -> str:
    match = re.search(rf"```{language}\n(.*?)```", section(name), re.DOTALL)
    assert match
    return match[1]


def defaults(rule: Heuristic) -> str:
    options = signature(type(rule)).parameters.values()
    return ", ".join(f"`{option.name}={option.default!r}`" for option in options) or "none"


def test_rules_are_described_in_alphabetical_order() -> None:
    known = set(Registry[Heuristic]("heuristic").names())
    described = [
        name for name in re.findall(r"^## (\w+)$", DOCS.read_text("utf-8"), re.M) if name in known
    ]
    assert described == sorted(described)
    assert set(RULES) <= set(described)


@pytest.mark.parametrize("name", RULES)
def test_a_rules_table_says_what_the_code_does(name: str) -> None:
    rule = Registry[Heuristic]("heuristic").make(Choice.parse(name))
    row = re.findall(r"^\| `.*$", section(name), re.M)[0].strip("| ").split(" | ")
    label, severity, weight, version, options = row
    assert label == f"`{rule.label}`"
    assert severity.split(",")[0] == rule.severity
    assert (float(weight), version) == (rule.weight, rule.version)
    assert options == defaults(rule)
    assert "Blind spots:" in section(name)


def test_every_label_is_listed_with_who_gives_it() -> None:
    rows = [line.split("|") for line in section("All labels").splitlines() if line[:2] == "| "]
    givers = {
        name: givers for _, labels, givers, *_ in rows for name in re.findall(r"`(\w+)`", labels)
    }
    registry = Registry[Heuristic]("heuristic")
    for rule in (registry.make(Choice.parse(name)) for name in registry.names()):
        assert f"`{rule.name}`" in givers[rule.label] or "of that name" in givers[rule.label]
    for name in OASST_LABELS:
        assert "critic" in givers[name]
    assert {SCORE, PREFERENCE, DROPPED, MAJORITY, "reward"} <= givers.keys()


def test_a_rule_of_another_package_is_found_by_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = block("A rule of your own", "python")
    assert len(code.splitlines()) <= 22
    (tmp_path / "shouting.py").write_text(code, "utf-8")
    info = tmp_path / "shouting-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: shouting\nVersion: 1\n", "utf-8")
    points = tomllib.loads(block("A rule of your own", "toml"))["project"]["entry-points"]
    rules = [f"{name} = {where}" for name, where in points["dialoom.heuristics"].items()]
    (info / "entry_points.txt").write_text("\n".join(["[dialoom.heuristics]", *rules]), "utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    registry = Registry[Heuristic]("heuristic")
    assert "shouting" in registry.names()
    rule = registry.make(Choice.parse({"shouting": {"share": 0.5}}))
    (verdict,) = rule.check(Subject("WHERE IS MY ORDER?", "rita", "prompter"))
    assert (verdict.name, verdict.evaluator, verdict.weight) == ("not_appropriate", "shouting", 0.2)
    assert not list(rule.check(Subject("Where is my order?", "rita", "prompter")))


def test_the_scenario_of_the_page_makes_rules() -> None:
    match = re.search(r"```yaml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert match
    registry = Registry[Heuristic]("heuristic")
    choices = yaml.safe_load(match[1])["evaluate"]["heuristics"]
    assert [registry.make(Choice.parse(choice)).name for choice in choices] == [
        "repetition",
        "length",
        "role_flip",
    ]
