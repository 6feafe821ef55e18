"""Patterns of signs that are no speech, tried only where one of their signs stands."""

import re

from dialoom.evaluators.text import prose

__all__ = ["Marks"]


class Marks:
    """A regular expression with the signs of which one must be there for it to match.

    Args:
        pattern: It is tried on the text as it is written.
        signs: Of one character where that tells enough: these are found at once.
    """

    def __init__(self, pattern: str, *signs: str) -> None:
        self._pattern, self._signs = re.compile(pattern), signs

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first match, or None."""
        return self._pattern.search(text) if self._may_match(text) else None

    def outside_code(self, text: str) -> re.Match[str] | None:
        """Return the first match that is not in a code fence or span, or None.

        Only what `dialoom.evaluators.text` looks at is searched.
        """
        if not self._may_match(text):
            return None
        plain = prose(text)
        for match in self._pattern.finditer(plain):
            line = plain.rfind("\n", 0, match.start()) + 1
            if plain.count("`", line, match.start()) % 2 == 0:
                return match
        return None

    def _may_match(self, text: str) -> bool:
        return any([sign in text for sign in self._signs])
