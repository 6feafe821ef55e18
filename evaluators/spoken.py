"""Whether a conversation is spoken, and how much its speakers say in one go."""

import re
from functools import lru_cache

from dialoom.evaluators.base import Subject

__all__ = ["is_spoken", "is_terse"]

_SPOKEN = re.compile(
    r"\b(?:(?:tele)?phone|on the line|calls? (?:center|centre|in|up)|(?:a|the|this|video|voice|"
    r"phone) call|by video|voice|spoken|speaks? aloud|out loud|face to face|in person|meeting|"
    r"interview|intake|clinic|desk of|at the counter|walk-in|radio|podcast|telefon\w*|anruf\w*|"
    r"mündlich\w*|gespräch|schalter|llamada|por teléfono|en persona|au téléphone|de vive voix)\b",
    re.IGNORECASE,
)
_WRITTEN = re.compile(
    r"\b(?:chat|e-?mails?|messages?|messenger|texting|sms|forum|tickets?|written|letters?|"
    r"comments?|review of a change|nachrichten|schriftlich|mensajes?|por escrito)\b",
    re.IGNORECASE,
)
_TERSE = re.compile(
    r"(?<!not )(?<!never )\b(?:short(?! on\b)|terse|brief|curt|laconic|clipped|few words|"
    r"monosyllabic|taciturn|concise|one-word|kurz\w*|knapp\w*|wortkarg\w*|breves?|cort[oa]s|"
    r"pocas palabras|concis\w*|courtes?)\b",
    re.IGNORECASE,
)


def is_spoken(subject: Subject) -> bool:
    """Return whether setting or sheet say that people speak, and not that they write."""
    style = subject.persona.speaking_style if subject.persona else ""
    return _is_spoken(subject.setting, style)


def is_terse(subject: Subject) -> bool:
    """Return whether the sheet makes the speaker one of few words."""
    return _is_terse(subject.persona.speaking_style) if subject.persona else False


@lru_cache(256)
def _is_spoken(setting: str, style: str) -> bool:
    return _SPOKEN.search(f"{setting}\n{style}") is not None and not _WRITTEN.search(setting)


@lru_cache(256)
def _is_terse(style: str) -> bool:
    return _TERSE.search(style) is not None
