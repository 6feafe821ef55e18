"""What a text asserts: its clauses without questions, guesses, wishes, conditions and denials."""

import re
from functools import lru_cache

from dialoom.evaluators.facts import DONT_KNOW
from dialoom.evaluators.vocabulary import Sentence, sentences_of

__all__ = ["assertions_of", "straight"]

_HEDGED = re.compile(
    r"\b(?:if|unless|whether|maybe|perhaps|probably|possibly|might|may|could|would|should|guess|"
    r"suppose[ds]?|think|thought|believe|assume|imagine|bet|hope|heard|read|wonder(?:ing)?|seems?|"
    r"apparently|wish|tell me|explain|let me|let's|need(?:ed)? (?:to|you)|want(?:ed)? (?:to|you)|"
    r"like to|understand|"
    r"(?:you|they|he|she|who|someone|somebody|website|page|agent|colleague|app|tracking|record)"
    r"(?:'ve| have| has)? (?:told|said|says?|wrote|mentioned)|according to|not|isn't|aren't|"
    r"wasn't|doesn't|don't|never|nobody|about to|instead|vielleicht|wahrscheinlich|glaube|vermute|"
    r"denke|wenn|falls|ob|soll|nicht|kein\w*|quizás?|tal vez|creo|supongo|si|peut-être|je crois|"
    r"je pense)\b",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[,;\u2014](?=\s)|\s(?=(?:but|so|because|and (?:i|you|we|now))\s)", re.I)


def straight(text: str) -> str:
    """Return the text with straight apostrophes, every character in its place."""
    return text.replace("\u2019", "'")


@lru_cache(4096)
def assertions_of(text: str) -> tuple[Sentence, ...]:
    """Return the clauses that say how something is, in order.

    >>> [clause.text for clause in assertions_of("Yes, it is blue, but I think not. Or?")]
    ['Yes', ' it is blue']
    """
    return tuple(
        clause
        for sentence in sentences_of(straight(text))
        if not sentence.asks and not DONT_KNOW.search(sentence.text)
        for clause in _clauses(sentence)
        if not _HEDGED.search(clause.text)
    )


def _clauses(sentence: Sentence) -> list[Sentence]:
    ends = [match.start() for match in _CLAUSE_END.finditer(sentence.text)]
    starts = [0, *(end + 1 for end in ends)]
    return [
        Sentence(sentence.start + start, sentence.text[start:end])
        for start, end in zip(starts, [*ends, len(sentence.text)], strict=True)
        if start < end
    ]
