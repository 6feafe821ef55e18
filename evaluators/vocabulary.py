"""What a text is about: the stems of its words, small ones left out; and its sentences."""

import re
from functools import lru_cache
from typing import NamedTuple

from dialoom.evaluators.profiles import WORDS
from dialoom.evaluators.text import CACHED, SCANNED, word_set, words
from dialoom.evaluators.tongues import tongue

__all__ = ["NUMBERS", "Sentence", "content", "sentences_of", "stem", "stem_set", "stemmed"]

_WORDS = 20_000
"""Words whose stems are kept."""

_COMMON = frozenset(
    words(
        """a about actually after again all almost already also although always an any anybody
        anyone anything are around as asked at away back be became because been before being
        best better between both but by came can cant cannot come could couldnt day days did
        didnt do does doesnt doing done dont down each either else enough even ever every
        everybody everything few find first for from further gave get gets getting give given
        gives go goes going gone good got great had hadnt has hasnt have havent having he hello
        her here heres hers hi him his how however i id if ill im in into is isnt it its ive
        just keep kind knew know known last later least less let lets like little long look
        looking lot made make makes many may maybe me mean might mine more most much must my
        need needed needs never new next no nobody none not nothing now of off oh ok okay old on
        once one only onto or other others our ours out over own perhaps please possible put
        quite rather really right said same saw say saying says see seem seems seen she should
        shouldnt since so some somebody someone something soon sorry still such sure take taken
        tell than thank thanks that thats the their them then there theres these they theyre
        theyve thing things think this those though thought through thus till time times to
        today together told too took tried try trying under until up upon us use used using very
        want wanted wants was wasnt way we well went were werent weve what whats when where
        whether which while who whole whom whose why will wish with within without wont work
        would wouldnt yeah year years yes yet you youd youll your youre yours youve"""
    )
)

NUMBERS = {
    word: str(value)
    for value, word in enumerate(
        words(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
            "fifteen sixteen seventeen eighteen nineteen twenty"
        )
    )
} | {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60"}
"""Numbers that are often spelled out, as digits."""

_ENDINGS = (
    dict.fromkeys(words("ation ations ement ements ment ments ness ing ings ically ical ic"), 3)
    | dict.fromkeys(words("edly ed es en e s"), 3)
    | dict.fromkeys(words("ied ies y"), 5)
)
"""Letters that must stand before an ending for it to be one."""
_ANY_ENDING = tuple(_ENDINGS)
_LONGEST = max(map(len, _ENDINGS))
_DOUBLED = tuple(2 * letter for letter in "bdfgklmnprt")
_SENTENCE = re.compile(
    r"[^.!?\n\u3002\uff01\uff1f]+(?:[.!?](?=\w)[^.!?\n]*)*[.!?\u3002\uff01\uff1f]*"
)


class Sentence(NamedTuple):
    """A sentence and where it stands in its text."""

    start: int
    text: str
    """As it is written, with its mark at the end."""

    @property
    def asks(self) -> bool:
        """Whether it is a question."""
        return self.text.rstrip(" \"')*_\u201d").endswith(("?", "\uff1f"))

    @property
    def span(self) -> tuple[int, int]:
        """Start and end in the text."""
        return self.start, self.start + len(self.text)


@lru_cache(_WORDS)
def stem(word: str) -> str:
    """Return what the forms of a word have in common, roughly; a number as digits.

    >>> [stem(word) for word in ("medicines", "medicine", "smoking", "smoke", "allergic", "six")]
    ['medicin', 'medicin', 'smok', 'smok', 'allerg', '6']
    """
    if word in NUMBERS:
        return NUMBERS[word]
    if not word.isalpha() or len(word) < 4:
        return word
    if word.endswith(_ANY_ENDING):
        word = _without_ending(word)
    return (word[:-1] if word.endswith(_DOUBLED) else word)[:8]


def _without_ending(word: str) -> str:
    for start in range(max(0, len(word) - _LONGEST), len(word)):
        if start >= _ENDINGS.get(word[start:], len(word)):
            return word[:start]
    return word


@lru_cache(CACHED)
def stemmed(text: str) -> str:
    """Return the stems of all words with single spaces between, and one at each end.

    >>> stemmed("I'd say six out of ten.")
    ' id say 6 out of 10 '
    """
    return f" {' '.join(map(stem, words(text)))} "


@lru_cache(CACHED)
def stem_set(text: str) -> frozenset[str]:
    """Return the distinct stems of all words, small ones too."""
    return frozenset(map(stem, word_set(text)))


@lru_cache(CACHED)
def content(text: str, language: str = "en") -> frozenset[str]:
    """Return the stems of the words that say what a text is about.

    Small words of the language and of English are left out.

    Args:
        text: Of any length; the first 20,000 characters count.
        language: BCP 47 tag.
    """
    small = _small(tongue(language))
    return frozenset([stem(word) for word in words(text) if word not in small])


@lru_cache(CACHED)
def sentences_of(text: str) -> tuple[Sentence, ...]:
    """Return the sentences as they are written, in order. A line's end ends one too.

    >>> [sentence.text for sentence in sentences_of("It costs 3.50. Is that fair?")]
    ['It costs 3.50.', 'Is that fair?']
    """
    found = []
    for match in _SENTENCE.finditer(text, 0, SCANNED):
        said = match[0].strip()
        if said:
            found.append(Sentence(match.start() + match[0].index(said), said))
    return tuple(found)


@lru_cache
def _small(language: str) -> frozenset[str]:
    return _COMMON | frozenset(WORDS["en"].split()) | frozenset(WORDS.get(language, "").split())
