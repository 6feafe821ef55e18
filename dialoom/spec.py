"""YAML values into frozen models, with every fault of a file reported at once, by line."""

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from types import UnionType
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from dialoom.document import Document, Place, dotted, load_document, read_text
from dialoom.errors import Fault, InputError

__all__ = [
    "Choice",
    "Document",
    "Place",
    "Spec",
    "faults_of",
    "load_document",
    "mended",
    "nearest",
    "read_text",
    "suggestion",
    "validate",
]

M = TypeVar("M", bound=BaseModel)
MENDINGS = 4
"""How often a faulty document is mended: what stands in for a value may not fit either."""


def nearest(name: str, known: Iterable[str], *, score_cutoff: float = 60) -> str:
    """Return `; did you mean 'x'?` for the known name most like `name`, or an empty string.

    Args:
        name: What the user wrote.
        known: The names that would have been right.
        score_cutoff: Likeness under which nothing is suggested, 0 to 100.

    >>> nearest("stf", ["oasst", "sft"])
    "; did you mean 'sft'?"
    """
    match = _nearest_name(name, known, score_cutoff=score_cutoff)
    return "" if match is None else f"; did you mean {match!r}?"


def _nearest_name(name: str, known: Iterable[str], *, score_cutoff: float = 60) -> str | None:
    likeness, match = max(((_likeness(name, one), one) for one in sorted(known)), default=(0.0, ""))
    return match if likeness >= score_cutoff else None


def _likeness(one: str, other: str) -> float:
    """Return how alike two names are, 0 to 100: by slips of the hand, or by words in common."""
    slips = OSA.normalized_similarity(one.lower(), other.lower()) * 100
    short, long = sorted((len(one), len(other)))
    if short < 3 and long > 2 * short:  # a letter or two are part of almost any word
        return slips
    return max(slips, fuzz.WRatio(one, other, score_cutoff=80) * 0.9)


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return the nearest known name as `nearest` does, or else a list of all that are known.

    >>> suggestion("zz", ["critic", "prompter"])
    '; there are critic, prompter'
    """
    names = sorted(known)
    if len(names) < 2:
        return nearest(name, names) or f"; there is {names[0] if names else 'none'}"
    return nearest(name, names) or f"; there are {', '.join(names)}"


class Spec(BaseModel):
    """Base of everything read from YAML: frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class Choice(NamedTuple):
    """A registered name with its arguments, from `name`, `{name: arg}` or `{name: {k: v}}`."""

    name: str
    args: tuple[Any, ...]
    options: Mapping[str, Any]

    @classmethod
    def parse(cls, value: Any) -> "Choice":
        """Return the choice that a YAML value spells.

        Raises:
            ValueError: it is neither a name nor a mapping of one name.
        """
        if isinstance(value, str):
            return cls(value, (), {})
        if isinstance(value, Mapping) and len(value) == 1:
            ((name, argument),) = value.items()
            if isinstance(argument, Mapping):
                return cls(str(name), (), {str(key): item for key, item in argument.items()})
            return cls(str(name), () if argument is None else (argument,), {})
        raise ValueError("write `name`, `{name: argument}` or `{name: {option: value}}`")


def validate(model: type[M], document: Document) -> M:
    """Return the document as a model.

    Raises:
        InputError: all faults pydantic finds, each with its line and, for an unknown key, the
            nearest name.
    """
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise InputError(faults_of(error, model, document)) from error


def faults_of(error: ValidationError, model: type[BaseModel], document: Document) -> list[Fault]:
    """Return pydantic's errors as faults at lines of the document, in the file's order."""
    faults: dict[tuple[int, str], Fault] = {}
    for detail, place in _details(error, document.data):
        fault = document.fault(_message(detail, model, place), place)
        faults.setdefault((fault.line or 0, str(fault)), fault)
    return [faults[key] for key in sorted(faults)]


def _details(error: ValidationError, data: Any) -> Iterator[tuple[ErrorDetails, Place]]:
    """Yield pydantic's errors with their places, without those that follow from others."""
    details = error.errors()
    places = [_document_place(detail["loc"], data) for detail in details]
    for index, (detail, place) in enumerate(zip(details, places, strict=True)):
        if any(p[: len(place)] == place != p for p in places):
            continue  # a count of the valid items only, or a union's member that was not meant
        if detail["type"] != "extra_forbidden" and place in places[:index]:
            continue  # the same value as another member of a union
        yield detail, place


