"""The words of the two sides of a conversation, and the labels that name them in a transcript."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from dialoom.messages import Role

__all__ = ["REQUEST_TALK", "SERVICE_TALK", "Names", "TurnLabel", "names_of", "turn_labels"]

SERVICE_TALK = (
    *(" how can i help you", " how may i help you", " how can we help you", " can i help you with"),
    *(" can i assist you", " may i assist you", " can i help you today", " what can i do for you"),
    *(" what can i help you", " happy to help you", " happy to assist", " glad to assist"),
    *(" id be happy to help", " ill be happy to help", " im happy to help", " delighted to assist"),
    *(" always happy to help", " happy to answer any", " glad to help", " glad i could help"),
    *(" happy to explain", " glad to clarify", " here to support you", " always here for you"),
    *(" im here to help", " im here to assist", " always here to help", " were here to help"),
    *(" i can help you", " ill help you", " i could help you", " let me help you", " i help you"),
    *(" help you understand", " whatever it takes to help you", " to assist you", " assist you"),
    *(" i can assist", " if you need help with your order", " more about your order"),
    *(" what your order is", " with your order", " change your order", " about your order"),
    *(" get your refund", " your refund request", " process your refund", " processed your refund"),
    *(" processing your refund", " your order number please", " please provide your order"),
    *(" provide me with your order", " thank you for reaching out", " thanks for reaching out"),
    *(
        " thank you for contacting",
        " thanks for contacting",
        " for choosing us",
        " valued customer",
    ),
    *(" thank you for your patience", " thanks for your patience", " visit our website"),
    *(" on our website", " we offer a", " we dont have the ability", " if you have any questions"),
    *(" if you have any other questions", " if you have any further questions"),
    *(" if you have any more questions", " if you have any specific questions"),
    *(" need any assistance", " need further assistance", " hesitate to ask"),
    *(" hesitate to reach out", " hesitate to contact", " feel free to ask"),
    *(" feel free to reach out", " is there anything else i can", " anything else i can help"),
    *(" as a customer service", " as a customer support", " as a support agent"),
    *(" sorry for any inconvenience", " sorry for the inconvenience"),
    *(" apologize for any inconvenience", " apologize for the inconvenience"),
    *(" apologize again for any inconvenience", " apologize again for the inconvenience"),
    *(" apologize for any confusion", " apologize for any misunderstanding"),
    *(" i understand your concern", " i understand your frustration", " can assist you"),
    *(" valued customer", " would you like me to", " what brings you here", " what brings you in"),
)
"""What the serving side says and the served side does not, normalised."""

REQUEST_TALK = (
    *(" i want a refund", " i want my money back", " id like a refund", " i would like a refund"),
    *(" i demand a refund", " can i get a refund", " give me my money back", " i need a refund"),
    *(" can you help me with my", " could you help me with my", " i need your help with"),
    *(" i have a problem with my order", " i want to return my", " where is my order"),
    *(" i havent received my", " i have not received my", " my order is late"),
    *(" my order still hasnt", " let me speak to a manager", " i want to speak to a manager"),
)
"""What the asking side says and the serving side does not, normalised."""

_LABEL = re.compile(
    r"(?:^|(?<!Dr)(?<!Mr)(?<!Ms)(?<!Mrs)(?<!Prof)[.!?\"\u201d)*] )[ \t]*(?:\*\*|[_#\[(\"])*[ \t]*"
    r"([^\W\d][\w.'\u2019 -]{0,40}?)(?: ?\([^()]{0,30}\))?[\])*_ \t]*$"
)
"""A label where a turn may begin. Not in a list or a quotation, where names are talked about."""
_LABEL_SIZE = 80
"""Characters before a colon in which its label stands."""
_SPEECH = re.compile(r"[.!?\u2026\"\u201d]\W*$|(?:\S+\s+){3}\S")
"""What tells a turn from a form ("Customer: Rita Jones")."""
_TEMPLATE = re.compile(
    r"<\|(?:im_start|start_header_id)\|>\s*(user|assistant)|<\|(user|assistant)\|>"
    r"|<start_of_turn>\s*(user|model)|(\[INST\])|^#{2,4} ?(human|user|assistant)\b",
    re.MULTILINE | re.IGNORECASE,
)
_TEMPLATE_SPEAKERS = {"[inst]": "user", "model": "assistant"}
_TITLES = frozenset(
    (
        *("mr", "mrs", "ms", "miss", "dr", "doctor", "prof", "professor", "sir", "madam", "the"),
        *("nurse", "officer", "captain", "coach", "chef", "judge", "aunt", "uncle"),
    )
)
_ROLE_LABELS: Mapping[Role, frozenset[str]] = {
    "prompter": frozenset(("user", "human", "customer", "client", "prompter")),
    "assistant": frozenset(
        (
            *("assistant", "ai", "ai assistant", "bot", "chatbot", "agent", "support agent"),
            *("customer service", "customer support", "customer service representative", "model"),
        )
    ),
}


class Names(NamedTuple):
    """What the speaker and the others are called, in lower case."""

    own: frozenset[str]
    others: frozenset[str]
    own_labels: frozenset[str]
    """Names, and what the role is called in transcripts."""
    other_labels: frozenset[str]
    last_words: frozenset[str]
    """Of all labels: what must stand before a colon."""


class TurnLabel(NamedTuple):
    """A label that begins somebody's turn inside a text."""

    start: int
    end: int
    is_own: bool
    text: str


