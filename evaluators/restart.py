"""The `restart` rule: a speaker greets or opens anew in the middle of the conversation."""

import re
from collections.abc import Iterator
from typing import ClassVar

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.phrases import Phrases, folded
from dialoom.evaluators.text import quoted
from dialoom.verdicts import Severity, Verdict

__all__ = ["Restart"]

_GREETING = re.compile(
    r"[\W_]*(?:(?:hello|hi|hey|greetings|hallo|moin|servus|hola|bonjour|bonsoir|salut|ciao|"
    r"buongiorno|olá|hoi)(?=\s*[,.!]|\s+(?:there|everyone|everybody|all|team|again|zusammen|todos|"
    r"à tous)\b|\s+[a-z'-]+\s*[,.!]|\s*$)|"
    r"welcome(?=[,.!]|\s+(?:to|back|everyone|everybody|all)\b)|"
    r"good (?:morning|afternoon|evening|day)\b|guten (?:morgen|tag|abend)\b|grüß gott|"
    r"buen(?:os|as) (?:días|tardes|noches)\b|dear (?:sir|madam|customer|support|team|mr|ms|mrs|dr)|"
    r"goedemorgen|goedemiddag|bom dia|boa tarde)"
)
_REPLY_TO_NEWS = re.compile(
    r"[\W_]*(?:hey|hi)\s*[,!]+\s*(?:wait|no|come on|stop|listen|look|that)\b"
)
_OPENING = Phrases(
    {
        "help assist": r"""
        how (?:can|may) (?:i|we) (?:help|assist) you(?: today)?\b
        what can i (?:help|assist) you with today\b
        """,
        "welcome": r"""
        welcome to (?:the|our|my|[a-z']+) (?:[a-z']+ ){0,3}<place>\b
        """,
        "calling writing contacting reaching & regarding about because": r"""
        i(?:'m| am) <reaching>(?: to you)? (?:today )?(?:about|regarding|because)\b
        """,
        "calling contacting reaching & thank thanks": r"""
        (?:thank you|thanks) for (?:calling|contacting|reaching out to) (?:us|our|<place>)\b
        (?:thank you|thanks) for (?:calling|contacting|reaching out)[.,!]
        """,
        "name & speaking calling here name": r"""
        (?:hello|hi|hey|good \w+),? (?:my name is|this is)\b
        """,
    },
    place="chat|desk|shop|store|service|support|team|office|clinic|line",
    reaching="calling|writing|contacting you|reaching out",
)
_BEGINNING = 200
"""Characters in which a new opening stands."""


class Restart(Heuristic):
    """A message that opens the conversation anew though its speaker has spoken before.

    It begins with a greeting, or opens as a first message does: "How can I help you today?", "I'm
    calling about". Left alone is who greets back, and who greets somebody that has just come in.

    Blind to a second opening without such words; other languages than English, German, French,
    Spanish, Italian, Portuguese and Dutch.
    """

    name = "restart"
    label: ClassVar[str] = "restart"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight: ClassVar[float] = 0.4

    def check(self, subject: Subject) -> Iterator[Verdict]:
        """Yield one verdict, for the greeting or else for the opening words."""
        if len(subject.thread) < 2:
            return
        before = sum(said.speaker == subject.speaker for said in subject.thread)
        match = _opens(subject.text) if before else None
        if match is None or _greets_back(subject):
            return
        said = quoted(subject.text[: match.end()][-60:])
        what = "message" if before == 1 else "messages"
        yield self.verdict(
            subject, f"it opens anew after {before} {what} of its own: {said}", span=match.span()
        )


def _opens(text: str) -> re.Match[str] | None:
    plain = folded(text)
    match = _GREETING.match(plain)
    if match and not _REPLY_TO_NEWS.match(plain):
        return match
    return _OPENING.search(text, before=_BEGINNING)


def _greets_back(subject: Subject) -> bool:
    """Return whether somebody has greeted, or come in, since the speaker's last message."""
    places = [i for i, said in enumerate(subject.thread) if said.speaker == subject.speaker]
    before, since = subject.thread[: places[-1]], subject.thread[places[-1] + 1 :]
    known = {said.speaker for said in before} - {subject.speaker}
    return any(
        (known and said.speaker not in known) or _GREETING.match(folded(said.text))
        for said in since
    )
