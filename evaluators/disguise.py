"""Words that somebody has disguised, written out: leet-spelling, masks, letters spelled apart."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache

from dialoom.evaluators.text import SCANNED, word_set

__all__ = ["unmasked"]

_SIGNS = re.compile(r"[013457@$!|€*#%](?:(?<=[a-zA-Z].)[0-9@$!|€*#%]*[a-zA-Z]|(?<=[\s\"'][@$])\w)")
"""A sign inside a word. The sign comes first, which the engine can skip to."""
_LETTER_WORDS = frozenset("bcdfghklnprtuw")
"""Letters of which one stands alone where a word is spelled apart."""
_TOKEN_SIZE = 30
_TOKEN = re.compile(r"[\w@$!|€*#%]{3,30}")
_TOKEN_END = re.compile(r"[\w@$!|€*#%]*\Z")
_SPELLED = re.compile(r"(?<![^\W_])(?:[^\W\d_][ .*_-]){2,15}[^\W\d_](?![^\W_])")
_LEET = (
    str.maketrans("01345789@$!|€", "oieastbgasiie"),
    str.maketrans("01345789@$!|€", "oleastbgasile"),
)
_MASKS = "*#%@$!"
_LETTERS = str.maketrans("", "", " .*_-")


def unmasked(text: str, lexicon: frozenset[str]) -> str:
    """Return the text with the disguised words of a lexicon in plain, all else in its place.

    A word spelled apart is put together, with spaces behind it.

    >>> unmasked("You 1d10t, what the sh*t", frozenset({"idiot", "shit"}))
    'You idiot, what the shit'

    Args:
        text: The first 20,000 characters are looked at.
        lexicon: Words in lower case.
    """
    plain = text
    if not _LETTER_WORDS.isdisjoint(word_set(text)):
        apart = _SPELLED.sub(lambda found: _joined(found[0], lexicon), plain[:SCANNED])
        plain = apart + plain[SCANNED:]
    if _SIGNS.search(text, 0, SCANNED):
        plain = "".join(_written_out(plain, lexicon))
    return plain


def _written_out(text: str, lexicon: frozenset[str]) -> Iterator[str]:
    """Yield the pieces of a text, tokens that hold a sign in plain."""
    known, done = _by_length(lexicon), 0
    for sign in _SIGNS.finditer(text, 0, SCANNED):
        if sign.start() < done:
            continue
        around = text[max(done, sign.start() - _TOKEN_SIZE) : sign.start()]
        start = sign.start() - len(around) + _TOKEN_END.search(around).start()  # type: ignore[union-attr]
        token = _TOKEN.match(text, start)
        if token:
            yield text[done:start]
            yield _plain(token[0], lexicon, known)
            done = token.end()
    yield text[done:]


def _joined(spelled: str, lexicon: frozenset[str]) -> str:
    word = spelled.translate(_LETTERS)
    return word.ljust(len(spelled)) if word.lower() in lexicon else spelled


def _plain(token: str, lexicon: frozenset[str], known: Mapping[int, tuple[str, ...]]) -> str:
    """Return the word behind a token, with what stands around it; the token where there is none."""
    core = token.strip("*#%!|_")
    if core.isalpha() or len(core) < 3:
        return token
    start = token.index(core)
    for table in _LEET:
        word = core.lower().translate(table)
        if word in lexicon:
            return token[:start] + word + token[start + len(core) :]
    hidden = sum(sign in _MASKS for sign in core)
    if not hidden or 2 * hidden > len(core):
        return token
    pattern = re.compile("".join("." if s in _MASKS else re.escape(s) for s in core.lower()))
    word = next((one for one in known.get(len(core), ()) if pattern.fullmatch(one)), core)
    return token[:start] + word + token[start + len(core) :]


@lru_cache(8)
def _by_length(lexicon: frozenset[str]) -> Mapping[int, tuple[str, ...]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    for word in sorted(lexicon):
        found[len(word)].append(word)
    return {length: tuple(words) for length, words in found.items()}
