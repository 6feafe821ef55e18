"""The `markdown` rule: lists, headings and bold in what people say."""

import re
from collections.abc import Iterator
from typing import ClassVar

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.marks import Marks
from dialoom.evaluators.spoken import is_spoken
from dialoom.evaluators.text import prose, quoted
from dialoom.verdicts import Severity, Verdict

__all__ = ["Markdown"]

_FORMS = {
    "a heading": Marks(r"(?m)^#{1,6} \S.*$", "# "),
    "a table": Marks(r"(?m)^\|.*\|\s*\n\|[ :|-]+\|", "|"),
    "a list": Marks(
        r"(?m)^[ \t]*[-*+\u2022] \S.*\n+[ \t]*[-*+\u2022] \S.*", *("- ", "* ", "+ ", "\u2022 ")
    ),
    "a numbered list": Marks(r"(?m)^[ \t]*1[.)] \S.*\n+(?:.*\n+)??[ \t]*2[.)] \S.*", "1. ", "1) "),
    "bold": Marks(
        r"(?<![*\w])\*\*(?=[^\s*])[^*\n]{1,200}(?<=\S)\*\*(?!\*)|(?<!\w)__\w[^_\n]*__(?!\w)",
        *("**", "__"),
    ),
    "a link": Marks(r"\[[^\]\n]+\]\(https?://[^)\s]+\)", "]("),
}
_CODE = Marks(r"(?m)^[ \t]*```", "```")


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
        if subject.persona is None:
            return
        spoken = is_spoken(subject)
        if not spoken and subject.role != "prompter":
            return
        for what, match in _forms(subject.text, code=spoken):
            if not _is_own_way(what, subject):
                where = "in speech" if spoken else "in a user's message"
                said = quoted(match[0], limit=60)
                yield self.verdict(subject, f"{what} {where}: {said}", span=match.span())
                return


def _forms(text: str, *, code: bool) -> Iterator[tuple[str, re.Match[str]]]:
    """Yield each written form that is found, with where it stands first."""
    plain = prose(text)
    for what, form in _FORMS.items():
        if match := form.search(plain):
            yield what, match
    if code and (match := _CODE.search(text)):
        yield "a code block", match


def _is_own_way(what: str, subject: Subject) -> bool:
    persona = subject.persona
    if persona is None:
        return False
    if re.search(r"\b(?:markdown|lists?|bullet\w*|bold|headings?)\b", persona.speaking_style, re.I):
        return True
    form = _FORMS.get(what)
    return form is not None and any(map(form.search, persona.example_lines))
