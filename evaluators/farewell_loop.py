"""The `farewell_loop` rule: goodbyes traded on and on."""

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import ClassVar, Literal

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.options import whole
from dialoom.evaluators.text import normalised, quoted, span_of
from dialoom.verdicts import Severity, Verdict

__all__ = ["FarewellLoop"]

Closing = Literal["goodbye", "thanks"]

_WORDS = 60
"""A longer message does more than close."""
_WISHES = r"good|great|nice|lovely|wonderful|fantastic|pleasant|safe|blessed|amazing|awesome"
_GOODBYE = re.compile(
    r"\b(?:(?:good ?)?bye|farewell|take care|cheerio|so long|until next time|"
    r"see you (?:soon|later|then|around|tomorrow|there|again|next)|"
    rf"have (?:a|an) (?:\w+ )?(?:{_WISHES}) (?:\w+ )?(?:day|evening|night|weekend|one|week|trip|"
    rf"time|rest|flight|journey|afternoon|morning)|(?:talk|speak) to you (?:soon|later)|"
    r"good ?night|enjoy (?:the rest of )?your (?:day|evening|night|weekend|week|trip|stay)|"
    r"auf wiedersehen|tschüss|hasta (?:luego|pronto)|adiós|au revoir|bonne (?:journée|soirée)|"
    r"arrivederci|à bientôt|até logo)\b"
)
_THANKS = re.compile(
    r"\b(?:thank you|thanks|(?:youre|you are)(?: (?:very|most|always))? welcome|my pleasure|"
    r"no problem|dont mention it|anytime|glad (?:i|we) could|i appreciate|danke|merci|gracias|"
    r"de nada|gern geschehen|obrigad[oa]|grazie)\b"
)


class FarewellLoop(Heuristic):
    """Another goodbye after both sides took their leave, or thanks for thanks for thanks.

    A closing message is short, takes leave or thanks, and asks nothing. It is one too many when
    the messages just before it, one after the other, close too and `times` of them take leave,
    or twice as many only thank.

    Blind spots: leave taken in words not listed, or in a long message; languages other than
    English, German, French, Spanish, Italian and Portuguese.

    Args:
        times: How many goodbyes in a row are enough.
    """

    name = "farewell_loop"
    label: ClassVar[str] = "farewell_loop"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight: ClassVar[float] = 0.4

    def __init__(self, times: int = 2) -> None:
        self.times = whole("times", times)

    def check(self, subject: Subject) -> Iterator[Verdict]:
        """Yield one verdict when the conversation was closed already."""
        if len(subject.thread) < self.times or not _closing(subject.text):
            return
        before = list(takewhile(bool, (_closing(said.text) for said in reversed(subject.thread))))
        goodbyes = before.count("goodbye")
        if goodbyes < self.times and len(before) < 2 * self.times:
            return
        what = f"{goodbyes} goodbyes" if goodbyes >= self.times else f"{len(before)} closings"
        match = _match(subject.text)
        yield self.verdict(
            subject,
            f"after {what} in a row, one more: {quoted(subject.text, limit=50)}",
            span=span_of(match[0].split(), subject.text) if match else None,
        )


def _closing(text: str) -> Closing | None:
    """Return how a message closes the conversation; None when it goes on."""
    match = _match(text)
    if match is None or text.rstrip().endswith("?"):
        return None
    return "goodbye" if match.re is _GOODBYE else "thanks"


def _match(text: str) -> re.Match[str] | None:
    said = normalised(text) if len(text) < 12 * _WORDS else ""
    if said.count(" ") >= _WORDS:
        return None
    return _GOODBYE.search(said) or _THANKS.search(said)
