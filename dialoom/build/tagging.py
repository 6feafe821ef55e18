"""`tag`: evaluators over trees from anywhere, without generating a word."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic_core import to_json

from dialoom.agents.clients.base import ClientOptions
from dialoom.build.calibrating import notice_of, put_to_test
from dialoom.build.models import ModelBook
from dialoom.build.quality import Critics, Evidence, write_quality
from dialoom.build.sources import records_from
from dialoom.chat import ChatRequest, Completion
from dialoom.evaluators.base import HEURISTICS, Heuristic
from dialoom.evaluators.critic import CriticJudge
from dialoom.evaluators.tagger import Tagger
from dialoom.events import Listener, Notice
from dialoom.exporters.base import written_whole
from dialoom.messages import messages, tree_line
from dialoom.quality import CriticQuality
from dialoom.scenarios.model import Critic
from dialoom.spec import Choice
from dialoom.tree import TreeRecord

__all__ = ["TagOptions", "Tagged", "quality_beside", "tag_file"]

TREES_AHEAD = 16
"""Trees tagged at a time, so that the critic's model is kept busy."""


@dataclass(frozen=True, slots=True)
class TagOptions:
    """What to tag with."""

    heuristics: tuple[str, ...] = ()
    """Registered names; none given takes all."""
    critics: tuple[str, ...] = ()
    """Models that judge, as `provider/model`; none given asks no model."""
    rubric: tuple[str, ...] = ()
    """OASST label names; none given takes a scenario's default."""
    canaries: int = Critic().canaries
    """Replies that are spoilt to put the critics to the test; 0 does not."""
    trust: Literal["auto", "always", "never"] = "auto"
    """Whether the critics' scores decide ranks; `auto` lets their canaries decide."""
    seed: int = 0
    client: ClientOptions = field(default_factory=ClientOptions)


@dataclass(slots=True)
class Tagged:
    """What came of tagging a file."""

    trees: int = 0
    messages: int = 0
    rejected: int = 0
    ranked: int = 0
    """Messages that have a rank, by whomever."""
    findings: Counter[str] = field(default_factory=Counter)
    """Messages by what heuristics found, label and severity."""
    failures: Counter[str] = field(default_factory=Counter)
    """Failed judgements by evaluator."""


async def tag_file(
    source: Path, out: Path, verdicts: Path, options: TagOptions, *, listener: Listener
) -> Tagged:
    """Tag the trees of a run or an OASST file and write them, and every verdict, to files.

    The evidence for trusting them goes to `quality_beside(out)`.

    Args:
        source: A run's directory or a `.jsonl` file of trees.
        out: OASST trees, with labels and ranks beside those that were there.
        verdicts: One JSON object for each verdict or failed judgement, with its reason.
        options: What to tag with.
        listener: Is told what a person should know of the critic.

    Raises:
        InputError: the source, a heuristic's or a label's name is wrong.
        ModelError: the critic's model can't be used.
        ExportError: a file can't be written.
    """
    book, journal = ModelBook({"critic": options.critics}, options.client), _Remembered()
    book.attach(journal, listener)
    try:
        judges = await _judges(book, options)
        tested = await _tested(source, judges, journal, options.seed, listener)
        tagger = Tagger(_heuristics(options.heuristics), *judges, listener=listener)
        critics = Critics(tested, judges[0].settings if judges else None)
        return await _written(source, out, verdicts, tagger, critics, options.seed)
    finally:
        await book.close()


def quality_beside(out: Path) -> Path:
    """Return where the evidence for a file of trees stands."""
    name = out.name.removesuffix(".gz").removesuffix(".jsonl")
    return out.with_name(f"{name}.quality.json")


