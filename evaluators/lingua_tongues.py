"""Languages told apart by lingua, an optional package that weighs as much as all of the core."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

from dialoom.evaluators.tongues import other_language, tongue

__all__ = ["LinguaTongues"]

_DISTANCE = 0.25
"""By how much the likeliest language must be ahead of the next, 0 to 1."""


class LinguaTongues:
    """Says in which other language a text is, as `dialoom.evaluators.tongues.other_language` does.

    Args:
        among: BCP 47 tags of the languages that are told apart, beside those a text may be in;
            none stands for all that lingua knows, which takes some 300 MB of memory.

    Raises:
        ValueError: lingua is not installed, or does not know one of the languages.
    """

    def __init__(self, among: Sequence[str] = ()) -> None:
        self.among = tuple(dict.fromkeys(map(tongue, among)))
        known = _known()
        for tag in among:
            if tongue(tag) not in known:
                raise ValueError(
                    f"among: lingua does not know {tag!r}; it knows {', '.join(known)}"
                )

    def other_language(self, text: str, tags: Collection[str]) -> str | None:
        """Return the language that the text is in when it is none of those named, or None.

        None is also what unclear texts get. Of languages that lingua does not know, our own
        profiles decide.
        """
        right = tuple(sorted({tongue(tag) for tag in tags}))
        known = _known()
        if not all(name in known for name in right):
            return other_language(text, tags)
        told_apart = frozenset(self.among) | frozenset(right) if self.among else frozenset(known)
        if len(told_apart) < 2:
            return None
        found = _detector(told_apart).detect_language_of(text)
        name = tongue(found.iso_code_639_1.name.lower()) if found else None
        return name if name not in right else None


@lru_cache
def _known() -> dict[str, list[Any]]:
    """Return lingua's languages by the name that the profiles have for them.

    Raises:
        ValueError: lingua is not installed.
    """
    try:
        from lingua import Language
    except ImportError as error:
        raise ValueError(
            "detector 'lingua' needs the package lingua-language-detector, which is not installed; "
            "`pip install 'dialoom[lingua]'` brings it, and our own profiles do without"
        ) from error
    found: dict[str, list[Any]] = {}
    for language in sorted(Language.all(), key=lambda one: str(one.iso_code_639_1.name)):
        found.setdefault(tongue(language.iso_code_639_1.name.lower()), []).append(language)
    return found


@lru_cache(8)
def _detector(names: frozenset[str]) -> Any:
    from lingua import LanguageDetectorBuilder

    languages = [language for name in sorted(names) for language in _known()[name]]
    builder = LanguageDetectorBuilder.from_languages(*languages)
    return builder.with_minimum_relative_distance(_DISTANCE).build()
