"""`evaluate.keep`: which messages a run exports, as rules.

A rule is a threshold (`quality >= 0.6`), a share of what is left (`score top 40%`), or tags
(`without pii, spam`, `with correct`). It looks at the assistants' messages, `without` at all;
`prompter:`, `assistant:` and `any:` before it say otherwise.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, Field, WithJsonSchema

from dialoom.messages import Role
from dialoom.spec import Spec

__all__ = ["Decontamination", "KeepRule", "Kept", "keep_rule"]

Sign = Literal[">=", ">", "<=", "<", "top", "bottom", "with", "without"]

FORMS = (
    "write a rule like 'quality >= 0.6', 'score top 40%', 'without pii', 'with correct', with "
    "'prompter: ' or 'any: ' before it for other messages than the assistants'"
)

_LABEL = r"[A-Za-z_][A-Za-z0-9_]*"
_NUMBER = r"\d+(?:\.\d+)?|\.\d+"
_RULE = re.compile(
    rf"""\s*(?:(?P<role>prompter|assistant|any)\s*:)?\s*
    (?: (?P<tag>with|without)\s*:?\s+(?P<tags>{_LABEL}(?:\s*,\s*{_LABEL})*)
      | (?P<label>{_LABEL})\s*:?\s*
        (?: (?P<sign>>=|>|<=|<)\s*(?P<value>{_NUMBER})
          | (?P<end>top|bottom)\s*:?\s*(?P<share>{_NUMBER})\s*% )
    )\s*""",
    re.VERBOSE,
)


class KeepRule(NamedTuple):
    """One rule: a message that breaks it is dropped."""

    labels: tuple[str, ...]
    """One of a comparison or a share, all tags of `with` and `without`."""
    sign: Sign
    value: float
    """What is compared with; of `top` and `bottom` the share, 0 to 1; of tags 0.5, from which a
    label counts."""
    role: Role | None
    """Whose messages are looked at; None is everybody's."""

    def __str__(self) -> str:
        usual: Role | None = None if self.sign == "without" else "assistant"
        role = "" if self.role == usual else f"{self.role or 'any'}: "
        if self.sign in ("with", "without"):
            return f"{role}{self.sign} {', '.join(self.labels)}"
        value = f"{100 * self.value:g}%" if self.sign in ("top", "bottom") else f"{self.value:g}"
        return f"{role}{self.labels[0]} {self.sign} {value}"


def keep_rule(written: Any) -> KeepRule:
    """Return the rule that a text, or a mapping of one key that reads like it, spells.

    Raises:
        ValueError: it is none, or a number is out of its range.

    >>> str(keep_rule("quality>=.6")), str(keep_rule({"score": {"top": "40%"}}))
    ('quality >= 0.6', 'score top 40%')
    """
    if isinstance(written, KeepRule):
        return written
    match = _RULE.fullmatch(_text(written))
    if match is None:
        raise ValueError(f"no rule; {FORMS}")
    part: dict[str, Any] = match.groupdict()
    sign: Sign = part["tag"] or part["sign"] or part["end"]
    role: Any = part["role"] or ("any" if sign == "without" else "assistant")
    labels = tuple(re.findall(_LABEL, part["tags"] or part["label"]))
    value = 0.5
    if not part["tag"]:
        value = float(part["value"] or part["share"]) / (100 if part["end"] else 1)
        if not 0 <= value <= 1 or (part["end"] and not value):
            raise ValueError(f"{labels[0]}: labels are 0 to 1, and shares above 0% to 100%")
    return KeepRule(labels, sign, value, None if role == "any" else role)


def _text(written: Any) -> str:
    """Return a rule as text: YAML makes a mapping of `without: pii` and `score: {top: 40%}`."""
    if isinstance(written, str):
        return written
    if isinstance(written, Mapping) and len(written) == 1:
        ((name, rest),) = written.items()
        return f"{name}: {_text(rest)}"
    if isinstance(written, list | tuple) and all(isinstance(one, str) for one in written):
        return ", ".join(written)
    raise ValueError(f"no rule; {FORMS}")


RULE_SCHEMA = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {"type": "object", "minProperties": 1, "maxProperties": 1},
    ]
}

Kept = Annotated[Any, AfterValidator(keep_rule), WithJsonSchema(RULE_SCHEMA)]
"""A `KeepRule` in any form that YAML has for it."""


class Decontamination(Spec):
    """Messages that share a run of words with files they must not are dropped."""

    against: tuple[str, ...] = Field(min_length=1)
    """Files, relative to the scenario's: text, or `.json` and `.jsonl`, whose texts all count."""
    ngram: int = Field(default=8, ge=3, le=50)
    """Words in a row that are too many to be chance."""
