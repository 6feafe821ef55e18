"""The `sanitised` rule: a short-tempered persona that talks like a polite assistant."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import ClassVar

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.options import whole
from dialoom.evaluators.phrases import Phrases
from dialoom.evaluators.text import normalised, quoted
from dialoom.personas.model import Persona
from dialoom.verdicts import Severity, Verdict

__all__ = ["Sanitised"]

_HARSH = re.compile(
    r"(?<!not )(?<!never )(?<!no )(?<!without )(?<!rarely )(?<!hardly )\b(impatient|impatience|"
    r"rude|terse|blunt|curt|gruff|angry|anger|furious|annoyed|irritated|irritable|hostile|aggressive|"
    r"grumpy|sarcastic|short-tempered|hot-tempered|quick-tempered|confrontational|demanding|"
    r"abrasive|dismissive|brusque|quick to flare up|fed up|outraged|livid|"
    r"(?:patience|temper): ?(?:thin|short|none|low|little|hot|quick)|"
    r"ungeduldig|unfreundlich|wütend|verärgert|gereizt|barsch|schroff|genervt|"
    r"impaciente|grosero|enfadad[oa]|enojad[oa]|furios[oa]|impoli|en colère|impatiente?)\b",
    re.IGNORECASE,
)
_POLITE = Phrases(
    {
        "thank thanks": r"""
        (?:thank you|thanks) (?:so|very) much\b
        (?:thank you|thanks)(?: again)? for <merit>\b
        many thanks\b
        """,
        "appreciate appreciated": r"""
        i (?:really |truly |deeply |greatly |do |so )?appreciate (?:your|you|the|all|it|that|this)\b
        much appreciated\b
        """,
        "grateful thankful": r"""
        i(?:'m| am) (?:so |very |really |truly )?(?:grateful|thankful)\b
        """,
        "helpful kind wonderful amazing great patient": r"""
        you(?:'ve| have)? ?(?:'re|are|been) (?:so|very|extremely|incredibly|really) <nice>\b
        that(?:'s| is) (?:so |very |really )(?:kind|helpful|thoughtful|generous|nice) of you\b
        what (?:a|an) (?:great|wonderful|fantastic|lovely|amazing|excellent) \w+
        """,
        "great excellent wonderful fantastic": r"""
        that(?:'s| is) an? <great> (?:question|point|idea|suggestion)
        """,
        "understand": r"""
        i (?:completely|totally|fully|absolutely|perfectly) understand\b
        """,
        "hesitate delighted pleased happy thrilled": r"""
        please (?:don't|do not) hesitate\b
        i(?:'d| would) be (?:delighted|more than happy|so happy|happy) to\b
        i(?:'m| am) (?:delighted|pleased|so happy|thrilled) to\b
        """,
        "rush hurry worries & no": r"""
        (?:there(?:'s| is) )?no (?:rush|hurry)\b
        no worries(?: at all)?\b
        """,
        "time & take": r"""
        (?:please )?take your time\b
        """,
        "here there helpful help & im i ill": r"""
        i(?:'m| am|'ll be| will be) (?:always )?(?:here|there) (?:for you|to <help>)\b
        (?:just |only )?trying to (?:be helpful|help you)\b
        """,
        "apologize apologise": r"""
        i (?:sincerely |do )?apologi[sz]e for (?:the|any|my)\b
        """,
        "vielen herzlichen schätze verständnis": r"""
        (?:vielen|herzlichen) (?:lieben )?dank für ihre?\b
        ich (?:schätze|verstehe) (?:das |ihre )?(?:vollkommen|sehr|geduld|mühe)\b
        """,
        "muchas agradezco mil": r"""
        (?:muchas|mil) gracias por (?:su|tu)\b
        (?:le|te|se lo) agradezco\b
        """,
    },
    merit=r"""(?:your|all|being|taking|helping|the) (?:\w+ ){0,3}?(?:help|patience|understanding|
        time|assistance|support|kindness|effort|efforts|attention|reply|response|cooperation|so|
        the time|me|quick\w*|prompt\w*|explanation|information|update|service|care)""",
    help="help|support|assist",
    great="great|excellent|wonderful|fantastic",
    nice="helpful|kind|patient|wonderful|amazing|great|understanding|supportive|generous",
)


class Sanitised(Heuristic):
    """A user whose sheet or goal makes it harsh, and who thanks and praises like an assistant.

    The sheet is harsh when traits, style or goal name impatience, anger, bluntness and the like,
    and none of it is denied ("never rude"). One plain "thanks" is nobody's fault: it takes
    `times` different phrases such as "I really appreciate your help", "Take your time". Phrases
    of its own example lines are its way, and a goal that asks for thanks allows them.

    Blind to personas that are harsh in other words, and to politeness in other words; knows
    English, a little German and Spanish.

    Args:
        times: How many different polite phrases of a message are too many.
    """

    name = "sanitised"
    label: ClassVar[str] = "sanitised_persona"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight: ClassVar[float] = 0.3

    def __init__(self, times: int = 2) -> None:
        self.times = whole("times", times)

    def check(self, subject: Subject) -> Iterator[Verdict]:
        """Yield one verdict when a harsh prompter is too polite."""
        if subject.role != "prompter" or subject.persona is None:
            return
        harsh = _harsh_word(subject.persona) or _first(_HARSH, subject.goal)
        if not harsh:
            return
        found = sorted(
            {
                match.span()
                for match in _POLITE.matches(subject.text)
                if not _is_allowed(match[0], subject)
            }
        )
        if len(found) >= self.times:
            said = " and ".join(quoted(subject.text[slice(*at)], limit=40) for at in found[:2])
            reason = f"it is {quoted(harsh, limit=30)} and says {said}"
            yield self.verdict(subject, reason, span=found[0])


@lru_cache(256)
def _harsh_text(sheet: str) -> str:
    return _first(_HARSH, sheet)


def _harsh_word(persona: Persona) -> str:
    traits = "; ".join(f"{name}: {value}" for name, value in persona.traits.items())
    return _harsh_text(f"{traits}; {persona.speaking_style}; {persona.description}")


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[0] if match else ""


def _is_allowed(phrase: str, subject: Subject) -> bool:
    """Return whether the sheet has the phrase, or the goal asks for thanks."""
    lines = subject.persona.example_lines if subject.persona else ()
    if any(normalised(phrase) in normalised(line) for line in lines):
        return True
    thanks = "thank" in phrase or "appreciat" in phrase or "grateful" in phrase
    return thanks and "thank" in subject.goal.lower()
