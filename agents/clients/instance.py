"""Values that satisfy a JSON Schema, drawn at random: what a scripted model answers to one."""

import re
from collections.abc import Mapping
from random import Random
from typing import Any

from dialoom.errors import RequestRefused

__all__ = ["instance"]

TEXTS = ("scripted", "as scripted", "a scripted text", "A scripted reply.", "1", "2026-01-01", "")
DEPTH_LIMIT = 30

Schema = Mapping[str, Any]


def instance(schema: Schema, draw: Random) -> Any:
    """Return a small value that satisfies a JSON Schema: required properties, fewest items.

    Known are `$ref` inside the document, `const`, `enum`, `type`, `anyOf`, `oneOf`, `allOf`, and
    the bounds of numbers, texts and arrays.

    Raises:
        RequestRefused: the schema asks for what this can't draw, like an involved pattern.
    """
    return _Instance(schema, draw).value(schema, 0)


class _Instance:
    """Draws values for the parts of one schema document."""

    def __init__(self, root: Schema, draw: Random) -> None:
        self.root, self.draw = root, draw

    def value(self, schema: Schema | bool, depth: int) -> Any:
        if isinstance(schema, bool):
            return None
        schema = self._resolved(schema, depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.draw.choice(schema["enum"])
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return self.value(self.draw.choice(schema[key]), depth + 1)
        return self._typed(schema, depth)

    def _resolved(self, schema: Schema, depth: int) -> Schema:
        """Return a schema with its reference followed and its `allOf` merged."""
        if depth > DEPTH_LIMIT:
            raise RequestRefused("scripted: the JSON Schema refers to itself without end")
        merged = {key: item for key, item in schema.items() if key not in ("$ref", "allOf")}
        if "$ref" in schema:
            merged = {**self._resolved(self._referenced(schema["$ref"]), depth + 1), **merged}
        for part in schema.get("allOf", ()):
            part = self._resolved(part, depth + 1)
            properties = {**merged.get("properties", {}), **part.get("properties", {})}
            required = [*merged.get("required", []), *part.get("required", [])]
            merged = {**merged, **part, "properties": properties, "required": required}
        return merged

    def _referenced(self, reference: str) -> Schema:
        found: Any = self.root
        for part in reference.removeprefix("#").split("/")[1:]:
            found = found.get(part) if isinstance(found, Mapping) else None
        if not isinstance(found, Mapping):
            raise RequestRefused(f"scripted: the JSON Schema has no {reference!r}")
        return found

    def _typed(self, schema: Schema, depth: int) -> Any:
        kind = schema.get("type", "object" if "properties" in schema else "null")
        if isinstance(kind, list):
            kind = kind[0]
        if kind == "object":
            properties = schema.get("properties", {})
            names = dict.fromkeys(schema.get("required", ()))
            return {name: self.value(properties.get(name, True), depth + 1) for name in names}
        if kind == "array":
            return self._array(schema, depth)
        if kind == "string":
            return self._text(schema)
        if kind == "integer":
            return self._whole(schema)
        if kind == "number":
            low, high = schema.get("minimum", 0), schema.get("maximum")
            high = low + 1 if high is None else high
            return low + (high - low) * self.draw.randint(1, 3) / 4
        return self.draw.random() < 0.5 if kind == "boolean" else None

    def _array(self, schema: Schema, depth: int) -> list[Any]:
        items = list(schema.get("prefixItems", ()))
        items += [schema.get("items", True)] * (schema.get("minItems", 0) - len(items))
        return [self.value(item, depth + 1) for item in items]

    def _whole(self, schema: Schema) -> int:
        low, high = schema.get("minimum"), schema.get("maximum")
        if "exclusiveMinimum" in schema:
            low = schema["exclusiveMinimum"] + 1
        if "exclusiveMaximum" in schema:
            high = schema["exclusiveMaximum"] - 1
        if low is None:
            low = 0 if high is None else high - 4
        high = low + 4 if high is None else high
        step = int(schema.get("multipleOf", 1))
        return step * self.draw.randint(-(-int(low) // step), int(high) // step)

    def _text(self, schema: Schema) -> str:
        least, most = schema.get("minLength", 0), schema.get("maxLength", 10**6)
        pattern = re.compile(schema.get("pattern", ""))
        for text in TEXTS:
            text = text.ljust(least, ".")[:most]
            if pattern.search(text):
                return text
        raise RequestRefused(f"scripted: no text is known for the pattern {pattern.pattern!r}")
