"""What a right answer is: the `check` of a member whose question can be marked."""

import re
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema, field_validator, model_validator

from dialoom.scenarios.patterns import compiled
from dialoom.spec import Spec

__all__ = ["Check", "Tolerance", "number", "tolerance_of"]

Kind = Literal["numeric", "exact", "set", "regex", "mcq", "jsonschema"]
Tolerance = Annotated[
    Any,
    WithJsonSchema(
        {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": "%$"}]}
    ),
]

_NUMBER = re.compile(
    r"(?P<sign>[-\u2212+]?)\s*(?:(?P<over>\d+)\s*/\s*(?P<under>\d+)"
    r"|(?P<digits>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:[.,]\d+)?|\.\d+)(?P<power>[eE][-+]?\d+)?)"
)


class Check(Spec):
    """How replies to a member are marked as right or wrong."""

    type: Kind
    answer: Any = None
    """The right answer; texts may hold `{{ variables }}`. For `set` a list or a text with commas,
    for `regex` an expression, for `jsonschema` a schema. None leaves it to the vote of the
    candidates."""
    tolerance: Tolerance = 0
    """numeric only: how far off still counts as right, as a number or in percent of the answer."""
    pattern: str | None = None
    """Where a reply says its answer: a regular expression, whose first group counts if it has
    one."""
    at: Literal["all"] | tuple[Annotated[int, Field(ge=1)], ...] = "all"
    """Which messages are marked: all that reply to this member, or those at these places in the
    thread (0 is the opening)."""

    @field_validator("pattern")
    @classmethod
    def _is_regex(cls, value: str | None) -> str | None:
        compiled(value or "")
        return value

    @model_validator(mode="after")
    def _fits(self) -> "Check":
        if self.type in ("regex", "jsonschema"):
            if self.answer is None:
                raise ValueError(f"{self.type} needs an `answer`")
            if self.pattern is not None:
                raise ValueError(
                    f"'pattern' is not for {self.type}, which looks at the whole reply"
                )
        if self.type == "jsonschema" and not isinstance(self.answer, dict):
            raise ValueError("the answer of jsonschema is a schema, a mapping")
        if "{{" not in str(self.answer):
            self.check_answer()
        if self.type != "numeric" and self.tolerance != 0:
            raise ValueError("'tolerance' is an option of numeric")
        tolerance_of(self.tolerance, 0.0)
        return self

    def check_answer(self) -> None:
        """Check that the answer is of its type, once its variables are filled in.

        Raises:
            ValueError: it is not.
        """
        if self.answer is None:
            return
        if self.type == "numeric" and number(str(self.answer)) is None:
            raise ValueError(f"the answer {self.answer!r} is no number")
        if self.type == "mcq" and not re.fullmatch(r"\s*\(?[A-Za-z]\)?\s*", str(self.answer)):
            raise ValueError(f"the answer {self.answer!r} of mcq is no letter")
        if self.type in ("exact", "mcq") and isinstance(self.answer, list | dict):
            raise ValueError(f"the answer of {self.type} is one value")
        if self.type == "regex":
            compiled(str(self.answer))


def number(text: str) -> float | None:
    """Return the first number of a text, or None; `3/4` is one, and so is `1,250.5`.

    A comma before three digits parts thousands, any other is a decimal point.

    >>> number("about 1,250 g"), number("3/4 of it"), number("2,5"), number("none")
    (1250.0, 0.75, 2.5, None)
    """
    match = _NUMBER.search(text)
    if match is None:
        return None
    part = match.groupdict()
    sign = -1.0 if part["sign"] in ("-", "\u2212") else 1.0
    if part["over"]:
        under = float(part["under"])
        return sign * float(part["over"]) / under if under else None
    digits = part["digits"]
    plain = digits.replace(",", "." if re.fullmatch(r"\d+,\d{1,2}|\d+,\d{4,}", digits) else "")
    return sign * float(plain + (part["power"] or ""))


def tolerance_of(tolerance: Any, answer: float) -> float:
    """Return how far off an answer may be.

    Raises:
        ValueError: the tolerance is neither a number from 0 on nor such a number with `%`.
    """
    share = str(tolerance).strip()
    try:
        value = float(share.removesuffix("%"))
    except ValueError:
        value = -1.0
    if isinstance(tolerance, bool) or not 0 <= value < float("inf"):
        raise ValueError(f"tolerance is {tolerance!r}; it is a number from 0 on, or like '1%'")
    return abs(answer) * value / 100 if share.endswith("%") else value
