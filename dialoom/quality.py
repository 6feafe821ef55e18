"""What a run's `quality.json` holds: the evidence for trusting its labels, ranks and texts."""

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import Field, ValidationError

from dialoom.errors import Fault, InputError
from dialoom.intervals import wilson
from dialoom.spec import Spec

__all__ = [
    "FILE_NAME",
    "IDLE",
    "CriticQuality",
    "Diversity",
    "Duplicates",
    "FunnelStep",
    "Quality",
    "Rate",
    "Slope",
    "rate_of",
    "read_quality",
]

FILE_NAME = "quality.json"
IDLE = "it judged nothing"
"""Why a critic that was never asked is neither trusted nor doubted."""


class Rate(Spec):
    """A share with the 95 % interval around it, each 0 to 1."""

    value: float
    low: float
    high: float
    count: int
    """Of how many."""

    @property
    def shown(self) -> str:
        """The share with its interval, in percent."""
        return f"{self.value:.0%} ({self.low:.0%} to {self.high:.0%})"


class Slope(Spec):
    """How a value changes with another, with the 95 % interval around it."""

    value: float
    low: float
    high: float
    count: int


class CriticQuality(Spec):
    """How far one critic can be believed. What was not measured is null."""

    model: str
    version: str
    method: str
    trusted: bool
    """Whether its verdicts decide scores, ranks and pairs."""
    why: str
    """One sentence: on what grounds it is trusted or not."""
    judged: int = 0
    canaries: dict[str, Rate] = Field(default_factory=dict)
    """By kind of corruption: how often the original was scored above its corrupted copy; a tie
    counts half."""
    canary: Rate | None = None
    """The same over all kinds."""
    floor: float = 0.0
    """What `canary` must reach for `trust: auto`."""
    flips: Rate | None = None
    """Pairs whose winner changed when the two were shown in the other order."""
    repeats: Rate | None = None
    """Judgements that came out the same when asked again with another seed."""
    length_slope: Slope | None = None
    """Change of the score for twice the characters, within sibling groups."""
    first_position: Rate | None = None
    """How often the reply shown first won; 0.5 is no preference."""
    own_family: Rate | None = None
    """How often replies by models of the critic's family won against others; 0.5 is none."""
    distributions: dict[str, dict[str, int]] = Field(default_factory=dict)
    """Judgements by criterion and value."""
    ties: Rate | None = None
    """Pairs of siblings that it scored alike."""
    people: Rate | None = None
    """Pairs of siblings that people ranked, and that it put in the same order; a tie counts
    half."""

    @property
    def is_idle(self) -> bool:
        """Whether it was never asked: no reply was fit to be judged."""
        return self.why == IDLE

    @property
    def test(self) -> str:
        """In one line: whether it is trusted, and why."""
        if self.is_idle:
            return f"{self.model}: {self.why}"
        return f"{self.model}: {'trusted' if self.trusted else 'not trusted'}: {self.why}"

    @property
    def measured(self) -> str:
        """In one line: what else was measured of it; empty where nothing was."""
        return "; ".join(self._measures())

    def _measures(self) -> Iterator[str]:
        if self.people is not None:
            of = f"{self.people.count:,} {'pair' if self.people.count == 1 else 'pairs'}"
            yield f"agrees with people in {self.people.shown} of {of}"
        rates: tuple[tuple[Rate | None, str], ...] = (
            (self.ties, "scores siblings alike"),
            (self.repeats, "says the same again"),
            (self.flips, "changes its mind with the order"),
            (self.first_position, "prefers the reply shown first"),
            (self.own_family, "prefers its own family"),
        )
        yield from (f"{what} in {rate.shown}" for rate, what in rates if rate is not None)
        slope = self.length_slope
        if slope is not None:
            yield (
                f"gives {slope.value:+.2f} for twice the length "
                f"({slope.low:+.2f} to {slope.high:+.2f})"
            )


class FunnelStep(Spec):
    """One rule of `evaluate.keep`, or what came before it."""

    rule: str
    """As written in the scenario, or what dropped the messages before any rule."""
    before: int
    """Messages that reached it."""
    dropped: int
    unrated: int = 0
    """Messages without the label that the rule compares; they pass."""
    reasons: dict[str, int] = Field(default_factory=dict)


class Duplicates(Spec):
    """Texts that say the same."""

    messages: int = 0
    """Looked at; of a large run those of its first trees, where no rule asks for all."""
    exact: int = 0
    """Messages that repeat an earlier one of their role but for case, marks and spacing."""
    near: int = 0
    """Messages that nearly repeat one."""
    within: int = 0
    """Of both, those whose earliest like stands in the same tree."""
    across: int = 0
    clusters: int = 0
    threshold: float
    """Jaccard similarity of word n-grams from which two texts are near-duplicates, 0 to 1."""
    examples: tuple[tuple[str, str], ...] = ()
    """Message ids, a few pairs."""


class Diversity(Spec):
    """How varied the texts of one role are. What is undefined for so few words is null."""

    messages: int
    words: int
    mtld: float | None = None
    distinct_1: float | None = None
    distinct_2: float | None = None
    distinct_3: float | None = None
    self_bleu: float | None = None
    compression_ratio: float | None = None
    question_rate: float | None = None
    turn_lengths: dict[str, int] = Field(default_factory=dict)
    """Messages by length in words, in ranges like `0-9`, shortest first."""
    sheet_overlap: float | None = None
    """Share of the persona sheet's content words that its persona uses, mean over personas."""


class Quality(Spec):
    """The evidence of one run or tagged file."""

    critics: tuple[CriticQuality, ...] = ()
    funnel: tuple[FunnelStep, ...] = ()
    duplicates: Duplicates | None = None
    diversity: dict[str, Diversity] = Field(default_factory=dict)
    """By role, and `all`."""
    contaminated: dict[str, int] | None = None
    """Messages that share an n-gram with a file of `decontaminate`, by file; null: not asked."""
    warnings: tuple[str, ...] = ()
    """One sentence each, the gravest first."""


def rate_of(successes: float, trials: int) -> Rate | None:
    """Return a share with its score interval; None without trials.

    >>> rate_of(8, 10).count
    10
    """
    found = wilson(successes, trials)
    return found and Rate(value=found.value, low=found.low, high=found.high, count=trials)


def read_quality(directory: Path) -> Quality | None:
    """Return the evidence of a run, or None when it has none.

    Raises:
        InputError: the file is there and can't be understood.
    """
    file = directory / FILE_NAME
    try:
        return Quality.model_validate(json.loads(file.read_bytes()))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(Fault((error.strerror or str(error)).lower(), file)) from error
    except (ValueError, ValidationError) as error:
        raise InputError(Fault("not a quality.json of this version", file)) from error
