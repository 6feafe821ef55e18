"""How varied texts are: measures of one list of texts, each a few lines with its source.

Words are those of `dialoom.evaluators.text`: lower case, without marks. N-grams never reach from
one text into the next.
"""

import math
import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from statistics import fmean

__all__ = [
    "MTLD_TTR",
    "MTLD_WORDS",
    "compression_ratio",
    "distinct",
    "length_range",
    "mtld",
    "self_bleu",
]

MTLD_TTR = 0.72
"""Share of different words under which a stretch of text ends (McCarthy and Jarvis 2010)."""
MTLD_WORDS = 50
"""Words under which MTLD says nothing."""
BLEU_ORDER = 4
SMOOTHED = 0.1
"""What stands for no n-gram in common (Chen and Cherry 2014, method 1)."""
_RANGES = (0, 10, 20, 40, 80, 160, 320)

Words = Sequence[str]


def mtld(words: Words) -> float | None:
    """Return the mean length of stretches of text that keep a share of 0.72 of different words.

    Source: McCarthy and Jarvis 2010, "MTLD, vocd-D, and HD-D". The mean of both directions; a
    stretch that is not over counts as the part of the way that it has gone.

    Returns:
        Words; None under 50 words, and where no word comes twice.
    """
    if len(words) < MTLD_WORDS:
        return None
    forward, backward = _stretches(words), _stretches(reversed(words))
    if not forward or not backward:
        return None
    return fmean((len(words) / forward, len(words) / backward))


def _stretches(words: Iterable[str]) -> float:
    whole, seen, count = 0, set[str](), 0
    for word in words:
        seen.add(word)
        count += 1
        if len(seen) / count < MTLD_TTR:
            whole, count = whole + 1, 0
            seen.clear()
    share = len(seen) / count if count else 1.0
    return whole + (1 - share) / (1 - MTLD_TTR)


def distinct(texts: Sequence[Words], size: int) -> float | None:
    """Return the share of n-grams that are different, 0 to 1; None without any.

    Source: Li et al. 2016, "A Diversity-Promoting Objective Function", distinct-n. It falls as
    texts get more, so compare it for equal amounts.
    """
    count = sum(max(0, len(text) - size + 1) for text in texts)
    different = set(chain.from_iterable(_grams(text, size) for text in texts))
    return len(different) / count if count else None


def compression_ratio(texts: Iterable[str]) -> float | None:
    """Return how many times smaller the texts get by zlib; None without text. More is less varied.

    Source: Shaib et al. 2024, "Standardizing the Measurement of Text Diversity". zlib looks back
    32 kB, so repeats further apart don't show.
    """
    data = "\n".join(texts).encode(errors="surrogatepass")
    return len(data) / len(zlib.compress(data, 6)) if data else None


def self_bleu(texts: Sequence[Words]) -> float | None:
    """Return the mean BLEU-4 of each text with all others as references, 0 to 1.

    Source: Zhu et al. 2018, "Texygen"; BLEU by Papineni et al. 2002 with method 1 of Chen and
    Cherry 2014. More is less varied. The cost grows with the words and not with their square.

    Args:
        texts: Those of fewer than four words are left out.

    Returns:
        None for fewer than two texts.
    """
    said = [text for text in texts if len(text) >= BLEU_ORDER]
    if len(said) < 2:
        return None
    logs = [0.0] * len(said)
    for size in range(1, BLEU_ORDER + 1):
        for place, precision in enumerate(_precisions(said, size)):
            logs[place] += math.log(precision) / BLEU_ORDER
    lengths = sorted(map(len, said))
    return fmean(
        _brevity(len(text), lengths) * math.exp(log) for text, log in zip(said, logs, strict=True)
    )


def _precisions(texts: Sequence[Words], size: int) -> Iterator[float]:
    """Yield the share of each text's n-grams that another text has as often."""
    counts = [Counter(_grams(text, size)) for text in texts]
    most: dict[tuple[str, ...], tuple[int, int, int]] = {}
    for place, own in enumerate(counts):
        for gram, times in own.items():
            best, owner, second = most.get(gram, (0, -1, 0))
            if times > best:
                most[gram] = (times, place, best)
            else:
                most[gram] = (best, owner, max(second, times))
    for place, own in enumerate(counts):
        shared = 0
        for gram, times in own.items():
            best, owner, second = most[gram]
            shared += min(times, second if owner == place else best)
        yield (shared or SMOOTHED) / own.total()


def _brevity(length: int, lengths: Sequence[int]) -> float:
    """Return the penalty for being shorter than the reference of the nearest length."""
    at = bisect_left(lengths, length)
    others = [*lengths[max(0, at - 1) : at], *lengths[at + 1 : at + 2]]
    nearest = min(others, key=lambda other: (abs(other - length), other))
    return 1.0 if length >= nearest else math.exp(1 - nearest / length)


def length_range(words: int) -> str:
    """Return the range that a number of words is in.

    >>> length_range(9), length_range(10), length_range(500)
    ('0-9', '10-19', '320-')
    """
    place = next(place for place in range(len(_RANGES), 0, -1) if words >= _RANGES[place - 1])
    end = str(_RANGES[place] - 1) if place < len(_RANGES) else ""
    return f"{_RANGES[place - 1]}-{end}"


def _grams(words: Words, size: int) -> Iterator[tuple[str, ...]]:
    return zip(*(words[start:] for start in range(size)), strict=False)
