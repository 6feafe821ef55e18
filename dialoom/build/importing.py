"""`import`: conversations of any common format into message trees."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Literal

from dialoom.errors import Fault, InputError
from dialoom.exporters.base import FileLine, write_files
from dialoom.imports.hub import PREFIX, hub_rows
from dialoom.imports.merging import Defaults, Waiting
from dialoom.imports.readers import Grown, Outcome, Rejected, TalkRows, TreeRows
from dialoom.imports.reading import Reading, reading_of
from dialoom.imports.rows import Row, Rows, rows_of
from dialoom.imports.scores import ScoreRange
from dialoom.messages import MessageTree, messages

__all__ = ["ImportOptions", "Imported", "Preview", "import_files", "preview", "quarantine_beside"]

SAMPLED = 100
"""Rows that are looked at to find out what the columns are."""
Synthetic = Literal["none", "assistant", "all"]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a person may say of the conversations."""

    format: str | None = None
    """One of `dialoom.imports.mapping.FORMATS`; None goes by the rows."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """By field, over what is guessed."""
    lang: str | None = None
    """BCP 47, of rows that don't say it."""
    synthetic: Synthetic | None = None
    """Whose messages a model wrote; None is unknown."""
    source: str | None = None
    """Becomes the `origin` of trees whose rows don't say it."""
    license: str | None = None
    """Of rows that don't say it."""
    scores: ScoreRange | None = None
    """None goes by the first rows."""
    limit: int | None = None
    """Rows to read at most."""
    split: str = "train"
    """Of a data set of the Hub."""
    config: str | None = None
    """Of a data set of the Hub."""


@dataclass(slots=True)
class Imported:
    """What came of an import."""

    reading: Reading
    rows: int = 0
    trees: int = 0
    messages: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)
    """Rows that could not be read, by reason."""
    notes: Counter[str] = field(default_factory=Counter)
    """What was done with rows besides reading them."""
    quarantine: Path | None = None
    """Where the rows that could not be read are; None when there are none."""


@dataclass(frozen=True, slots=True)
class Preview:
    """How a file would be read."""

    reading: Reading
    first: MessageTree | None
    """The first conversation; None when none of the first rows holds one."""
    quarantined: Counter[str]
    """Of the first rows."""


def import_files(sources: Sequence[str], out: Path, options: ImportOptions) -> Imported:
    """Write the conversations of files as OASST trees, and beside them what can't be read.

    Args:
        sources: Files, or data sets of the Hub as `hf:owner/name`.
        out: The trees, one a line.
        options: What is said of them.

    Raises:
        InputError: a file, a column or an option is wrong, or no row holds a conversation;
            nothing is written then. MissingExtra when a package is needed.
        ExportError: a file can't be written.
    """
    quarantine = quarantine_beside(out)
    with _opened(sources, options) as (reading, rows):
        done = Imported(reading)
        lines = _lines(_outcomes(reading, rows, options, done), done, out, quarantine)
        write_files(out.parent, lines, (out.name,))
    if done.quarantined:
        done.quarantine = quarantine
    else:  # what an earlier import left there would be taken for this one's
        quarantine.unlink(missing_ok=True)
    return done


def preview(sources: Sequence[str], options: ImportOptions) -> Preview:
    """Return how files would be read, going by their first rows.

    Raises:
        InputError: a file, a column or an option is wrong; MissingExtra when a package is needed.
    """
    with _opened(sources, options) as (reading, rows):
        done = Imported(reading)
        first = None
        for outcome in _outcomes(reading, islice(rows, SAMPLED), options, done):
            if isinstance(outcome, Grown):
                first = first or outcome.tree
            else:
                done.quarantined[outcome.reason] += 1
        return Preview(reading, first, done.quarantined)


def quarantine_beside(out: Path) -> Path:
    """Return the file for the rows of an import that can't be read."""
    return out.with_name(f"{out.name.removesuffix('.gz').removesuffix('.jsonl')}.quarantine.jsonl")


@contextmanager
def _opened(
    sources: Sequence[str], options: ImportOptions
) -> Iterator[tuple[Reading, Iterator[tuple[str, Row]]]]:
    """Open the first source, find out how to read it, and give the rows of all."""
    with ExitStack() as opened:
        kind, rows = opened.enter_context(_rows(sources[0], options))
        sample = list(islice(rows, SAMPLED))
        try:
            reading = reading_of(kind, sample, options.columns, options.format, options.scores)
        except InputError as error:
            raise InputError(
                Fault(fault.message, Path(sources[0])) for fault in error.faults
            ) from error
        first = ((_name(sources[0]), row) for row in chain(sample, rows))
        others = (pair for source in sources[1:] for pair in _others(source, options))
        yield reading, islice(chain(first, others), options.limit)


def _others(source: str, options: ImportOptions) -> Iterator[tuple[str, Row]]:
    with _rows(source, options) as found:
        for row in found.rows:
            yield _name(source), row


@contextmanager
def _rows(source: str, options: ImportOptions) -> Iterator[Rows]:
    if source.startswith(PREFIX):
        name = source.removeprefix(PREFIX)
        yield hub_rows(name, split=options.split, config=options.config)
        return
    path = Path(source)
    if not path.exists():
        hint = f"; a data set of the Hub is {PREFIX}{source}" if source.count("/") == 1 else ""
        raise InputError(Fault(f"no such file{hint}", path))
    with rows_of(path) as rows:
        yield rows


def _name(source: str) -> str:
    return source if source.startswith(PREFIX) else Path(source).name


def _outcomes(
    reading: Reading, rows: Iterator[tuple[str, Row]], options: ImportOptions, done: Imported
) -> Iterator[Outcome]:
    def counted() -> Iterator[tuple[str, Row]]:
        for pair in rows:
            done.rows += 1
            yield pair

    if reading.map is None:
        yield from TreeRows(nested=reading.nested).outcomes(counted())
        return
    waiting = Waiting(_defaults(options))
    yield from TalkRows(reading, waiting).outcomes(counted())
    done.notes.update(+waiting.counts)


def _defaults(options: ImportOptions) -> Defaults:
    by_model = {None: (None, None), "none": (False, False), "assistant": (False, True)}
    prompter, assistant = by_model.get(options.synthetic, (True, True))
    return Defaults(
        source=options.source,
        license=options.license,
        lang=options.lang,
        synthetic={"prompter": prompter, "assistant": assistant},
    )


def _lines(
    outcomes: Iterator[Outcome], done: Imported, out: Path, quarantine: Path
) -> Iterator[FileLine]:
    """Yield the lines of both files, and count.

    Raises:
        InputError: there is no tree at all.
    """
    for outcome in outcomes:
        if isinstance(outcome, Rejected):
            done.quarantined[outcome.reason] += 1
            yield FileLine(quarantine.name, outcome.line)
        else:
            done.trees += 1
            done.messages += sum(1 for _ in messages(outcome.tree))
            yield FileLine(out.name, outcome.line)
    if not done.trees:
        reasons = [f"{reason} ({count:,})" for reason, count in done.quarantined.most_common(3)]
        raise InputError(f"no row holds a conversation: {'; '.join(reasons) or 'there are none'}")
