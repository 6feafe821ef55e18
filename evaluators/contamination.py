"""Messages that share a run of words with files they must not: a benchmark's questions, say.

A file's texts are taken apart into word n-grams, and a message that holds one of them is
contaminated. Texts are compared without case, marks and spacing.
"""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dialoom.errors import Fault, InputError
from dialoom.evaluators.text import SCANNED, cited, words

__all__ = ["Contamination", "Shared"]

FAULTS = 5
"""Broken lines of a file that are reported at most."""


class Shared(NamedTuple):
    """A run of words that a message has in common with a file."""

    words: str
    """In quotation marks."""
    file: str
    """As the user wrote it."""


class Contamination:
    """The n-grams of some files, 8 bytes of each kept; some 70 bytes of memory a word of theirs."""

    def __init__(self, files: Mapping[str, Path], *, ngram: int) -> None:
        """Read the files.

        Args:
            files: By the name that reasons give them. `.jsonl` and `.json`, every text in which
                counts, wherever it stands; anything else is read as text. `.gz` is unpacked.
            ngram: Words in a row.

        Raises:
            InputError: files that can't be read or hold no such run of words, all of them.
        """
        self.ngram = ngram
        self.files = dict(files)
        self._known: dict[str, frozenset[int]] = {}
        faults: list[Fault] = []
        for name, file in files.items():
            try:
                grams = (_grams(text, ngram) for text in _texts(file))
                self._known[name] = frozenset(gram for found in grams for gram in found)
            except InputError as error:
                faults += error.faults
            else:
                if not self._known[name]:
                    faults.append(Fault(f"holds no {ngram} words in a row to look for", file))
        if faults:
            raise InputError(faults)

    def shared(self, text: str) -> Shared | None:
        """Return the first run of words that a text shares with a file, or None."""
        grams = list(_grams(text, self.ngram))
        for name, known in self._known.items():
            for start, gram in enumerate(grams):
                if gram in known:
                    run = _words(text)[start : start + self.ngram]
                    return Shared(cited(run, text, limit=120).words, name)
        return None


def _grams(text: str, size: int) -> Iterator[int]:
    """Yield the hashes of a text's n-grams in order; they are good for this process only."""
    said = _words(text)
    return map(hash, zip(*(said[start:] for start in range(size)), strict=False))


def _words(text: str) -> tuple[str, ...]:
    if len(text) <= SCANNED:
        return words(text)
    parts = (text[start : start + SCANNED] for start in range(0, len(text), SCANNED))
    return tuple(word for part in parts for word in words(part))


def _texts(file: Path) -> Iterator[str]:
    """Yield the texts of a file.

    Raises:
        InputError: it can't be read; the first broken lines of JSON, each with its number.
    """
    try:
        with (gzip.open if file.suffix == ".gz" else open)(file, "rb") as data:
            if Path(file.name.removesuffix(".gz")).suffix == ".jsonl":
                yield from _json_texts(file, data)
            elif Path(file.name.removesuffix(".gz")).suffix == ".json":
                yield from _json_texts(file, [data.read()])
            else:
                text = data.read()
                if b"\0" in text[:SCANNED]:
                    raise InputError(Fault("is no text; give text, .json or .jsonl", file))
                yield text.decode(errors="replace")
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(Fault(reason.lower(), file)) from error


def _json_texts(file: Path, lines: Iterable[bytes]) -> Iterator[str]:
    faults: list[Fault] = []
    for number, line in enumerate(lines, start=1):
        try:
            yield from _strings(json.loads(line) if line.strip() else None)
        except (ValueError, RecursionError) as error:
            faults.append(Fault(f"not JSON: {error}", file, number))
            if len(faults) == FAULTS:
                break
    if faults:
        raise InputError(faults)


def _strings(value: Any) -> Iterator[str]:
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            pending.extend(one.values())
        elif isinstance(one, list):
            pending.extend(one)
