"""What a persona is: who it is, how it speaks, and what it knows."""

import re
from typing import Annotated

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from dialoom.spec import Spec, suggestion

__all__ = ["Language", "Line", "Name", "Persona", "as_text"]

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
NAME = "^[A-Za-z_][A-Za-z0-9_]{0,63}$"
LANGUAGE = "^[a-z]{2,3}(-[A-Za-z0-9]+)*$"


def _matching(pattern: str, otherwise: str) -> AfterValidator:
    def check(value: str) -> str:
        if re.match(pattern, value) is None or value.endswith("\n"):
            raise ValueError(f"{otherwise}; it is {value!r}")
        return value

    return AfterValidator(check)


Name = Annotated[
    str,
    _matching(NAME, "write at most 64 letters, digits and `_`, no digit first"),
    WithJsonSchema({"type": "string", "pattern": NAME}),
]
Language = Annotated[
    str,
    _matching(LANGUAGE, "write a BCP 47 tag such as `en` or `pt-BR`"),
    WithJsonSchema({"type": "string", "pattern": LANGUAGE}),
]
"""BCP 47 tag."""


class Persona(Spec):
    """A character that a model plays. Texts may hold `{{ variables }}` of the scenario."""

    name: Name
    """Identifier in scenarios and files: letters, digits and `_`."""
    display_name: Line
    """What the others call it."""
    description: Line
    """One or two sentences: who this is."""
    traits: dict[str, Line] = Field(default_factory=dict)
    """Named traits, like `temper: short`; the REPL edits them one by one."""
    speaking_style: Line = "plain and natural"
    background: str = ""
    """What shaped this person, a paragraph at most; left out for small models."""
    language: Language = "en"
    """BCP 47 tag of the language it speaks."""
    example_lines: tuple[Line, ...] = ()
    """Things this persona would say word for word; they set the tone."""
    knows: dict[str, Line] = Field(default_factory=dict)
    """Facts by name."""
    hides_until_asked: tuple[str, ...] = ()
    """Names of known facts that are told only when somebody asks for them."""
    doesnt_know: tuple[Line, ...] = ()
    """Topics it has no answer to and must not invent one for."""

    @field_validator(
        "traits", "knows", mode="before", json_schema_input_type=dict[str, str | float | bool]
    )
    @classmethod
    def _scalars_as_text(cls, value: object) -> object:
        if isinstance(value, dict):
            return {k: as_text(v) if isinstance(v, int | float) else v for k, v in value.items()}
        return value

    @field_validator("hides_until_asked")
    @classmethod
    def _hidden_facts_are_known(
        cls, value: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        known = info.data.get("knows", value)
        for fact in value:
            if fact not in known:
                raise ValueError(f"no fact is named {fact!r}{suggestion(fact, known)}")
        if len(set(value)) != len(value):
            raise ValueError("a fact is named twice")
        return value


def as_text(value: str | float) -> str:
    """Return a YAML scalar as a persona says it: `yes` and `no` stay words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
