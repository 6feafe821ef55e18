"""The form on which a critic answers a rubric in writing, and how what it wrote is checked."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Literal

from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict, create_model

from dialoom.agents.rubric import Criterion
from dialoom.errors import EvaluatorError

__all__ = ["Answer", "AnswerForm", "Form", "Unusable", "mean_of"]

NAMED_FAULTS = 5
"""Faults of one answer that are named; the rest follow from them as a rule."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the critic says of one criterion."""

    criterion: Criterion
    value: float | None
    """0 to 1, 1 = more of what the criterion's name says; None: it does not apply."""
    reason: str


def mean_of(answers: Sequence[Answer]) -> Answer:
    """Return the mean of several answers to one criterion, with the reason nearest to it.

    It does not apply when at least half of them say so; the others are left out of the mean.
    """
    rated = [answer for answer in answers if answer.value is not None]
    values = ", ".join("n/a" if a.value is None else f"{a.value:.2f}" for a in answers)
    if 2 * len(rated) <= len(answers):
        reason = next(answer.reason for answer in answers if answer.value is None)
        return Answer(answers[0].criterion, None, f"{reason} (of {values})")
    mean = fmean(answer.value for answer in rated if answer.value is not None)
    nearest = min(rated, key=lambda answer: abs((answer.value or 0.0) - mean))
    return Answer(answers[0].criterion, mean, f"{nearest.reason} (mean of {values})")


class Unusable(EvaluatorError):
    """A written answer that breaks its form.

    Attributes:
        text: What the model wrote.
        faults: What is wrong with it, each by its place in the form.
    """

    def __init__(self, text: str, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.text, self.faults = text, tuple(faults)


class _Points(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: str
    answer: Literal[1, 2, 3, 4, 5]


class _YesNo(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: str
    answer: Literal["yes", "no"]


class _PointsOrNone(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: str
    answer: Literal[1, 2, 3, 4, 5, "n/a"]


class _YesNoOrNone(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: str
    answer: Literal["yes", "no", "n/a"]


_Item = _Points | _YesNo | _PointsOrNone | _YesNoOrNone


def _item_of(criterion: Criterion) -> type[BaseModel]:
    if criterion.may_not_apply:
        return _PointsOrNone if criterion.low else _YesNoOrNone
    return _Points if criterion.low else _YesNo


class Form:
    """A form that a critic fills in, as a pydantic model whose every item has a reason."""

    def __init__(self, model: type[BaseModel]) -> None:
        self.model = model
        """What the model's structured output must be."""
        self._schema = Draft202012Validator(model.model_json_schema())

    def checked(self, text: str) -> str:
        """Return the JSON object of an answer, without the prose or fence around it.

        Raises:
            Unusable: there is none, or it breaks the schema.
        """
        body = text[text.find("{") : text.rfind("}") + 1]
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            raise Unusable(text, ["it is not a JSON object"]) from None
        faults = [
            f"{'.'.join(map(str, error.absolute_path)) or 'the object'}: {error.message}"
            for error in self._schema.iter_errors(document)
        ] or list(self.faults(document))
        if faults:
            raise Unusable(text, faults[:NAMED_FAULTS])
        return body

    def faults(self, document: dict[str, Any]) -> Iterator[str]:
        """Yield what is wrong with an answer that the schema allows."""
        yield from (f"{name}.reason: is empty" for name, item in document.items() if _is_bare(item))


class AnswerForm(Form):
    """A form with a reason and an answer for each criterion of a rubric."""

    def __init__(self, rubric: Sequence[Criterion]) -> None:
        self._rubric = tuple(rubric)
        fields: dict[str, Any] = {
            criterion.name: (_item_of(criterion), ...) for criterion in rubric
        }
        config = ConfigDict(extra="forbid")
        super().__init__(create_model("Judgement", __config__=config, **fields))

    def answers(self, filled: BaseModel) -> list[Answer]:
        """Return the answers of a filled form, in the rubric's order."""
        return [
            Answer(criterion, criterion.values.get(str(item.answer)), item.reason.strip())
            for criterion in self._rubric
            if isinstance(item := getattr(filled, criterion.name), _Item)
        ]


def _is_bare(item: dict[str, Any]) -> bool:
    return not item["reason"].strip()
