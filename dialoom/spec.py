"""YAML files into frozen models, with every fault of a file reported at once, by line.

Nothing in a file runs: tags are refused, aliases may not multiply, and a file over the size
limit is not read at all.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from types import UnionType
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from rapidfuzz import process

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
    "validate",
]

SIZE_LIMIT = 2_000_000
"""Bytes of a YAML file that are read at most."""
NODE_LIMIT = 200_000
"""Values of a document after its aliases are expanded, at most."""
DEPTH_LIMIT = 60
YAML = "tag:yaml.org,2002:"
COLLECTION_TAGS = (f"{YAML}map", f"{YAML}seq")
SCALAR_TAGS = [f"{YAML}{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp")]

M = TypeVar("M", bound=BaseModel)
Place = tuple[str | int, ...]


def nearest(name: str, known: Iterable[str], *, score_cutoff: float = 60) -> str:
    """Return `; did you mean 'x'?` for the known name most like `name`, or an empty string.

    Args:
        name: What the user wrote.
        known: The names that would have been right.
        score_cutoff: rapidfuzz `WRatio` under which nothing is suggested, 0 to 100.
    """
    match = process.extractOne(name, sorted(known), score_cutoff=score_cutoff)
    return "" if match is None else f"; did you mean {match[0]!r}?"


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


class Document(NamedTuple):
    """A YAML file's values and the line on which each of them stands."""

    file: Path
    data: Any
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int | None:
        """Return the line of a place, or of the nearest place around it that has one."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place)

    def fault(self, message: str, place: Place = (), *, below: int = 0) -> Fault:
        """Return a fault at a place, `below` lines under the line of its key."""
        line = self.line(place)
        return Fault(message, self.file, line and line + below, dotted(place))


def read_text(file: Path, *, limit: int = SIZE_LIMIT) -> str:
    """Return the text of a UTF-8 file.

    Raises:
        InputError: it is missing, unreadable, a directory, too large, or not UTF-8 text.
    """
    try:
        if file.is_file() and file.stat().st_size > limit:
            size = file.stat().st_size
            raise InputError(Fault(f"{size:,} bytes; at most {limit:,} are read", file))
        with file.open("rb") as stream:  # never the whole of an endless device
            return stream.read(limit + 1).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(Fault(f"not UTF-8 text (byte {error.start})", file)) from error
    except OSError as error:
        raise InputError(Fault((error.strerror or str(error)).lower(), file)) from error


def load_document(file: Path, text: str | None = None) -> Document:
    """Return the values of a YAML file with their lines.

    Args:
        file: Named in errors, and read unless `text` is given.
        text: The file's content when it has been read already.

    Raises:
        InputError: the file can't be read or is not plain YAML data.
    """
    text = read_text(file) if text is None else text
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        raise InputError(Fault(f"not YAML: {error.problem}", file, line)) from error
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(Fault(f"not YAML: {str(error).splitlines()[0]}", file)) from error
    except RecursionError as error:
        raise InputError(Fault("nested too deeply", file)) from error
    if root is None:
        raise InputError(Fault("the file is empty", file))
    builder = _Builder(file, loader)
    data = builder.value(root, (), 0)
    if builder.faults:
        raise InputError(builder.faults)
    return Document(file, data, builder.lines)


class _Builder:
    """Turns composed YAML nodes into plain values and notes where each stands."""

    def __init__(self, file: Path, loader: yaml.SafeLoader) -> None:
        self.file, self.loader = file, loader
        self.lines: dict[Place, int] = {}
        self.faults: list[Fault] = []
        self.count = 0

    def value(self, node: yaml.Node, place: Place, depth: int) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        self.count += 1
        if self.count > NODE_LIMIT or depth > DEPTH_LIMIT:
            what = "nested too deeply" if depth > DEPTH_LIMIT else "its aliases expand too far"
            raise InputError(Fault(what, self.file, line))
        if not isinstance(node, yaml.ScalarNode) and node.tag not in COLLECTION_TAGS:
            self._refuse(node, line)
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*place, i), depth + 1) for i, item in enumerate(node.value)]
        return self._scalar(node, line)

    def _mapping(self, node: yaml.MappingNode, place: Place, depth: int) -> dict[Any, Any]:
        values: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.faults.append(Fault("a key must be a plain value", self.file, line))
                continue
            key = self._scalar(key_node, line)
            if key in values:
                self.faults.append(Fault(f"{key!r} is given twice", self.file, line, dotted(place)))
            self.lines[(*place, key)] = line
            values[key] = self.value(value_node, (*place, key), depth + 1)
        return values

    def _scalar(self, node: yaml.Node, line: int) -> Any:
        if node.tag not in SCALAR_TAGS:
            self._refuse(node, line)
            return None
        if node.tag == f"{YAML}timestamp":
            return node.value
        try:
            return self.loader.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            reason = str(error).splitlines()[0]
            self.faults.append(Fault(f"not a value: {reason}", self.file, line))
            return None

    def _refuse(self, node: yaml.Node, line: int) -> None:
        what = "merge keys (`<<`) are" if node.tag == f"{YAML}merge" else f"the tag {node.tag!r} is"
        self.faults.append(Fault(f"{what} not allowed", self.file, line))


def dotted(place: Place) -> str:
    """Return a place as people write it: `cast[0].persona`.

    >>> dotted(("cast", 0, "persona"))
    'cast[0].persona'
    """
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


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
    places = [_document_place(detail["loc"], document.data) for detail in error.errors()]
    for index, (detail, place) in enumerate(zip(error.errors(), places, strict=True)):
        if any(p[: len(place)] == place != p for p in places):
            continue  # a count of the valid items only, or a union's member that was not meant
        if detail["type"] != "extra_forbidden" and place in places[:index]:
            continue  # the same value as another member of a union
        fault = document.fault(_message(detail, model, place), place)
        faults.setdefault((fault.line or 0, str(fault)), fault)
    return [faults[key] for key in sorted(faults)]


def mended(error: ValidationError, model: type[M], document: Document) -> M | None:
    """Return the model a faulty document would give, for finding its further faults.

    Unknown keys count as the known key they resemble; other faulty values are left out. None
    when that isn't enough.
    """
    data = deepcopy(document.data)
    for detail in error.errors():
        *above, key = _document_place(detail["loc"], document.data) or ("",)
        holder = data
        try:
            for part in above:
                holder = holder[part]
            value = holder.pop(key)
        except (LookupError, TypeError, AttributeError):
            continue
        if detail["type"] == "extra_forbidden":
            match = process.extractOne(str(key), _keys_at(model, tuple(above)), score_cutoff=60)
            holder.setdefault(match[0] if match else "", value)
            holder.pop("", None)
    try:
        return model.model_validate(data)
    except ValidationError:
        return None


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
        known = sorted(_keys_at(model, place[:-1]))
        hint = nearest(key, known) or (f"; there are {', '.join(known)}" if known else "")
        return f"there is no key {key!r}{hint}"
    if detail["type"] == "missing":
        return "this key is required"
    message = detail["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    given = detail["input"]
    if detail["type"] != "value_error" and isinstance(given, str | int | float | bool):
        message += f"; it is {given!r}"
    return message


def _keys_at(model: type[BaseModel], place: Place) -> set[str]:
    models: set[type[BaseModel]] = {model}
    for part in place:
        annotations = []
        for known in models:
            field = known.model_fields.get(part) if isinstance(part, str) else None
            if field is not None:
                annotations.append(field.annotation)
        inner = {found for note in annotations for found in _models_in(note)}
        models = inner or (models if not annotations else set())
    return {name for known in models for name in known.model_fields}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Union, UnionType) or get_args(annotation):
        for part in get_args(annotation):
            yield from _models_in(part)
