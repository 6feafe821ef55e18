from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from dialoom.document import load_document
from dialoom.personas.library import shipped_personas
from dialoom.scenarios.library import shipped_scenarios
from dialoom.schemas import SCHEMAS, Kind, json_schema, schema_file, schema_text

CAST = "[{persona: a, role: prompter, goal: g}, {persona: b, role: assistant}]"


def faults(kind: Kind, data: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(json_schema(kind)).iter_errors(data)]


def scenario(text: str) -> Any:
    return {"name": "play", "cast": yaml.safe_load(CAST), **yaml.safe_load(text)}


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_shipped_schemas_are_current(kind: Kind) -> None:
    assert schema_file(kind).read_text(encoding="utf-8") == schema_text(kind), (
        "write the schemas anew with `dialoom schema`"
    )


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_schemas_are_schemas(kind: Kind) -> None:
    Draft202012Validator.check_schema(json_schema(kind))


@pytest.mark.parametrize("file", sorted(shipped_scenarios().glob("*.yaml")), ids=lambda f: f.stem)
def test_shipped_scenarios_are_valid(file: Path) -> None:
    assert faults("scenario", load_document(file).data) == []


@pytest.mark.parametrize("file", sorted(shipped_personas().glob("*.yaml")), ids=lambda f: f.stem)
def test_shipped_personas_are_valid(file: Path) -> None:
    assert faults("persona", load_document(file).data) == []


@pytest.mark.parametrize(
    "text",
    [
        "sample: 3",
        "sample: {count: 3, mode: every}",
        "stop: [farewell, {name: loop, times: 3}, {goal_reached: {pattern: x}}, {refused: {}}]",
        "turns: {policy: selector}",
        "turns: {policy: {selector: {window: 3}}}",
        "evaluate: {heuristics: [repetition, {length: {min: 2}}, {format: x}], critic: null}",
        "models: {assistant: [a, b], critic: c}",
        "openers: [Hi]",
        "openers: {file: a.jsonl}",
        "branch: {assistant: {width: 2, at: [1, 3]}, prompter: {at: all}}",
        "variables: {a: 1, b: [x, {y: 1}], c: {weighted: {x: 1}}, d: {range: [0, 1, 0.5]}}",
        "variables: {a: {pattern: x}, rows: {file: a.csv}}",
        "cast: [{persona: {name: z, display_name: Z, description: d, knows: {a: 1, b: yes}},"
        " role: prompter}, {persona: b, role: assistant, knows: {x: 1.5}}]",
    ],
)
def test_every_short_form_is_valid(text: str) -> None:
    assert faults("scenario", scenario(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "sample: 0",
        "stop: [goodbye]",
        "stop: [{farewell: {times: 2}}]",
        "stop: [{loop: {}, farewell: {}}]",
        "turns: {policy: [alternate]}",
        "turns: {policy: {a: 1, b: 2}}",
        "evaluate: {heuristics: [3]}",
        "variables: {a: {patern: x}}",
        "variables: {a: []}",
        "variables: {a: {range: [1]}}",
        "openers: {files: a.jsonl}",
        "gaol: x",
    ],
)
def test_wrong_forms_are_not_valid(text: str) -> None:
    assert faults("scenario", scenario(text)) != []


def test_every_model_and_most_fields_are_described() -> None:
    schema = json_schema("scenario")
    parts: Mapping[str, Any] = {"Scenario": schema, **schema["$defs"]}

    assert parts["Member"]["properties"]["goal"]["description"] == (
        "What it wants from the conversation."
    )
    assert parts["Scenario"]["properties"]["openers"]["description"] == (
        "First messages, one drawn for each tree; a file's column is `text`. None: the first "
        "prompter's model writes it."
    )
    assert all("description" in part or "anyOf" in part for part in parts.values())
