"""The `truncated` rule: a reply that stops before its end."""

import re
from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.options import share
from dialoom.evaluators.text import quoted
from dialoom.verdicts import Severity, Verdict

__all__ = ["Truncated"]

_TAIL = 2_000
"""Characters from the end on that tell the habits of a text."""
_ENDED = re.compile(r"[.!?\u2026\u3002\uff01\uff1f][\"'\u201d\u2019)\]*_`]*$")
_SENTENCE_END = re.compile(
    r"\w{2}(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bSt)(?<!\bvs)(?<!\bMrs)(?<!etc)[\"')\u201d\u2019]?[.!?]+"
    r"[\"'\u201d\u2019)*_]*\s+(?=[A-Z])"
)
_ITEM = re.compile(r"\s*(?:[-*+\u2022]|\(?\d{1,3}[.):]|\(?[a-zA-Z][.)])\s")
_NO_SENTENCE = re.compile(
    r"^\s*(?:#|>|\||\$|```|\t)|[{}|<>=;\\]|\t|:\s*\S+$|(?:https?://|www\.|\w[.@]\w)\S*$"
)
"""What is no prose: headings, quotations, tables, code, fields of a form, an address at the end."""
_INTRODUCED = re.compile(r":[*_]*$")
_OPENING = re.compile(r"(?:^|[^:;=\-'])[(\[{]$")  # not the mouth of :(
_OPEN_WORDS = frozenset(
    (
        *("a", "an", "the", "and", "or", "but", "nor", "of", "with", "from", "into", "than"),
        *("because", "although", "whether", "which", "whose", "your", "my", "our", "their"),
        *("its", "every", "very", "i'm", "we're", "they're", "you're", "i'd", "we'd", "i'll"),
        *("we'll", "if", "as", "while", "without", "towards", "despite", "until"),
    )
)
"""Words that end no English sentence."""
_OPEN_IN_REPLIES = frozenset(("to", "by", "at", "for", "is", "are"))
"""Words that can end a question, but hardly a sentence that a model finished."""


class _Sign(NamedTuple):
    what: str
    sure: bool
    """False when only the writer's own habit speaks for it."""


class Truncated(Heuristic):
    """A reply that was cut off.

    For certain when the model says so (finish reason `length` or `content_filter`). Otherwise by
    its end: a code fence left open; a comma, an opening bracket or a word like "the" at the very
    end; "Here is the list:" from an assistant; or no full stop at the end of a text whose other
    sentences all have one. The last sign is not read in what a person wrote (`synthetic` false),
    since people often leave the last full stop out.

    Blind spots: a cut that falls on the end of a sentence or of a list item; a reply of one
    sentence without a full stop; languages other than English know only the signs by marks.

    Args:
        habit: How many (share) of the earlier sentences or list items must end in a full stop
            for one missing at the end to count.
    """

    name = "truncated"
    label: ClassVar[str] = "truncated"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight: ClassVar[float] = 0.5

    def __init__(self, habit: float = 0.8) -> None:
        self.habit = share("habit", habit)

    def check(self, subject: Subject) -> Iterator[Verdict]:
        """Yield one verdict when the reply stops before its end."""
        text = subject.text.rstrip()
        if not text:
            return
        ended = bool(_ENDED.search(text, max(0, len(text) - 8)))
        if subject.finish_reason in ("length", "content_filter"):
            why = "token limit" if subject.finish_reason == "length" else "content filter"
            sign: _Sign | None = _Sign(f"the model was stopped by its {why}", not ended)
        else:
            sign = self._sign(text, subject, ended=ended)
        if sign is None:
            return
        start = max(text.rfind(" ", 0, max(0, len(text) - 40)), len(text) - 60, 0)
        yield self.verdict(
            subject,
            f"{sign.what}: {quoted(text[start:])}",
            span=(start, len(text)),
            weight=self.weight if sign.sure else self.weight / 2,
        )

    def _sign(self, text: str, subject: Subject, *, ended: bool) -> _Sign | None:
        if "```" in text and text.count("```") % 2:
            return _Sign("a code fence is left open", True)
        if ended:
            return None
        tail = max(0, len(text) - _TAIL)
        line = text[max(tail, text.rfind("\n", tail) + 1) :]
        if what := _open_end(line, subject):
            return _Sign(what, True)
        if subject.synthetic and text[-1].isalnum() and self._breaks_habit(text, line):
            return _Sign("the last sentence has no end", False)
        return None

    def _breaks_habit(self, text: str, line: str) -> bool:
        """Return whether the text ends its sentences, or its list items, but not the last."""
        words = line.split()
        if _NO_SENTENCE.search(line) or len(words) < 2 or not words[-1][-1].isalnum():
            return False
        is_item = bool(_ITEM.match(line))
        if _SENTENCE_END.search(line, line.find(" ", 4) if is_item else 0):
            return True
        if len(words) == 2 and not words[-1].islower():
            return False  # a signature
        lines = text[-_TAIL : len(text) - len(line)].splitlines()
        prose = [said for said in map(str.rstrip, lines) if said and not _NO_SENTENCE.search(said)]
        alike = [said for said in prose if bool(_ITEM.match(said)) == is_item] or prose
        ends = sum(bool(_ENDED.search(said) or _INTRODUCED.search(said)) for said in alike)
        return bool(alike) and ends >= self.habit * len(alike)


def _open_end(line: str, subject: Subject) -> str | None:
    """Return what is left open by the last characters of the last line."""
    last = line.rsplit(None, 1)[-1]
    if _OPENING.search(line) and not line.startswith("    "):
        return "a bracket is opened at the very end"
    if last[-1] == "," and len(line.split()) > 3:
        return "it ends in a comma"
    if last[-1] == ":" and subject.role == "assistant" and subject.synthetic:
        return "nothing follows the colon"
    if subject.role == "assistant" and subject.synthetic and last in _OPEN_IN_REPLIES:
        return f"it ends in {last!r}"
    if last.lower() in _OPEN_WORDS and last[-1].islower() and len(line.split()) > 2:
        return f"it ends in {last!r}"
    return None