@lru_cache(256)
def names_of(speaker: str, role: Role, names: tuple[tuple[str, str], ...]) -> Names:
    """Return what everybody is called; `names` are display names by speaker."""
    display = dict(names)
    own = _called(speaker, display.pop(speaker, speaker))
    others = frozenset[str]().union(*(_called(key, name) for key, name in display.items())) - own
    own_labels = own | _ROLE_LABELS[role]
    other: Role = "assistant" if role == "prompter" else "prompter"
    other_labels = (others | _ROLE_LABELS[other]) - own
    last_words = frozenset(label.split()[-1] for label in own_labels | other_labels if label)
    return Names(own, others, own_labels - others, other_labels, last_words)


def turn_labels(text: str, names: Names) -> Iterator[TurnLabel]:
    """Yield the labels of turns in a text, in order: names, roles, tokens of chat templates."""
    found = []
    colon = text.find(":")
    while colon >= 0:
        if label := _label_before(colon, text, names):
            found.append(label)
        colon = text.find(":", colon + 1)
    if "<" in text or "[INST]" in text or "##" in text:
        for match in _TEMPLATE.finditer(text):
            token = next(group for group in match.groups() if group).lower()
            called = _TEMPLATE_SPEAKERS.get(token, token)
            is_own = called in names.own_labels
            found.append(TurnLabel(match.start(), match.end(), is_own, match[0]))
    return iter(sorted(found))


def _label_before(colon: int, text: str, names: Names) -> TurnLabel | None:
    """Return the label that a colon ends, when somebody is called so and speech follows."""
    line = text[max(0, colon - _LABEL_SIZE) : colon]
    line = line[line.rfind("\n") + 1 :]
    last = line.partition("(")[0].rstrip(" *_])").rpartition(" ")[2].lstrip('*_#[("')
    if last.lower().rpartition("_")[2] not in names.last_words or text.startswith("//", colon + 1):
        return None
    match = _LABEL.search(line)
    called = _known(match[1], names) if match else None
    end = text.find("\n", colon)
    said = text[colon + 1 : len(text) if end < 0 else end].lstrip("*_")
    if match is None or called is None or not _SPEECH.search(said):
        return None
    start = colon - len(line) + match.end(1) - len(called)
    return TurnLabel(start, colon + 1, _folded(called) in names.own_labels, called)


def _known(label: str, names: Names) -> str | None:
    """Return the label, or its last words after a full stop, when somebody is called so."""
    for called in (label, label.rpartition(". ")[2]):
        if _folded(called) in names.own_labels or _folded(called) in names.other_labels:
            return called
    return None


def _folded(name: str) -> str:
    return name.strip().replace("_", " ").lower()


def _called(speaker: str, display_name: str) -> frozenset[str]:
    """Return the names a member goes by: both names, and each part of a name that is no title."""
    whole = {_folded(speaker), _folded(display_name)}
    parts = {part.strip(".,") for name in whole for part in name.split()}
    return frozenset(whole | {part for part in parts if len(part) > 2} - _TITLES)