def mended(error: ValidationError, model: type[M], document: Document) -> M | None:
    """Return the model a faulty document would give, for finding its further faults.

    Unknown keys count as the known key they resemble, and wrong words of a choice as the right
    one; other faulty values, and lists that hold one, are left out, and in place of a key that
    is required stands some text. What is found at these places may be wrong on that account.
    None when that isn't enough.
    """
    data = deepcopy(document.data)
    for _ in range(MENDINGS):
        for detail, place in _details(error, data):
            _mend(data, place, detail, model)
        try:
            return model.model_validate(data)
        except ValidationError as left:
            error = left
    return None


def _mend(data: Any, place: Place, detail: ErrorDetails, model: type[BaseModel]) -> None:
    while place and isinstance(place[-1], int):
        place = place[:-1]  # the whole list: what is left of it would have other positions
    try:
        for part in place[:-1]:
            data = data[part]
        value = data.pop(place[-1], None)
    except (LookupError, TypeError, AttributeError):
        return
    key = str(place[-1])
    if detail["type"] == "extra_forbidden":
        match = _nearest_name(key, _keys_at(model, place[:-1]))
        if match is not None:
            data.setdefault(match, value)
    elif detail["type"] == "missing":
        data[key] = f"(no {dotted(place)})"
    elif detail["type"] == "literal_error":
        choices = re.findall("'([^']+)'", detail["msg"])
        data[key] = _nearest_name(str(value), choices, score_cutoff=0)


def _document_place(loc: Place, data: Any) -> Place:
    """Drop the parts of a pydantic location that name union members and not the document."""
    place: list[str | int] = []
    for part in loc:
        inside = isinstance(part, int) and isinstance(data, list) and part < len(data)
        if inside or (isinstance(data, Mapping) and part in data):
            data = data[part]
        elif not (isinstance(data, Mapping) and part == loc[-1]) or _is_union_tag(part):
            continue
        place.append(part)
    return tuple(place)


def _is_union_tag(part: str | int) -> bool:
    return isinstance(part, str) and (not part.isidentifier() or part[:1].isupper())


def _message(detail: ErrorDetails, model: type[BaseModel], place: Place) -> str:
    if detail["type"] == "extra_forbidden":
        key = str(place[-1])
        return f"there is no key {key!r}{suggestion(key, _keys_at(model, place[:-1]))}"
    if detail["type"] == "missing":
        return "this key is required"
    return _fitting_message(detail["type"], detail["msg"], _shown(detail["input"]), detail["loc"])


def _fitting_message(kind: str, message: str, given: str, loc: Place) -> str:
    if loc[-1:] == ("[key]",):
        return f"a name must be text: put {given} in quotes"
    if kind in ("model_type", "dict_type"):
        return f"write `key: value` pairs; it is {given}"
    if kind == "string_type":
        return f"must be text: put it in quotes; it is {given}"
    if kind in ("tuple_type", "list_type"):
        return f"must be a list, like [a, b]; it is {given}"
    if kind == "literal_error":
        choices = re.findall("'([^']+)'", message)
        expected = message.removeprefix("Input should be ")
        hint = nearest(given.strip("'"), choices, score_cutoff=70)
        return f"must be {expected}; it is {given}{hint}"
    if kind == "too_short" and message.endswith("not 0"):
        return "the list is empty"
    message = message.removeprefix("Value error, ").replace("Input should", "must", 1)
    message = message[:1].lower() + message[1:]
    return message if kind == "value_error" else f"{message}; it is {given}"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "empty"
    try:
        text = repr(value)
    except ValueError:  # an int with more digits than Python writes out
        return "a huge number"
    return text if len(text) <= 60 else f"{text[:57]}…"


def _keys_at(model: type[BaseModel], place: Place) -> set[str]:
    models: set[type[BaseModel]] = {model}
    for part in place:
        annotations = []
        for known in models:
            field = known.model_fields.get(part) if isinstance(part, str) else None
            if field is not None:
                annotations.append(field.annotation)
        inner = {found for note in annotations for found in models_in(note)}
        models = inner or (models if not annotations else set())
    return {name for known in models for name in known.model_fields}


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that a field's annotation is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Union, UnionType) or get_args(annotation):
        for part in get_args(annotation):
            yield from models_in(part)
