"""Time and memory of an import as it grows: rows of `messages` into merged trees.

    python benchmarks/imports.py [MESSAGES ...]

For each size a file of conversations is made first (six messages of 350 characters, every third
row with the first message of an earlier one), which is not timed. Then a process of its own
imports it. Reported are its CPU time on one core, the peak of its resident memory, and what an
interpreter holds that has only imported the same modules.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from exports import WORDS, peak

from dialoom.build.importing import ImportOptions, import_files

SIZES = (1_000, 10_000, 100_000, 1_000_000)
TURNS = 6


def main() -> None:
    if sys.argv[1:2] == ["--import"]:
        print(json.dumps(imported(Path(sys.argv[2]), Path(sys.argv[3]))))
        return
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    print(
        f"{'messages':>10}{'file MB':>10}{'rows':>9}{'trees':>9}{'CPU s':>8}{'MB':>6}{'idle MB':>9}"
    )
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            print(measured(size, Path(folder)), flush=True)


def measured(size: int, folder: Path) -> str:
    rows = folder / "rows.jsonl"
    with rows.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"messages": row}) + "\n" for row in conversations(size))
    command = [sys.executable, __file__, "--import", str(rows), str(folder / "trees.jsonl")]
    found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return (
        f"{size:>10,}{rows.stat().st_size / 1e6:>10.1f}{found['rows']:>9,}{found['trees']:>9,}"
        f"{found['seconds']:>8.2f}{found['peak']:>6.0f}{found['idle']:>9.0f}"
    )


def imported(rows: Path, out: Path) -> dict[str, float]:
    idle, start = peak(), time.process_time()
    done = import_files([str(rows)], out, ImportOptions())
    seconds = time.process_time() - start
    return {
        "rows": done.rows,
        "trees": done.trees,
        "seconds": seconds,
        "peak": peak(),
        "idle": idle,
    }


def conversations(size: int) -> Iterator[list[dict[str, str]]]:
    """Yield conversations until they hold `size` messages; the same ones each time."""
    draw = random.Random(0)
    first = ""
    for number in range(-(-size // TURNS)):
        texts = [" ".join(draw.choices(WORDS, k=50)) for _ in range(TURNS)]
        first = first if number % 3 == 2 else texts[0]
        yield [
            {"role": "assistant" if place % 2 else "user", "content": text}
            for place, text in enumerate([first, *texts[1:]])
        ]


if __name__ == "__main__":
    main()
