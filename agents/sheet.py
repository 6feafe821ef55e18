"""The persona sheet: the system prompt that makes a model play its part.

There are two forms. The full one says everything. The compact one is for models under about a
billion weights, which follow a short sheet better than a long one (`ModelTraits.compact`): who
you are, what you want, the facts, and one example.
"""

from collections.abc import Iterable

from dialoom.scenarios.cast import Cast, Player

__all__ = ["compact_sheet", "full_sheet"]

LANGUAGES = {
    "ar": "Arabic",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fi": "Finnish",
    "fr": "French",
    "hi": "Hindi",
    "hu": "Hungarian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}


def full_sheet(player: Player, cast: Cast) -> str:
    """Return the system prompt of a player with all that is known of it."""
    return "\n".join(line for line in _full(player, cast) if line)


def compact_sheet(player: Player, cast: Cast) -> str:
    """Return the short system prompt of a player."""
    return "\n".join(line for line in _compact(player, cast) if line)


def _full(player: Player, cast: Cast) -> Iterable[str]:
    persona = player.persona
    others = ", ".join(other.display_name for other in cast.others(player.name))
    yield f"You are {persona.display_name}. {persona.description}"
    yield _titled("Background", persona.background)
    yield _titled("Your traits", "; ".join(f"{k}: {v}" for k, v in persona.traits.items()))
    yield _titled("How you speak", persona.speaking_style)
    yield _titled("The situation", cast.setting)
    yield f"You are talking with {others}."
    yield _titled("What you want", player.goal)
    yield _titled("Rules you keep", player.policy)
    yield from _knowledge(player)
    if persona.example_lines:
        yield "Things you might say, as examples of your voice only:"
        yield from (f'- "{line}"' for line in persona.example_lines)
    yield (
        f"Stay {persona.display_name} throughout. Speak {_language(persona.language)}. Give only "
        "the words you say next: no name in front, no stage directions, nobody else's words."
    )


def _knowledge(player: Player) -> Iterable[str]:
    persona = player.persona
    open_facts = [k for k in persona.knows if k not in persona.hides_until_asked]
    hidden = [k for k in persona.knows if k in persona.hides_until_asked]
    if open_facts:
        yield "You know:"
        yield from (f"- {_words(name)}: {persona.knows[name]}" for name in open_facts)
    if hidden:
        yield "You also know, and tell only when somebody asks for it:"
        yield from (f"- {_words(name)}: {persona.knows[name]}" for name in hidden)
    if persona.doesnt_know:
        yield (
            f"You do not know: {'; '.join(persona.doesnt_know)}. When asked, say that you don't "
            "know; never make it up."
        )


def _compact(player: Player, cast: Cast) -> Iterable[str]:
    persona = player.persona
    others = " and ".join(other.display_name for other in cast.others(player.name))
    yield f"You are {persona.display_name}. {persona.description} You talk to {others}."
    yield cast.setting
    yield player.goal and f"You want this: {player.goal}"
    yield player.policy and f"Rule: {player.policy}"
    facts = "; ".join(f"{_words(name)} is {value}" for name, value in persona.knows.items())
    yield facts and f"Facts: {facts}."
    yield f"You speak {_language(persona.language)}, {persona.speaking_style}."
    if persona.example_lines:
        yield f'For example, you say: "{persona.example_lines[0]}"'


def _titled(title: str, text: str) -> str:
    return f"{title}: {text}" if text else ""


def _words(name: str) -> str:
    return name.replace("_", " ")


def _language(tag: str) -> str:
    return LANGUAGES.get(tag.split("-")[0], f"the language {tag!r}")
