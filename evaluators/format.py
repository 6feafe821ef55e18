"""The `format` rule: replies keep to a JSON Schema or a regular expression."""

import json
import re
from collections.abc import Iterator
from typing import Any, ClassVar

from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import Draft202012Validator, validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

from dialoom.errors import EvaluatorError
from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.text import quoted
from dialoom.messages import Role
from dialoom.verdicts import Severity, Verdict

__all__ = ["Format", "validator_of"]

_FENCED = re.compile(r"\s*```(?:json)?\s*[{\[]")


class Format(Heuristic):
    r"""Finds replies that are not of the form the scenario asks for; silent when it asks for none.

    With `schema` the whole message must be one JSON value that the schema allows, blanks around
    it not counting. With `pattern` a match must be somewhere in the message, as JSON Schema's
    `pattern` has it; `\A…\Z` asks for the whole. With both, both.

    Blind to what a schema can't say. A pattern that backtracks without end is not stopped.
    """

    name = "format"
    label = "fails_task"
    version = "1"
    severity: ClassVar[Severity] = "hopeless"

    def __init__(
        self,
        schema: dict[str, Any] | None = None,
        pattern: str | None = None,
        role: Role = "assistant",
    ) -> None:
        """Set the form, and whose messages must have it.

        Args:
            schema: A JSON Schema, of the draft that its `$schema` names, 2020-12 without. Other
                documents that it refers to are not fetched.
            pattern: A regular expression as Python has them.
            role: Whose messages are looked at.

        Raises:
            ValueError: no valid schema, regular expression or role.
        """
        if role not in ("prompter", "assistant"):
            raise ValueError(f"role is {role!r}; give prompter or assistant")
        self.role = role
        self.validator = None if schema is None else validator_of(schema)
        self.pattern = None if pattern is None else _pattern(pattern)

    def check(self, subject: Subject) -> Iterator[Verdict]:
        if subject.role != self.role:
            return
        fault = self._json_fault(subject.text)
        if fault:
            yield self.verdict(subject, fault)
        elif self.pattern and not self.pattern.search(subject.text):
            reason = f"does not match {quoted(self.pattern.pattern, limit=60)}"
            yield self.verdict(subject, reason)

    def _json_fault(self, text: str) -> str:
        """Return what keeps the text from being JSON of the schema; nothing when it is."""
        if self.validator is None:
            return ""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            if _FENCED.match(text):
                return "the JSON stands in a code fence"
            why = error.msg if isinstance(error, json.JSONDecodeError) else "too deep, or too long"
            return f"is not JSON: {why}: {quoted(text.strip(), limit=40)}"
        return _first_fault(self.validator, value)


def _first_fault(validator: Validator, value: Any) -> str:
    try:
        error = next(validator.iter_errors(value), None)
    except RecursionError:
        return "is not of the schema: nested too deeply"
    except Unresolvable as error:
        raise EvaluatorError(f"the schema refers to {error.ref!r}, which it lacks") from error
    if error is None:
        return ""
    message = error.message if len(error.message) < 120 else f"{error.message[:119]}…"
    return f"is not of the schema: {_place(error)}{message}"


def _place(error: ValidationError | SchemaError) -> str:
    return "".join(f"{part}: " for part in error.absolute_path)


def _pattern(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except (re.error, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"pattern {pattern!r} is no regular expression: {error}") from error


def validator_of(schema: dict[str, Any]) -> Validator:
    """Return what checks JSON by a schema; what it refers to elsewhere is not fetched.

    Raises:
        ValueError: it is no JSON Schema, or refers to what it lacks.
    """
    if not isinstance(schema, dict):
        raise ValueError(f"schema is {schema!r}; give a JSON Schema, which is a mapping")
    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        raise ValueError(f"schema is no JSON Schema: {_place(error)}{error.message}") from error
    validator: Validator = kind(schema, registry=Registry())
    try:
        list(validator.iter_errors({}))
    except Unresolvable as error:
        raise ValueError(f"schema refers to {error.ref!r}, which it lacks") from error
    return validator
