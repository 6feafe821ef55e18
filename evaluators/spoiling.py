"""Ways to spoil a reply so that it is worse than it was, whoever judges it.

Each takes a reply and gives its spoilt copy, or None where it can't be spoilt that way. All are
pure: the same reply and the same random numbers give the same copy.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from random import Random

from dialoom.evaluators.text import words

__all__ = ["KINDS", "spoilt"]

LEAST = 6
"""Words, or signs where a script sets no spaces, that a reply needs to be spoilt."""
ON_TOPIC = 0.2
"""Share of a reply's longer words that occur in another thread, from which it might fit there."""

AUXILIARY = re.compile(
    r"\b(is|are|was|were|can|will|have|has|do|does|did|should|would|could|must|may|am)\b"
    r"(?!\s+not\b|n['\u2019]t)"  # in small letters: May is a month, and Will a name
)
NUMBER = re.compile(r"\d+")
SENTENCE = re.compile(r"[^.!?\n]+[.!?]*\s*")

FOREIGN = {
    "de": "Danke für Ihre Nachricht. Ich sehe mir das an und melde mich, sobald ich mehr weiß.",
    "fr": "Merci pour votre message. Je regarde cela de plus près et je reviens vers vous bientôt.",
    "es": "Gracias por su mensaje. Voy a mirarlo con calma y le escribo en cuanto sepa algo más.",
    "en": "Thank you for your message. I will look into it and write to you once I know more.",
}
BREAK = (
    "As an AI language model, I was only told to play this part, and I don't know whether any of "
    "it is true."
)
ELSEWHERE = (
    "Knead the dough for ten minutes, let it rise under a damp cloth, and bake it at 230 degrees.",
    "The moons of Jupiter were first seen through a telescope in January 1610, one after another.",
    "In the Sicilian defence, Black answers the king's pawn with the pawn before the bishop.",
    "Glaciers carve valleys with round floors, while rivers cut them narrow and steep.",
    "A violin has four strings, tuned in fifths, and its bow is strung with horse hair.",
)
"""Of subjects that hardly any conversation is about."""


def spoilt(
    kind: str,
    text: str,
    random: Random,
    *,
    language: str = "en",
    thread: str = "",
    others: Sequence[str] = (),
) -> str | None:
    """Return a spoilt copy of a reply, or None where it can't be spoilt so.

    Args:
        kind: One of `KINDS`.
        text: The reply.
        random: What is chosen with.
        language: BCP 47 tag of what the reply is written in.
        thread: All that was said before it.
        others: Replies from other threads.
    """
    copy = KINDS[kind](text, random, language, f"{thread}\n{text}", others)
    return copy if copy and copy.split() != text.split() else None


def _shuffled(text: str, random: Random, *_: object) -> str | None:
    """Return the sentences in another order, or the words where there are too few."""
    found = [sentence.strip() for sentence in SENTENCE.findall(text) if sentence.strip()]
    if len(found) > 3:
        return " ".join(_reordered(found, random))
    joint, units = _units(text)
    return joint.join(_reordered(units, random)) if len(units) >= LEAST else None


def _reordered(items: list[str], random: Random) -> list[str]:
    """Return items in another order than their own, where there is one."""
    mixed = list(items)
    for _ in range(5):
        random.shuffle(mixed)
        if mixed != items:
            break
    return mixed


def _units(text: str) -> tuple[str, list[str]]:
    """Return what a text is made of, words or signs, and what stands between them."""
    found = text.split()
    return (" ", found) if len(found) >= LEAST else ("", list(text.strip()))


def _negated(text: str, random: Random, *_: object) -> str | None:
    """Return the reply with one of its facts denied right after it: it contradicts itself."""
    found = [sentence.strip() for sentence in SENTENCE.findall(text)]
    denied = [copy for sentence in found if (copy := _denied(sentence))]
    return f"{text.rstrip()} {random.choice(denied)}" if denied else None


def _denied(sentence: str) -> str | None:
    if sentence.endswith("?"):
        return None
    if AUXILIARY.search(sentence):
        return AUXILIARY.sub(lambda found: f"{found[0]} not", sentence, count=1)
    if NUMBER.search(sentence):
        return NUMBER.sub(lambda found: str(int(found[0][:9]) * 7 + 3), sentence, count=1)
    return None


def _wrong_language(text: str, random: Random, language: str, *_: object) -> str | None:
    own = language.partition("-")[0].lower()
    return FOREIGN[random.choice([name for name in FOREIGN if name != own])]


def _persona_break(text: str, random: Random, *_: object) -> str | None:
    return f"{text.rstrip()} {BREAK}"


def _truncated(text: str, random: Random, *_: object) -> str | None:
    """Return the first third to half of the reply, cut inside a word."""
    if len(_units(text)[1]) < LEAST:
        return None
    end = round(len(text) * random.uniform(0.3, 0.5))
    while end > 1 and not (text[end - 1].isalnum() and text[end].isalnum()):
        end -= 1
    return text[:end].rstrip() if end > 1 else None


def _off_topic(
    text: str, random: Random, language: str, context: str, others: Sequence[str]
) -> str | None:
    """Return a reply of another thread that can't fit here, or a sentence on something else."""
    here = _longer_words(context)
    foreign = [
        other
        for other in others
        if (own := _longer_words(other)) and len(own & here) <= ON_TOPIC * len(own)
    ]
    return random.choice(foreign or list(ELSEWHERE))


def _longer_words(text: str) -> set[str]:
    return {word for word in words(text) if len(word) > 3}


Spoil = Callable[[str, Random, str, str, Sequence[str]], str | None]

KINDS: Mapping[str, Spoil] = {
    "shuffled": _shuffled,
    "negated": _negated,
    "wrong_language": _wrong_language,
    "persona_break": _persona_break,
    "truncated": _truncated,
    "off_topic": _off_topic,
}
"""How a reply is spoilt, by name."""
