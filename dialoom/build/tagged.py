"""Tagged trees into files: the trees, every verdict, and the evidence for trusting them."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from pydantic_core import from_json, to_json

from dialoom.build.filtering import Gathered
from dialoom.build.quality import Evidence, write_quality
from dialoom.evaluators.duplicates import DuplicateTexts
from dialoom.evaluators.keep import Filter, Filtered
from dialoom.evaluators.variety import Variety
from dialoom.exporters.base import written_whole
from dialoom.messages import messages, parse_tree, tree_line
from dialoom.quality import FunnelStep
from dialoom.records import with_drops
from dialoom.tree import TreeRecord
from dialoom.verdicts import Verdict

__all__ = ["TagFiles", "Tagged", "write_tagged"]


@dataclass(frozen=True, slots=True)
class TagFiles:
    """Where tagging writes."""

    trees: Path
    verdicts: Path
    quality: Path
    calls: Path
    """A folder with the answers of critics and scorers."""

    @classmethod
    def beside(cls, trees: Path) -> "TagFiles":
        """Return the files that stand beside a file of trees."""
        name = trees.name.removesuffix(".gz").removesuffix(".jsonl")
        verdicts, quality = f"{name}.verdicts.jsonl", f"{name}.quality.json"
        calls = trees.with_name(f"{name}.calls")
        return cls(trees, trees.with_name(verdicts), trees.with_name(quality), calls)


@dataclass(slots=True)
class Tagged:
    """What came of tagging a file."""

    trees: int = 0
    messages: int = 0
    rejected: int = 0
    ranked: int = 0
    """Messages that have a rank, by whomever."""
    dropped: int = 0
    """Messages that the rules given to keep drop."""
    findings: Counter[str] = field(default_factory=Counter)
    """Messages by what heuristics found, label and severity."""
    failures: Counter[str] = field(default_factory=Counter)
    """Failed judgements by evaluator."""
    funnel: list[FunnelStep] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, record: TreeRecord) -> None:
        """Count a tagged tree."""
        self.trees += 1
        for message in messages(record.tree):
            self.messages += 1
            self.rejected += message.review_result is False
            self.ranked += message.rank is not None
        for notes in record.notes.values():
            found = {(v.name, v.severity) for v in notes.verdicts if v.kind == "heuristic"}
            self.findings.update(f"{name} ({severity})" for name, severity in found)
            self.failures.update(failure.evaluator for failure in notes.failures)

    def end(self, filtered: Filtered) -> None:
        """Take what the rules come to."""
        self.dropped, self.funnel = len(filtered.drops), list(filtered.funnel)
        self.warnings = list(filtered.warnings)


async def write_tagged(
    records: AsyncIterator[TreeRecord],
    files: TagFiles,
    rules: Filter,
    duplicates: DuplicateTexts,
    critics: Evidence,
) -> Tagged:
    """Write tagged trees, one in memory at a time, and return what came of them.

    Which messages are dropped shows when all are tagged, so trees wait in a temporary file.

    Args:
        records: Trees as they are tagged.
        files: Where things go; each appears when it is whole.
        rules: What drops messages.
        duplicates: Which the rules look at.
        critics: Evidence of the critics.

    Raises:
        ExportError: a file can't be written.
    """
    tagged, variety = Tagged(), Variety()
    with (
        written_whole(files.trees) as trees,
        written_whole(files.verdicts) as reasons,
        TemporaryFile() as waiting,
    ):
        async for record in records:
            tagged.add(record)
            for part in (critics, duplicates, rules):
                part.add(record)
            _put(waiting, record)
            _write(reasons, _verdict_rows(record))
        filtered = rules.filtered()
        _write(reasons, (_row(name, verdict) for name, verdict in filtered.drops.items()))
        for record in _taken(waiting):
            kept = with_drops(record, filtered.drops)
            variety.add(kept)
            trees.write(tree_line(kept.tree).encode() + b"\n")
    tagged.end(filtered)
    write_quality(files.quality, (critics, Gathered(rules), Gathered(duplicates), variety))
    return tagged


def _write(file: IO[bytes], rows: Iterable[Mapping[str, Any]]) -> None:
    file.writelines(to_json(row) + b"\n" for row in rows)


def _put(waiting: IO[bytes], record: TreeRecord) -> None:
    waiting.write(to_json(record.systems) + b"\n" + tree_line(record.tree).encode() + b"\n")


def _taken(waiting: IO[bytes]) -> Iterator[TreeRecord]:
    waiting.seek(0)
    for systems in waiting:
        yield TreeRecord(parse_tree(waiting.readline()), systems=from_json(systems))


def _verdict_rows(record: TreeRecord) -> Iterator[Mapping[str, Any]]:
    for message_id, notes in record.notes.items():
        for verdict in notes.verdicts:
            yield _row(message_id, verdict)
        for failure in notes.failures:
            yield {
                "message_id": message_id,
                "evaluator": failure.evaluator,
                "version": failure.version,
                "error": failure.error,
                "reason": failure.message,
            }


def _row(message_id: str, verdict: Verdict) -> Mapping[str, Any]:
    return {
        "message_id": message_id,
        "evaluator": verdict.evaluator,
        "version": verdict.version,
        "name": verdict.name,
        "value": verdict.value,
        "severity": verdict.severity,
        "reason": verdict.reason,
        "span": verdict.span,
    }