class _Remembered:
    """Keeps the answers about replies that are spoilt, which are judged again in their trees."""

    def __init__(self) -> None:
        self._kept: dict[str, Sequence[Completion]] = {}
        self.keeps = True

    def find(self, key: str) -> list[Completion] | None:
        """Return an answer that was kept, or None."""
        answer = self._kept.get(key)
        return None if answer is None else list(answer)

    async def put(
        self, key: str, model: str, request: ChatRequest, answer: Sequence[Completion]
    ) -> None:
        """Keep an answer, as long as any are."""
        if self.keeps:
            self._kept[key] = answer


async def _judges(book: ModelBook, options: TagOptions) -> list[CriticJudge]:
    settings: dict[str, Any] = {"canaries": options.canaries, "trust": options.trust}
    if options.rubric:
        settings["rubric"] = options.rubric
    endpoints = book.of_role("critic")
    for endpoint in endpoints:
        await endpoint.prepare()
    return [CriticJudge(endpoint, Critic(**settings)) for endpoint in endpoints]


async def _tested(
    source: Path,
    judges: Sequence[CriticJudge],
    journal: _Remembered,
    seed: int,
    listener: Listener,
) -> list[CriticQuality]:
    """Return what the critics' canaries show; what follows is then tagged only once."""
    records = ((record, dict[str, str]()) for record in records_from(source))
    found = await put_to_test(records, judges, seed=seed, judged=False)
    journal.keeps = False
    for judge, quality in zip(judges, found, strict=True):
        if notice := notice_of(judge, quality):
            listener(Notice(notice))
    return found


def _heuristics(names: tuple[str, ...]) -> list[Heuristic]:
    return [HEURISTICS.make(Choice(name, (), {})) for name in names or HEURISTICS.names()]


async def _written(
    source: Path, out: Path, verdicts: Path, tagger: Tagger, critics: Critics, seed: int
) -> Tagged:
    tagged = Tagged()
    evidence: list[Evidence] = [critics]
    with written_whole(out) as trees, written_whole(verdicts) as reasons:
        async for record in _in_order(source, tagger, seed, critics):
            trees.write(tree_line(record.tree).encode() + b"\n")
            reasons.writelines(to_json(row) + b"\n" for row in _verdict_rows(record))
            _count(tagged, record)
            for part in evidence:
                part.add(record)
    write_quality(quality_beside(out), evidence)
    return tagged


async def _in_order(
    source: Path, tagger: Tagger, seed: int, critics: Critics
) -> AsyncIterator[TreeRecord]:
    """Yield tagged trees in the order of the file, several tagged at a time."""
    running: deque[asyncio.Task[TreeRecord]] = deque()
    try:
        for record in records_from(source):
            critics.before(record)
            work = tagger.tag_tree(record.tree, seed, notes=record.notes, systems=record.systems)
            running.append(asyncio.create_task(work))
            if len(running) >= TREES_AHEAD:
                yield await running.popleft()
        while running:
            yield await running.popleft()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _verdict_rows(record: TreeRecord) -> Iterator[dict[str, Any]]:
    for message_id, notes in record.notes.items():
        for verdict in notes.verdicts:
            yield {
                "message_id": message_id,
                "evaluator": verdict.evaluator,
                "version": verdict.version,
                "name": verdict.name,
                "value": verdict.value,
                "severity": verdict.severity,
                "reason": verdict.reason,
                "span": verdict.span,
            }
        for failure in notes.failures:
            yield {
                "message_id": message_id,
                "evaluator": failure.evaluator,
                "version": failure.version,
                "error": failure.error,
                "reason": failure.message,
            }


def _count(tagged: Tagged, record: TreeRecord) -> None:
    tagged.trees += 1
    for message in messages(record.tree):
        tagged.messages += 1
        tagged.rejected += message.review_result is False
        tagged.ranked += message.rank is not None
    for notes in record.notes.values():
        found = {(v.name, v.severity) for v in notes.verdicts if v.kind == "heuristic"}
        tagged.findings.update(f"{name} ({severity})" for name, severity in found)
        tagged.failures.update(failure.evaluator for failure in notes.failures)
