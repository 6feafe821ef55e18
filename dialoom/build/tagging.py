"""`tag`: evaluators over trees from anywhere, without generating a word."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import yaml

from dialoom.agents.clients.base import ClientOptions, ModelClient
from dialoom.build.calibrating import notice_of, put_to_test
from dialoom.build.casting import Casting, casting_of
from dialoom.build.models import ModelBook
from dialoom.build.quality import Critics
from dialoom.build.sources import records_from
from dialoom.build.stages import heuristics_of, scorers_from
from dialoom.build.tagged import TagFiles, Tagged, write_tagged
from dialoom.chat import ChatRequest, Completion
from dialoom.errors import Fault, InputError
from dialoom.evaluators.base import HEURISTICS, Heuristic
from dialoom.evaluators.contamination import Contamination
from dialoom.evaluators.critic import CriticJudge
from dialoom.evaluators.duplicates import DuplicateTexts
from dialoom.evaluators.keep import Filter
from dialoom.evaluators.kept_scores import KeptScores
from dialoom.evaluators.tagger import Tagger
from dialoom.events import Listener, Notice, TreeTagged
from dialoom.messages import messages
from dialoom.quality import CriticQuality
from dialoom.scenarios.cast import Cast
from dialoom.scenarios.keep import Decontamination, KeepRule, keep_rule
from dialoom.scenarios.model import Critic
from dialoom.spec import Choice
from dialoom.store import RunJournal, SharedCalls
from dialoom.tree import TreeRecord

__all__ = ["TagOptions", "choices_of", "rules_of", "tag_file"]

REMEDY = "Name a better critic with --critic, or let this one count with --trust always"
TREES_AHEAD = 16
"""Trees tagged at a time, so that the critic's model is kept busy."""


@dataclass(frozen=True, slots=True)
class TagOptions:
    """What to tag with."""

    scenario: str | Path | None = None
    """Who is on the stage, how critics are asked and which heuristics look; None takes a run's
    own."""
    heuristics: tuple[Choice, ...] = ()
    """Registered heuristics with their options; none given takes those of the scenario, and
    without one all."""
    critics: tuple[str, ...] = ()
    """Models that judge, as `provider/model`; none given asks no model."""
    rubric: tuple[str, ...] = ()
    """OASST label names; none given takes what the scenario asks, or would by default."""
    canaries: int | None = None
    """Replies that are spoilt to put the critics to the test; 0 does not. None: see `rubric`."""
    trust: Literal["auto", "always", "never"] | None = None
    """Whether the critics' scores decide ranks; `auto` lets their canaries decide. None: see
    `rubric`."""
    scorers: tuple[Choice, ...] = ()
    """Registered scorers with their options."""
    keep: tuple[str, ...] = ()
    """Rules as in a scenario's `evaluate.keep`."""
    against: tuple[Path, ...] = ()
    """Files that no message may share words with."""
    ngram: int = Decontamination.model_fields["ngram"].default
    """Words in a row that are too many to share."""
    seed: int = 0
    client: ClientOptions = field(default_factory=ClientOptions)


async def tag_file(
    source: Path,
    files: TagFiles,
    options: TagOptions,
    *,
    listener: Listener,
    clients: Mapping[str, ModelClient] | None = None,
) -> Tagged:
    """Tag the trees of a run or an OASST file and write them, and every verdict, to files.

    What critics and scorers answer is kept as soon as it is had: the same command goes on from
    there after an interruption, and with other rules it asks nothing.

    Args:
        source: A run's directory or a `.jsonl` file of trees.
        files: OASST trees, with labels and ranks beside those that were there; one JSON object
            for each verdict or failed judgement, with its reason; and the evidence.
        options: What to tag with.
        listener: Is told what a person should know of the critics and of what is dropped.
        clients: Ready-made clients by model name.

    Raises:
        InputError: the source, a heuristic's or a label's name, or a rule is wrong.
        ModelError: the critic's model can't be used.
        ExportError: a file can't be written.
    """
    duplicates = DuplicateTexts()
    rules = _filter(options, duplicates)
    casting = casting_of(source, options.scenario, listener=listener)
    heuristics = _heuristics(options, casting)
    scorers = scorers_from(options.scorers)
    book = ModelBook({"critic": options.critics}, options.client, clients=clients)
    with _journal(files, options) as journal:
        place = options.client.base_url or ""
        book.attach(_Answers(journal, place) if journal else None, listener)
        try:
            judges = await _judges(book, _settings(options, casting))
            trees = _Trees(source, casting)
            tested = await _tested(trees, judges, options.seed, listener)
            scores = KeptScores(journal) if journal else None
            tagger = Tagger(heuristics, *judges, listener=listener, scorers=scorers, scores=scores)
            critics = Critics(tested, judges[0].settings if judges else None)
            # what is under way must have ended before the journal is closed
            async with aclosing(_in_order(trees, tagger, options.seed, critics)) as records:
                told = _told(records, listener)
                tagged = await write_tagged(told, files, rules, duplicates, critics)
        finally:
            await book.close()
    for warning in (*_late_notices(judges, tested, critics), *tagged.warnings):
        listener(Notice(warning))
    return tagged


def _filter(options: TagOptions, duplicates: DuplicateTexts) -> Filter:
    rules = rules_of(options.keep)
    files = {str(file): file for file in options.against}
    contamination = Contamination(files, ngram=options.ngram) if files else None
    return Filter(rules, contamination, duplicates=duplicates)


