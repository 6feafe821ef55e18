"""YAML files as plain values that know their lines.

Nothing in a file runs: tags are refused, aliases may not multiply, and a file over the size
limit is not read at all.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from dialoom.errors import Fault, InputError

__all__ = ["Document", "Place", "dotted", "load_document", "read_text"]

Place = tuple[str | int, ...]
"""Keys and positions from a document's root to a value."""

SIZE_LIMIT = 2_000_000
"""Bytes of a YAML file that are read at most."""
NODE_LIMIT = 200_000
"""Values of a document after its aliases are expanded, at most."""
DEPTH_LIMIT = 60
YAML = "tag:yaml.org,2002:"
COLLECTION_TAGS = (f"{YAML}map", f"{YAML}seq")
SCALAR_TAGS = [f"{YAML}{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp")]


class Document(NamedTuple):
    """A YAML file's values and the line on which each of them stands."""

    file: Path
    data: Any
    lines: Mapping[Place, int]
    starts: Mapping[Place, int] = {}
    """Where the text of a scalar begins: under the key, for a block."""

    def line(self, place: Place) -> int | None:
        """Return the line of a place, or of the nearest place around it that has one."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place)

    def fault(self, message: str, place: Place = (), *, text_line: int | None = None) -> Fault:
        """Return a fault at a place, or at a line (from 1) of the text that stands there."""
        line = self.line(place)
        if text_line is not None and place in self.starts:
            line = self.starts[place] + text_line - 1
        return Fault(message, self.file, line, dotted(place))


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
    except ValueError as error:
        raise InputError(Fault(f"not a file's name: {error}", file)) from error


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
    return Document(file, data, builder.lines, builder.starts)


class _Builder:
    """Turns composed YAML nodes into plain values and notes where each stands."""

    def __init__(self, file: Path, loader: yaml.SafeLoader) -> None:
        self.file, self.loader = file, loader
        self.lines: dict[Place, int] = {}
        self.starts: dict[Place, int] = {}
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
        is_block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
        self.starts[place] = line + is_block
        return self._scalar(node, line)

    def _mapping(self, node: yaml.MappingNode, place: Place, depth: int) -> dict[Any, Any]:
        values: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.faults.append(Fault(_key_fault(key_node), self.file, line))
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
            reason = str(error).splitlines()[0].partition(":")[0]
            self.faults.append(Fault(f"not a value: {reason}", self.file, line))
            return None

    def _refuse(self, node: yaml.Node, line: int) -> None:
        shown = node.tag.replace(YAML, "!!")
        what = "merge keys (`<<`) are" if node.tag == f"{YAML}merge" else f"the tag {shown!r} is"
        self.faults.append(Fault(f"{what} not allowed", self.file, line))


def _key_fault(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode) and node.flow_style:
        return "put text that begins with `{{` in quotes: YAML takes a bare `{` for a mapping"
    return "a key must be a plain value"


def dotted(place: Place) -> str:
    """Return a place as people write it: `cast[0].persona`.

    >>> dotted(("cast", 0, "persona"))
    'cast[0].persona'
    """
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
