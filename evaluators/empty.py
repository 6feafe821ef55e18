"""The `empty` rule: a reply that says nothing."""

import re
import unicodedata
from collections.abc import Iterator
from typing import ClassVar

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.text import SCANNED, quoted
from dialoom.verdicts import Severity, Verdict

__all__ = ["Empty"]

_WORD = re.compile(r"[^\W_]")
_WRAPPING = re.compile(
    r"<(think|thinking|thought|reasoning)>.*?(?:</\1>|\Z)"  # thought is not said
    r"|<\|[^|<>]{1,40}\|>|</?[a-z]{1,20}\s*/?>"  # tokens of a chat template, empty tags
    r"|(?m:^\s*```\w*\s*$)"
    r"|[(\[<*](?:no (?:response|reply|answer|text|output|content)|empty|blank|silence|silent"
    r"|pause|null|none|n/a)[)\]>*]",
    re.IGNORECASE | re.DOTALL,
)
_WRAPPED = re.compile(r"[<`(\[*]")


class Empty(Heuristic):
    """A reply without a word: nothing, spaces, marks alone, an empty code fence or tag.

    What stands for silence ("[no response]") is empty too, and so is a reply of which nothing
    is left outside a `<think>` block. An emoji or a number is something said.

    Blind spots: words that say nothing ("Well, you know...") and a bare "null".
    """

    name = "empty"
    label: ClassVar[str] = "spam"
    version = "1"
    severity: ClassVar[Severity] = "hopeless"

    def check(self, subject: Subject) -> Iterator[Verdict]:
        """Yield one verdict when nothing is said."""
        text = subject.text
        if _says_something(text):
            return
        found = f"only {quoted(text, limit=60)}" if text.strip() else "no text at all"
        yield self.verdict(subject, f"the reply says nothing: {found}", span=(0, len(text)))


def _says_something(text: str) -> bool:
    if not _WORD.search(text):
        return _has_symbol(text)
    if not _WRAPPED.match(text.lstrip()[:1]):
        return True  # it begins with a word, or with marks that wrap nothing
    said = _WRAPPING.sub(" ", text[:SCANNED])
    return len(text) > SCANNED or bool(_WORD.search(said)) or _has_symbol(said)


def _has_symbol(text: str) -> bool:
    """Return whether there is an emoji or another sign beyond ASCII."""
    return not text.isascii() and any(
        unicodedata.category(character) == "So" for character in text[:SCANNED]
    )
