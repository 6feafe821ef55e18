"""JSON Schemas of scenarios and personas, generated from the models."""

import ast
import inspect
import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Any, Literal

from pydantic import BaseModel

from dialoom.personas.model import Persona
from dialoom.scenarios.model import Scenario
from dialoom.spec import models_in

__all__ = ["SCHEMAS", "json_schema", "schema_file", "schema_text"]

Kind = Literal["scenario", "persona"]

SCHEMAS: Mapping[Kind, type[BaseModel]] = {"scenario": Scenario, "persona": Persona}
"""The models whose files users write."""


def json_schema(kind: Kind) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a file, with the models' docs as descriptions."""
    model = SCHEMAS[kind]
    schema = model.model_json_schema()
    known = {found.__name__: found for found in _models(model)}
    for name, part in ((model.__name__, schema), *schema.get("$defs", {}).items()):
        if name in known:
            _describe(part, known[name])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text(kind: Kind) -> str:
    """Return a schema as its file holds it."""
    return json.dumps(json_schema(kind), indent=2, ensure_ascii=False) + "\n"


def schema_file(kind: Kind) -> Path:
    """Return the file of a schema that ships with dialoom."""
    return Path(__file__).with_name(f"{kind}.json")


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield a model and those its fields are made of."""
    yield model
    for field in model.model_fields.values():
        for inner in models_in(field.annotation):
            yield from _models(inner)


def _describe(schema: dict[str, Any], model: type[BaseModel]) -> None:
    forms = [schema, *schema.get("anyOf", ())]
    docs = _field_docs(model)
    for form in forms:
        for name, field in form.get("properties", {}).items():
            if name in docs:
                field["description"] = docs[name]


def _field_docs(model: type[BaseModel]) -> dict[str, str]:
    """Return the string under each field, by field.

    Read from the source here, because pydantic's `use_attribute_docstrings` would do so at
    every import of the models.
    """
    (body,) = ast.parse(dedent(inspect.getsource(model))).body
    docs: dict[str, str] = {}
    statements = body.body if isinstance(body, ast.ClassDef) else []
    for field, doc in pairwise(statements):
        match field, doc:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                docs[name] = " ".join(text.split())
    return docs
