"""Framework CPU a model call: 128 trees at once on an instant scripted model.

    uv run python benchmarks/framework.py

Prints, for whole runs with journal and exports, the CPU time of this process divided by the model
calls made: without evaluation, at widths 1 and 3, and with all heuristics and the evidence.
"""

import asyncio
import tempfile
import time
from pathlib import Path

from loguru import logger
from shop import CAST, LINES

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import RunOptions, simulate_run
from dialoom.chat import ChatRequest

ROUNDS = 5
"""A shared machine is disturbed now and then: the least of several is nearest to the truth."""

SCENE = """\
name: bench
{cast}
sample: 512
turns: {{max: 10}}
stop: []
branch: {{assistant: {{width: {width}}}}}
evaluate: {{heuristics: {heuristics}, critic: null}}
"""

WORDS = tuple(dict.fromkeys(" ".join(LINES).lower().replace(",", "").replace(".", "").split()))


def reply(request: ChatRequest, seed: int) -> str:
    """Return words that differ from reply to reply, as a model's do."""
    step = seed % 53 + 1
    words = (WORDS[(seed // 53 + step * place * place) % len(WORDS)] for place in range(1, 19))
    return f"{' '.join(words)}."


def measure(width: int, heuristics: str) -> tuple[int, float]:
    client = ScriptedClient(reply, name="scripted/bench", record=False)
    calls = 0

    def count(event: object) -> None:
        nonlocal calls
        calls += type(event).__name__ == "CallFinished"

    with tempfile.TemporaryDirectory() as folder:
        scene = Path(folder) / "bench.yaml"
        scene.write_text(
            SCENE.format(cast=CAST, width=width, heuristics=heuristics), encoding="utf-8"
        )
        options = RunOptions(model="scripted/bench", out=Path(folder) / "run", concurrency=128)
        started = time.process_time()
        asyncio.run(
            simulate_run(scene, options, listeners=[count], clients={"scripted/bench": client})
        )
        return calls, time.process_time() - started


def main() -> None:
    logger.remove()
    measure(1, "[]")  # warm up: imports and caches
    print(
        f"{'width':>5}  {'heuristics':<12} {'calls':>6} {'ms CPU a call: least':>21} {'median':>7}"
    )
    for width, heuristics in ((1, "[]"), (3, "[]"), (1, "null")):
        runs = [measure(width, heuristics) for _ in range(ROUNDS)]
        each = sorted(seconds / calls * 1000 for calls, seconds in runs)
        name = "none" if heuristics == "[]" else "all"
        calls = runs[0][0]
        print(f"{width:>5}  {name:<12} {calls:>6} {each[0]:>21.3f} {each[len(each) // 2]:>7.3f}")


if __name__ == "__main__":
    main()
