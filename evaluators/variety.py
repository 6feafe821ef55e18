"""How varied the messages of a run are, by role: what `quality.json` calls diversity.

Counts are of all messages; what compares texts with each other looks at a sample, so that time and
memory are bounded and runs of different size can be compared.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from heapq import heappush, heappushpop
from itertools import chain
from statistics import fmean
from typing import Any, NamedTuple

from dialoom.evaluators.diversity import (
    compression_ratio,
    distinct,
    length_range,
    mtld,
    self_bleu,
)
from dialoom.evaluators.subjects import speaker_of
from dialoom.evaluators.text import prose, words
from dialoom.messages import Message, messages
from dialoom.quality import Diversity
from dialoom.tree import TreeRecord

__all__ = ["ALL", "BLEU_SAMPLE", "SAMPLE", "Variety"]

ALL = "all"
SAMPLE = 2_000
"""Messages of a role that are compared at most."""
BLEU_SAMPLE = 200
"""Messages of a role that are held against each other at most."""
SHEET_LETTERS = 4
"""Letters of a word of a sheet from which it counts."""
_QUESTION_MARKS = "?\uff1f\u061f\u037e"


class _Drawn(NamedTuple):
    """A message of the sample; the smallest draws stay."""

    draw: int
    place: int
    text: str


@dataclass(slots=True)
class _Role:
    """What is known of the messages of one role."""

    messages: int = 0
    words: int = 0
    questions: int = 0
    lengths: Counter[str] = field(default_factory=Counter)
    sample: list[_Drawn] = field(default_factory=list)
    overlaps: Counter[float] = field(default_factory=Counter)

    def add(self, message: Message) -> None:
        said = words(message.text)
        self.messages += 1
        self.words += len(said)
        self.questions += any(mark in prose(message.text) for mark in _QUESTION_MARKS)
        self.lengths[length_range(len(said))] += 1
        drawn = _Drawn(-_draw(message.message_id), self.messages, message.text)
        if len(self.sample) < SAMPLE:
            heappush(self.sample, drawn)
        else:
            heappushpop(self.sample, drawn)

    def diversity(self) -> Diversity:
        texts = [words(one.text) for one in sorted(self.sample, key=lambda one: one.place)]
        drawn = [words(one.text) for one in sorted(self.sample, reverse=True)[:BLEU_SAMPLE]]
        ranges = sorted(self.lengths, key=lambda name: int(name.partition("-")[0]))
        return Diversity(
            messages=self.messages,
            words=self.words,
            mtld=_rounded(mtld(list(chain.from_iterable(texts))), 2),
            distinct_1=_rounded(distinct(texts, 1)),
            distinct_2=_rounded(distinct(texts, 2)),
            distinct_3=_rounded(distinct(texts, 3)),
            self_bleu=_rounded(self_bleu(drawn)),
            compression_ratio=_rounded(compression_ratio(map(" ".join, texts))),
            question_rate=_rounded(self.questions / self.messages if self.messages else None),
            turn_lengths={name: self.lengths[name] for name in ranges},
            sheet_overlap=_rounded(fmean(self.overlaps.elements()) if self.overlaps else None),
        )


class Variety:
    """Gathers the figures while trees go by; what was rejected or dropped doesn't count."""

    def __init__(self) -> None:
        self._roles: dict[str, _Role] = {}

    def add(self, record: TreeRecord) -> None:
        """Take the accepted messages of a tree into account."""
        said: dict[str, set[str]] = {}
        roles: dict[str, str] = {}
        for message in messages(record.tree):
            if message.review_result is False:
                continue
            for name in (message.role, ALL):
                self._roles.setdefault(name, _Role()).add(message)
            speaker = speaker_of(message)
            roles[speaker] = message.role
            said.setdefault(speaker, set()).update(words(message.text))
        for speaker, overlap in _overlaps(record.systems, said):
            for name in (roles[speaker], ALL):
                self._roles[name].overlaps[overlap] += 1

    def found(self) -> Mapping[str, Any]:
        """Return the field `diversity` of `Quality`."""
        return {"diversity": {name: self._roles[name].diversity() for name in sorted(self._roles)}}


def _overlaps(
    systems: Mapping[str, str], said: Mapping[str, set[str]]
) -> Iterator[tuple[str, float]]:
    """Yield for each speaker the share of its sheet's own words that it uses.

    Its own are words that stand in nobody else's prompt: what all are told is no part of a sheet.
    """
    sheets = {speaker: _content(words(system)) for speaker, system in systems.items()}
    for speaker, sheet in sheets.items():
        others = set[str]().union(*(sheets[other] for other in sheets if other != speaker))
        own = sheet - others
        if own and len(sheets) > 1 and speaker in said:
            yield speaker, len(own & said[speaker]) / len(own)


def _content(said: Sequence[str]) -> set[str]:
    return {word for word in said if len(word) >= SHEET_LETTERS}


def _draw(message_id: str) -> int:
    digest = blake2b(message_id.encode(errors="surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def _rounded(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else round(value, digits)
