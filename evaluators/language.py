"""The `language` rule: a message, or a good part of it, is in another language than asked."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import ClassVar, NamedTuple

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.lingua_tongues import LinguaTongues
from dialoom.evaluators.options import share, whole
from dialoom.evaluators.text import prose, quoted
from dialoom.evaluators.tongues import letters, other_language, scripts_of, strange_words
from dialoom.verdicts import Severity, Verdict

__all__ = ["Language"]

_PART = 30
"""Characters of a part, at least: what is shorter tells too little by itself."""
_WHOLLY = 0.8
"""Share of the letters from which a message counts as wholly in another language."""

_NO_WORDS = re.compile(r"`[^`\n]{1,200}`|https?://\S+|www\.\S+|\S{1,64}@\S+|[@#]\w+")
_NO_WORDS_SIGNS = ("`", "@", "#", "www.", "://")
"""Of which one must be there; nearly always none is."""
_SENTENCE = re.compile(r"[^.!?\n\u3002\uff01\uff1f\u0964]+[.!?\u3002\uff01\uff1f\u0964]*\n?")
Detector = Callable[[str, Collection[str]], str | None]
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*")


class _Part(NamedTuple):
    start: int
    text: str
    letters: int
    """Of all scripts, a Chinese character as two."""
    foreign: int
    """Of these, letters in another language."""
    language: str | None
    """The other language, where the part as a whole is in it."""


class Language(Heuristic):
    """Finds messages in another language than the speaker's, and long passages in one.

    Scripts tell most languages apart. Those that share one are told by small words and special
    letters, for 43 languages; one without a profile is only held against English, to which models
    fall back. Code, addresses and links don't count. Messages with few letters take over the
    thread's language: they are not looked at.

    Blind to dialects and near relatives (Danish and Norwegian, Croatian and Serbian, Malay and
    Indonesian), single foreign words, and transliterated text.
    """

    name = "language"
    label = "lang_mismatch"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight = 0.8

    def __init__(
        self,
        min_letters: int = 20,
        max_share: float = 0.3,
        also: Sequence[str] = (),
        detector: str = "profiles",
        among: Sequence[str] = (),
    ) -> None:
        """Set what is looked at and how much is too much.

        Args:
            min_letters: Letters under which a message tells nothing; a Chinese character is two.
            max_share: Share of the letters that may be in other languages, above 0 and at most 1.
            also: BCP 47 tags of languages that are fine as well, in a language lesson say.
            detector: `profiles`, our own, or `lingua`, which tells near relatives and single
                sentences apart and needs the extra `lingua`.
            among: lingua only: BCP 47 tags of the languages it tells apart; all when left out.

        Raises:
            ValueError: a wrong number or tag, or lingua is not installed.
        """
        self.min_letters = whole("min_letters", min_letters)
        self.max_share = share("max_share", max_share)
        self.also = _tags("also", also)
        self._other_language = _detector(detector, _tags("among", among))

    def check(self, subject: Subject) -> Iterator[Verdict]:
        text = _words_alone(subject.text)
        if sum(letters(text).values()) < self.min_letters:
            return
        tags = (subject.language, *self.also)
        detect = self._other_language
        if detect is other_language and (strange := strange_words(text, tags)) is not None:
            if not strange:
                return
            detect = _with_two_of(strange)
        parts = list(_parts(text, tags, detect))
        total = sum(part.letters for part in parts)
        foreign = sum(part.foreign for part in parts) / total
        wholly = foreign >= _WHOLLY or len(parts) == 1
        if wholly and (language := self._other_language(text, tags)):
            reason = f"is in {language}, not in {subject.language}: {quoted(text.strip())}"
            yield self.verdict(subject, reason)
        elif foreign > self.max_share:
            part = next((part for part in parts if part.language), parts[0])
            said = quoted(part.text.strip(), limit=60)
            reason = f"{foreign:.0%} is in {part.language or 'another language'}: {said}"
            span = (part.start, part.start + len(part.text))
            yield self.verdict(subject, reason, span=span, weight=self.weight / 2)


def _tags(name: str, tags: Sequence[str]) -> tuple[str, ...]:
    given = (tags,) if isinstance(tags, str) else tuple(tags)
    for tag in given:
        if not isinstance(tag, str) or not _TAG.fullmatch(tag):
            raise ValueError(f"{name}: {tag!r} is no language tag such as 'es' or 'pt-BR'")
    return given


def _detector(name: str, among: Sequence[str]) -> Detector:
    if name == "lingua":
        return LinguaTongues(among).other_language
    if name != "profiles":
        raise ValueError(f"detector is {name!r}; give 'profiles' or 'lingua'")
    if among:
        raise ValueError("among is an option of the detector 'lingua'; set that, or leave it out")
    return other_language


def _words_alone(text: str) -> str:
    """Return the text with its code, addresses and links blanked out."""
    plain = prose(text)
    if not any([sign in plain for sign in _NO_WORDS_SIGNS]):
        return plain
    return _NO_WORDS.sub(lambda match: " " * len(match[0]), plain)


def _with_two_of(strange: frozenset[str]) -> Detector:
    """Return a detector that looks closely only at what holds two of these words."""

    def detect(text: str, tags: Collection[str]) -> str | None:
        said = text.lower()
        few = sum([word in said for word in strange]) < 2
        return None if few else other_language(text, tags)

    return detect


def _parts(text: str, tags: Sequence[str], detect: Detector) -> Iterator[_Part]:
    """Yield the sentences, short ones with those after them."""
    start = end = 0
    for sentence in _SENTENCE.finditer(text):
        end = sentence.end()
        if end - start >= _PART:
            yield _part(text, start, end, tags, detect)
            start = end
    if start < end:
        yield _part(text, start, end, tags, detect)


def _part(text: str, start: int, end: int, tags: Sequence[str], detect: Detector) -> _Part:
    said = text[start:end]
    counts = letters(said)
    total = sum(counts.values())
    language = detect(said, tags)
    right = frozenset[str]().union(*map(scripts_of, tags))
    # words in Latin stand in texts of any script
    foreign = sum(n for script, n in counts.items() if script not in right | {"LATIN"})
    if language and not foreign:
        foreign = total
    return _Part(start, said, total, foreign, language)
