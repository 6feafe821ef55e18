"""Where the words of a prompt come from: the persona, the scenario, what is known, what was said.

The prompt is read and not rebuilt, so this holds for any form of the sheet, and for a system
prompt that a scenario gives word for word.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from dialoom.chat import ChatMessage
from dialoom.scenarios.cast import Cast, Player

__all__ = ["ORIGINS", "Origin", "Part", "keys_in", "parts_of", "shares"]

Origin = Literal["persona", "scenario", "knowledge", "history", "frame"]
ORIGINS: tuple[Origin, ...] = ("persona", "scenario", "knowledge", "history", "frame")
"""`frame` is dialoom's own words around the others."""


LEAST = 0.005
"""The least share worth telling."""


class Part(NamedTuple):
    """A run of words of one origin."""

    text: str
    origin: Origin


def parts_of(
    messages: Sequence[ChatMessage], player: Player, cast: Cast, said: Sequence[str]
) -> list[list[Part]]:
    """Return the parts of each message of a prompt; put together they are the message.

    Args:
        messages: The prompt.
        player: Whose prompt it is.
        cast: Everyone on stage.
        said: The texts of the thread so far.
    """
    about_player = _sources(player, cast)
    history = [Part(text, "history") for text in said if text]
    return [
        _split(message["content"], about_player if message["role"] == "system" else history)
        for message in messages
    ]


def shares(parts: Sequence[Sequence[Part]]) -> dict[Origin, float]:
    """Return which share of all characters each origin has, 0 to 1; next to nothing left out."""
    counts = dict.fromkeys(ORIGINS, 0)
    for message in parts:
        for part in message:
            counts[part.origin] += len(part.text)
    total = sum(counts.values()) or 1
    return {origin: count / total for origin, count in counts.items() if count / total >= LEAST}


def keys_in(prompt: str, player: Player, cast: Cast) -> list[str]:
    """Return the keys of a member whose values stand in a prompt."""
    persona = player.persona
    values = {
        "description": [persona.description],
        "traits": list(persona.traits.values()),
        "speaking_style": [persona.speaking_style],
        "background": [persona.background],
        "example_lines": list(persona.example_lines),
        "knows": list(persona.knows.values()),
        "doesnt_know": list(persona.doesnt_know),
        "goal": [player.goal],
        "policy": [player.policy],
        "system": [player.system or ""],
        "setting": [cast.setting],
    }
    return [key for key, texts in values.items() if any(text and text in prompt for text in texts)]


def _sources(player: Player, cast: Cast) -> list[Part]:
    """Return the texts that a system prompt is made of, longest first."""
    persona = player.persona
    texts: dict[Origin, list[str]] = {
        "scenario": [player.system or "", player.goal, player.policy, cast.setting],
        "knowledge": [*_facts(player)],
        "persona": [persona.description, persona.background, persona.speaking_style],
    }
    texts["persona"] += [persona.display_name, *persona.example_lines, *persona.traits.values()]
    texts["persona"] += [f"{name}: {value}" for name, value in persona.traits.items()]
    texts["scenario"] += [other.display_name for other in cast.others(player.name)]
    found = [Part(text, origin) for origin, given in texts.items() for text in given if text]
    return sorted(found, key=lambda part: -len(part.text))


def _facts(player: Player) -> Iterator[str]:
    for name, value in player.persona.knows.items():
        words = name.replace("_", " ")
        yield from (f"{words}: {value}", f"{words} is {value}", value)
    yield from player.persona.doesnt_know


def _split(text: str, sources: Sequence[Part]) -> list[Part]:
    """Return a text cut where words of a source begin and end; longer sources go first."""
    pending: list[Part] = [Part(text, "frame")]
    for source, origin in sources:
        cut: list[Part] = []
        for part in pending:
            cut.extend(_cut(part, source, origin) if part.origin == "frame" else [part])
        pending = cut
    return pending


def _cut(part: Part, source: str, origin: Origin) -> Iterator[Part]:
    bounded = rf"(?<!\w){re.escape(source)}(?!\w)"
    for place, piece in enumerate(re.split(bounded, part.text)):
        if place:
            yield Part(source, origin)
        if piece:
            yield Part(piece, "frame")
