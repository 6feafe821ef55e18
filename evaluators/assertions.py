"""What a text asserts: its clauses without questions, guesses, wishes, conditions and denials."""

import re
from functools import lru_cache

from dialoom.evaluators.facts import DONT_KNOW
from dialoom.evaluators.text import CACHED
from dialoom.evaluators.vocabulary import Sentence, sentences_of

__all__ = ["assertions_of", "straight"]

_HEDGES = frozenset(
    (
        *("if", "unless", "whether", "maybe", "perhaps", "probably", "possibly", "might", "may"),
        *(
            "could",
            "would",
            "should",
            "guess",
            "suppose",
            "supposed",
            "supposes",
            "think",
            "thought",
        ),
        *("believe", "assume", "imagine", "bet", "hope", "heard", "read", "wonder", "wondering"),
        *("seem", "seems", "apparently", "wish", "explain", "let's", "understand", "not", "isn't"),
        *(
            "aren't",
            "wasn't",
            "weren't",
            "doesn't",
            "don't",
            "didn't",
            "never",
            "nobody",
            "instead",
        ),
        *("i'd", "we'd", "vielleicht", "wahrscheinlich", "glaube", "vermute", "denke", "wenn"),
        *("falls", "ob", "soll", "nicht", "kein", "keine", "keinen", "keinem", "keiner", "quizá"),
        *("quizás", "creo", "supongo", "si", "peut-être"),
    )
)
_PHRASES = re.compile(
    r"\b(?:tell me|let me|need(?:ed)? (?:to|you)|want(?:ed)? (?:to|you)|like to|about to|tal vez|"
    r"(?:you|they|he|she|who|someone|somebody|website|page|agent|colleague|app|tracking|record)"
    r"(?:'ve| have| has)? (?:told|said|says?|wrote|mentioned)|according to|je (?:crois|pense))\b"
)
_TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_CLAUSE_END = re.compile(r"[,;\u2014](?=\s)|\s(?=(?:but|so|because|and (?:i|you|we|now))\s)", re.I)


def straight(text: str) -> str:
    """Return the text with straight apostrophes, every character in its place."""
    return text.replace("\u2019", "'")


@lru_cache(CACHED)
def assertions_of(text: str) -> tuple[Sentence, ...]:
    """Return the clauses that say how something is, in order.

    >>> [clause.text for clause in assertions_of("Yes, it is blue, but I think not. Or?")]
    ['Yes', ' it is blue']
    """
    found: list[Sentence] = []
    for sentence in sentences_of(straight(text)):
        if sentence.asks:
            continue
        plain = [one for one in _clauses(sentence) if not _is_hedged(one.text.lower())]
        if plain and not DONT_KNOW.search(sentence.text):
            found += plain
    return tuple(found)


def _is_hedged(clause: str) -> bool:
    return not _HEDGES.isdisjoint(_TOKEN.findall(clause)) or _PHRASES.search(clause) is not None


def _clauses(sentence: Sentence) -> list[Sentence]:
    ends = [match.start() for match in _CLAUSE_END.finditer(sentence.text)]
    starts = [0, *(end + 1 for end in ends)]
    return [
        Sentence(sentence.start + start, sentence.text[start:end])
        for start, end in zip(starts, [*ends, len(sentence.text)], strict=True)
        if start < end
    ]