def rules_of(written: Sequence[str]) -> list[KeepRule]:
    """Return the rules that texts spell.

    Raises:
        InputError: texts that are none, all of them.
    """
    rules, faults = [], []
    for text in written:
        try:
            rules.append(keep_rule(text))
        except ValueError as error:
            faults.append(Fault(f"{text!r}: {error}"))
    if faults:
        raise InputError(faults)
    return rules


def choices_of(written: Sequence[str], option: str) -> tuple[Choice, ...]:
    """Return the choices that texts of YAML spell: `name` or `{name: {option: value}}`.

    Args:
        written: What was given.
        option: To what it was given, for the error.

    Raises:
        InputError: a text is no such thing.
    """
    try:
        return tuple(Choice.parse(yaml.safe_load(text)) for text in written)
    except (ValueError, yaml.YAMLError) as error:
        raise InputError(f"{option}: {str(error).splitlines()[0]}") from error


@contextmanager
def _journal(files: TagFiles, options: TagOptions) -> Iterator[RunJournal | None]:
    """Open what models answer beside the trees; nothing is opened when nobody is asked."""
    if not options.critics and not options.scorers:
        yield None
        return
    kept = SharedCalls(files.calls)
    try:
        yield kept.journal
    finally:
        kept.close()


class _Answers:
    """The answers of critics at one place, since a model of the same name elsewhere is another."""

    def __init__(self, kept: RunJournal, place: str) -> None:
        self._kept, self._place = kept, place

    def find(self, key: str) -> list[Completion] | None:
        """Return an answer that was kept, or None."""
        return self._kept.find(self._named(key))

    async def put(
        self, key: str, model: str, request: ChatRequest, answer: Sequence[Completion]
    ) -> None:
        """Keep an answer; returns once it is committed.

        Raises:
            RunConflict: it can't be written.
        """
        await self._kept.put(self._named(key), model, request, answer)

    def _named(self, key: str) -> str:
        return f"{self._place} {key}".lstrip()


@dataclass(frozen=True, slots=True)
class _Trees:
    """The trees of a source, each with its cast; may be gone through several times."""

    source: Path
    casting: Casting | None

    def __iter__(self) -> Iterator[tuple[TreeRecord, Cast | None]]:
        for record in records_from(self.source, dropping=False):
            yield record, self.casting.cast(record) if self.casting else None


def _settings(options: TagOptions, casting: Casting | None) -> Critic:
    """Return what critics are asked: the options before the scenario, and that before defaults."""
    asked = casting.loaded.scenario.evaluate.critic if casting else None
    given = {
        "rubric": options.rubric or None,
        "canaries": options.canaries,
        "trust": options.trust,
    }
    said = {name: value for name, value in given.items() if value is not None}
    return Critic(**{**dict(asked or Critic()), **said})


async def _judges(book: ModelBook, settings: Critic) -> list[CriticJudge]:
    endpoints = book.of_role("critic")
    for endpoint in endpoints:
        await endpoint.prepare()
    return [CriticJudge(endpoint, settings) for endpoint in endpoints]


async def _tested(
    trees: _Trees, judges: Sequence[CriticJudge], seed: int, listener: Listener
) -> list[CriticQuality]:
    """Return what the critics' canaries show; what follows is then tagged only once."""
    found = await put_to_test(trees, judges, seed=seed, judged=False, listener=listener)
    for judge, quality in zip(judges, found, strict=True):
        if quality.canary is not None and (notice := notice_of(judge, quality, remedy=REMEDY)):
            listener(Notice(notice))
    return found


def _late_notices(
    judges: Sequence[CriticJudge], tested: Sequence[CriticQuality], critics: Critics
) -> Iterator[str]:
    """Yield what is to be said of critics without canaries, once it is known if they were asked."""
    known = {quality.version: quality for quality in critics.found()["critics"]}
    for judge, quality in zip(judges, tested, strict=True):
        if quality.canary is None:
            notice = notice_of(judge, known[judge.version], remedy=REMEDY)
            yield from [notice] if notice else []


def _heuristics(options: TagOptions, casting: Casting | None) -> list[Heuristic]:
    if casting and not options.heuristics:
        return heuristics_of(casting.loaded)
    every = (Choice(name, (), {}) for name in HEURISTICS.names())
    return [HEURISTICS.make(choice) for choice in options.heuristics or every]


async def _told(
    records: AsyncIterator[TreeRecord], listener: Listener
) -> AsyncIterator[TreeRecord]:
    async for record in records:
        yield record
        listener(TreeTagged(sum(1 for _ in messages(record.tree))))


async def _in_order(
    trees: _Trees, tagger: Tagger, seed: int, critics: Critics
) -> AsyncGenerator[TreeRecord]:
    """Yield tagged trees in the order of the file, several tagged at a time."""
    running: deque[asyncio.Task[TreeRecord]] = deque()
    try:
        for record, cast in trees:
            critics.before(record)
            work = tagger.tag_tree(
                record.tree, seed, notes=record.notes, cast=cast, systems=record.systems
            )
            running.append(asyncio.create_task(work))
            if len(running) >= TREES_AHEAD:
                yield await running.popleft()
        while running:
            yield await running.popleft()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
