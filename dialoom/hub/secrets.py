"""Strings that look like keys and passwords, found before anything leaves the machine."""

import re
import zlib
from collections.abc import Iterable, Iterator
from gzip import GzipFile
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from pydantic_core import to_json

from dialoom.errors import Fault, InputError
from dialoom.exporters.parquet import parquet_rows

__all__ = ["Secret", "secrets_in"]

KINDS = {
    "a Hugging Face token": rb"\bhf_[A-Za-z0-9]{30,}",
    "an API key": rb"\bsk-[A-Za-z0-9_-]{20,}",
    "a GitHub token": rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40,})",
    "a GitLab token": rb"\bglpat-[A-Za-z0-9_-]{20}",
    "an AWS key": rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a Google API key": rb"\bAIza[0-9A-Za-z_-]{35}",
    "a Slack token": rb"\bxox[abeprs]-[0-9A-Za-z-]{10,}",
    "a JSON web token": rb"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "a private key": rb"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----",
    "a password in a URL": rb"://[^/\s:@\"'\\<>]{1,64}:[^/\s:@\"'\\<>]{1,128}@",
}
_ANY = re.compile(b"|".join(b"(%s)" % pattern for pattern in KINDS.values()))


class Secret(NamedTuple):
    """A string that looks like a secret."""

    file: Path
    line: int
    """From 1; of parquet the row."""
    kind: str
    shown: str
    """How it begins, the rest left out."""


def secrets_in(file: Path) -> Iterator[Secret]:
    """Yield what looks like a secret in a file, packed or parquet files among them.

    Raises:
        InputError: the file can't be read.
    """
    for number, line in enumerate(_lines(file), start=1):
        for match in _ANY.finditer(line):
            kind = list(KINDS)[(match.lastindex or 1) - 1]
            text = match[0].decode(errors="replace")
            yield Secret(file, number, kind, f"{text[:7]}… ({len(text)} characters)")


def _lines(file: Path) -> Iterable[bytes]:
    if file.suffix == ".parquet":
        yield from (to_json(row) for row in parquet_rows(file))
        return
    try:
        with file.open("rb") as raw:
            yield from cast(BinaryIO, GzipFile(fileobj=raw)) if file.suffix == ".gz" else raw
    except (OSError, EOFError, zlib.error) as error:
        message = getattr(error, "strerror", None) or str(error)
        raise InputError(Fault(message.lower(), file)) from error
