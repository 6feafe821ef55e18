"""The `markdown` rule: lists, headings and bold in what people say."""

import re
from collections.abc import Iterator
from typing import ClassVar

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.spoken import is_spoken
from dialoom.evaluators.text import prose, quoted
from dialoom.verdicts import Severity, Verdict

__all__ = ["Markdown"]

_FORMS = (
    ("a heading", re.compile(r"^#{1,6} \S.*$", re.MULTILINE)),
    ("a table", re.compile(r"^\|.*\|\s*\n\|[ :|-]+\|", re.MULTILINE)),
    ("a list", re.compile(r"^[ \t]*[-*+\u2022] \S.*\n+[ \t]*[-*+\u2022] \S.*", re.MULTILINE)),
    (
        "a numbered list",
        re.compile(r"^[ \t]*1[.)] \S.*\n+(?:.*\n+)??[ \t]*2[.)] \S.*", re.MULTILINE),
    ),
    (
        "bold",
        re.compile(
            r"(?<![*\w])\*\*(?=[^\s*])[^*\n]{1,200}(?<=\S)\*\*(?!\*)|(?<!\w)__\w[^_\n]*__(?!\w)"
        ),
    ),
    ("a link", re.compile(r"\[[^\]\n]+\]\(https?://[^)\s]+\)")),
)
_CODE = ("a code block", re.compile(r"^[ \t]*```", re.MULTILINE))
_SIGNS = re.compile(r"[#*|_`\]\u2022]|^[ \t]*(?:[-+]|1[.)]) ", re.MULTILINE)


class Markdown(Heuristic):
    """Written forms where there should be speech: in a prompter's message or a spoken reply.

    Headings, tables, lists of two items, bold and links; in a spoken conversation code blocks
    too. Whether it is spoken is read in the setting and the speaking style. Emphasis by single
    stars, code in a chat, and whatever the example lines or the style of a persona hold are fine.

    Blind to lists without marks, and to written forms in the replies of a written conversation,
    where they may be right.
    """

    name = "markdown"
    label: ClassVar[str] = "markdown"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight: ClassVar[float] = 0.2

    def check(self, subject: Subject) -> Iterator[Verdict]:
        """Yield one verdict for the first form that is found."""
        if subject.persona is None or not _SIGNS.search(subject.text):
            return
        spoken = is_spoken(subject)
        if not spoken and subject.role != "prompter":
            return
        text = prose(subject.text)
        forms = [(what, form.search(text)) for what, form in _FORMS]
        if spoken:
            forms.append((_CODE[0], _CODE[1].search(subject.text)))
        for what, match in forms:
            if match and not _is_own_way(what, subject):
                where = "in speech" if spoken else "in a user's message"
                said = quoted(match[0], limit=60)
                yield self.verdict(subject, f"{what} {where}: {said}", span=match.span())
                return


def _is_own_way(what: str, subject: Subject) -> bool:
    persona = subject.persona
    if persona is None:
        return False
    if re.search(r"\b(?:markdown|lists?|bullet\w*|bold|headings?)\b", persona.speaking_style, re.I):
        return True
    return any(
        form.search(line) for name, form in _FORMS if name == what for line in persona.example_lines
    )
