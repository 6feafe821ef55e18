"""Time and memory of an export as it grows: trees from a file to rows, parquet, and a Hub folder.

    python benchmarks/exports.py [MESSAGES ...]

For each size a file of trees is made first (three candidates a turn, six turns, 12 messages a
tree, 350 characters a message), which is not timed. Then processes of their own read it and write
SFT rows and DPO pairs (`lines`), the same as parquet, and a data set for the Hub. Reported are
each one's CPU time and the peak of its resident memory, and what an interpreter holds that has
only imported the same modules.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from dialoom.exporters.base import Exporter, export, write_lines
from dialoom.exporters.dpo import Dpo
from dialoom.exporters.oasst import Oasst
from dialoom.exporters.parquet import Parquet
from dialoom.exporters.sft import Sft
from dialoom.hub.folder import export_hub
from dialoom.imports.oasst import read_records
from dialoom.messages import Label, Message, MessageTree
from dialoom.tree import TreeRecord

SIZES = (1_000, 10_000, 100_000, 1_000_000)
TURNS, WIDTH = 6, 3
WORDS = [
    f"{first}{second}{third}"
    for first in ("re", "or", "un", "pa", "de", "li", "so")
    for second in ("tur", "der", "cel", "pos", "ma", "ri")
    for third in ("n", "t", "ed", "ing", "s", "er")
]


def main() -> None:
    if sys.argv[1:2] == ["--export"]:
        print(json.dumps(measured(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))))
        return
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    heads = "".join(f"{kind + ' s':>11}{'MB':>6}" for kind in KINDS)
    print(f"{'messages':>10}{'trees MB':>10}{'sft':>9}{'dpo':>9}{heads}{'idle MB':>9}")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            print(figures(size, Path(folder)), flush=True)


def figures(size: int, folder: Path) -> str:
    trees = folder / "trees.jsonl"
    write_lines(trees, Oasst().lines(grown(size)))
    found = []
    for kind in KINDS:
        command = [sys.executable, __file__, "--export", kind, str(trees), str(folder / kind)]
        answer = subprocess.run(command, check=True, capture_output=True).stdout
        found.append(json.loads(answer))
    took = "".join(f"{one['seconds']:>11.2f}{one['peak']:>6.0f}" for one in found)
    return (
        f"{size:>10,}{trees.stat().st_size / 1e6:>10.1f}{found[0]['sft']:>9,}{found[0]['dpo']:>9,}"
        f"{took}{found[0]['idle']:>9.0f}"
    )


def measured(kind: str, trees: Path, folder: Path) -> dict[str, float]:
    idle, start = peak(), time.process_time()
    counts = KINDS[kind](trees, folder)
    return {**counts, "seconds": time.process_time() - start, "peak": peak(), "idle": idle}


def lines(trees: Path, folder: Path) -> dict[str, int]:
    """Write SFT rows and DPO pairs as JSON lines, in one pass over the trees."""
    exporters: list[Exporter] = [Sft(), Dpo()]
    counts = export(folder, exporters, read_records(trees))
    return {exporter.name: counts[exporter.file_name] for exporter in exporters}


def parquet(trees: Path, folder: Path) -> dict[str, int]:
    """Write the same as parquet."""
    exporters: list[Exporter] = [Sft(), Dpo()]
    form = Parquet({exporter.file_name: exporter for exporter in exporters})
    export(folder, exporters, read_records(trees), form=form)
    return {}


def hub(trees: Path, folder: Path) -> dict[str, int]:
    """Write a data set for the Hub: SFT, DPO, KTO, messages, trees, their digests and the card."""
    export_hub(trees, folder)
    return {}


KINDS: dict[str, Callable[[Path, Path], dict[str, int]]] = {
    "lines": lines,
    "parquet": parquet,
    "hub": hub,
}


def peak() -> float:
    """Return the most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def grown(size: int) -> Iterator[TreeRecord]:
    """Yield trees until they hold `size` messages; the same ones each time."""
    draw = random.Random(0)
    made = number = 0
    while made < size:
        here = prompt = message(draw, f"{number}", None)
        made += 1
        for turn in range(1, TURNS):
            width = WIDTH if turn % 2 else 1
            replies = [
                message(draw, f"{here.message_id}.{place}", here, turn) for place in range(width)
            ]
            here.replies = ranked(replies) if width > 1 else replies
            here = here.replies[0]
            made += width
        yield TreeRecord(
            MessageTree(message_tree_id=f"{number}", prompt=prompt, origin="benchmark")
        )
        number += 1


def message(draw: random.Random, name: str, parent: Message | None, turn: int = 0) -> Message:
    score = draw.choice((0.25, 0.5, 0.75, 1.0))
    return Message(
        message_id=name,
        parent_id=parent.message_id if parent else None,
        user_id="agent" if turn % 2 else "ada",
        text=" ".join(draw.choices(WORDS, k=50)),
        role="assistant" if turn % 2 else "prompter",
        lang="en",
        review_result=True,
        replies=[],
        labels={"score": Label(value=score, count=1)} if turn % 2 else {},
    )


def ranked(replies: list[Message]) -> list[Message]:
    """Return siblings best first, ranked as a run ranks them: a tie has no rank."""
    ordered = sorted(replies, key=lambda reply: -score(reply))
    scores = sorted({score(reply) for reply in ordered}, reverse=True)
    seen: set[float] = set()
    for reply in ordered:
        reply.rank = None if score(reply) in seen else scores.index(score(reply))
        seen.add(score(reply))
    return ordered


def score(reply: Message) -> float:
    return (reply.labels or {})["score"].value or 0.0


if __name__ == "__main__":
    main()
