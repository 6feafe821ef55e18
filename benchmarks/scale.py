"""Whether a run's cost a dialogue and its memory stay flat as the run grows.

    uv run python benchmarks/scale.py [DIALOGUES ...]

A scripted model answers at once. For each size a process grows the run, with journal, heuristics
and exports, and another takes up the finished run again, which asks no model. The anchor is the
first, smallest run. Memory is the peak of the resident set: of the whole process, and what is
beyond an idle one, which has done a run of one dialogue.
"""

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from loguru import logger
from shop import CAST, LINES

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import RunOptions, simulate_run
from dialoom.chat import ChatRequest

SIZES = (100, 1_000, 10_000)

SCENE = f"""\
name: scale
{CAST.replace("a refund", "a refund for order {{ order_id }}")}
variables: {{order_id: {{pattern: "[A-Z]{{2}}[0-9]{{6}}"}}}}
turns: {{max: 4}}
stop: []
evaluate: {{heuristics: [empty, {{length: {{min: 2}}}}, near_identical], critic: null}}
"""


def reply(request: ChatRequest, seed: int) -> str:
    return f"{LINES[seed % 5]} {LINES[seed // 5 % 5]} It is case {seed}."


def simulated(folder: Path, dialogues: int) -> tuple[float, float]:
    """Run, or take up again, and return wall and CPU seconds."""
    scene = folder / "scale.yaml"
    scene.write_text(SCENE, encoding="utf-8")
    name = "scripted/scale"
    client = ScriptedClient(reply, name=name, record=False)
    options = RunOptions(model=name, sample=dialogues, out=folder / "run", concurrency=64)
    wall, cpu = time.perf_counter(), time.process_time()
    run = asyncio.run(simulate_run(scene, options, clients={name: client}))
    assert run.summary.trees == dialogues
    return time.perf_counter() - wall, time.process_time() - cpu


def peak() -> float:
    """Return the most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def worker(folder: Path, dialogues: int) -> None:
    with tempfile.TemporaryDirectory() as small:
        simulated(Path(small), 1)  # imports and caches
    idle = peak()
    wall, cpu = simulated(folder, dialogues)
    print(json.dumps({"wall": wall, "cpu": cpu, "idle": idle, "peak": peak()}))


def asked(folder: Path, dialogues: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--worker", str(folder), str(dialogues)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def measured(folder: Path, dialogues: int) -> tuple[float, float, float]:
    """Print the row of a size; return CPU a dialogue, memory, and memory beyond an idle process."""
    grown = asked(folder, dialogues)
    manifest = json.loads((folder / "run" / "manifest.json").read_text(encoding="utf-8"))
    size = (folder / "run" / "run.db").stat().st_size / manifest["summary"]["messages"]
    again = asked(folder, dialogues)
    each, held = grown["cpu"] / dialogues, grown["peak"] - grown["idle"]
    print(
        f"{dialogues:>9,} {each * 1000:>13.2f} {grown['idle']:>8.0f} {held:>8.1f} {size:>11,.0f} "
        f"{again['cpu']:>10.2f} {again['wall']:>9.2f} {again['peak'] - again['idle']:>8.1f}",
        flush=True,
    )
    return each, grown["peak"], held


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    print(
        f"{'dialogues':>9} {'CPU ms each':>13} {'idle MB':>8} {'more MB':>8} {'B/message':>11} "
        f"{'resume CPU':>10} {'resume s':>9} {'more MB':>8}"
    )
    rows = []
    for dialogues in sizes:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measured(Path(folder), dialogues))
    each, memory, beyond = (last / first for first, last in zip(rows[0], rows[-1], strict=True))
    print("\nlast to first:")
    print(f"CPU a dialogue {each:.2f} times")
    print(f"memory of the process {memory:.2f} times, what is beyond idle {beyond:.2f} times")


if __name__ == "__main__":
    logger.remove()
    if sys.argv[1:2] == ["--worker"]:
        worker(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
