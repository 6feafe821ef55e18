"""How full a run keeps an endpoint: calls a second against in-flight over latency, on one core.

    uv run python benchmarks/rate.py

A server in another process answers each request after 200 ms, however many there are. Whole runs
go against it, with journal and all heuristics, this process bound to one core and the server to
another. Counted are the middle four fifths of the calls, when all trees run. No client can exceed
the requests in flight divided by 200 ms. The anchor is a loop around raw aiohttp that does nothing
with the answers, under the same conditions: what it lacks to 100 % is the machine's.
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
from answering import Answering, response, serve, serving
from loguru import logger
from shop import CAST, LINES

from dialoom.agents.clients.base import ClientOptions
from dialoom.build import RunOptions, simulate_run
from dialoom.events import CallFinished, Event

LATENCY = 0.2
SECONDS = 12.0
TURNS = 10
IN_FLIGHT = (1, 16, 64, 256)

SCENE = f"""\
name: rate
{CAST}
turns: {{max: {TURNS}}}
stop: []
branch: {{assistant: {{width: 1}}}}
evaluate: {{critic: null}}
"""

SAID = (
    *LINES,
    "It should have come with the first delivery of the week, so something went wrong.",
    "Thank you for your patience so far, we do want to put this right.",
)


class Late(Answering):
    """Answers each request 200 ms after it came."""

    asked = 0

    def answer(self, head: bytes, body: bytes) -> None:
        is_list = head.startswith(b"GET")
        value = _models() if is_list else _reply(b'"n":2' in body)
        delay = 0.0 if is_list else LATENCY
        asyncio.get_running_loop().call_later(delay, self.transport.write, response(value))


def _models() -> object:
    return {"object": "list", "data": [{"id": "m", "max_model_len": 32768}]}


def _reply(several: bool) -> object:
    Late.asked += 1
    place = Late.asked
    parts = [SAID[(place * step + step) % len(SAID)] for step in (1, 3, 5)]
    text = f"{' '.join(dict.fromkeys(parts))} It is case {place * 7919 % 100_003}."
    said = {"role": "assistant", "content": text}
    choices = [{"index": i, "message": said, "finish_reason": "stop"} for i in range(1 + several)]
    return {"choices": choices, "usage": {"prompt_tokens": 400, "completion_tokens": 40}}


class Calls:
    """When each call was finished."""

    def __init__(self) -> None:
        self.moments: list[float] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, CallFinished):
            self.moments.append(time.perf_counter())

    def rate(self) -> float:
        """Return the calls a second over the middle four fifths."""
        tenth = len(self.moments) // 10
        middle = self.moments[tenth : len(self.moments) - tenth]
        return (len(middle) - 1) / (middle[-1] - middle[0])


def measure(url: str, in_flight: int) -> tuple[float, float]:
    """Return calls a second, and the CPU seconds of this process for a call."""
    trees = max(in_flight, round(in_flight * SECONDS / LATENCY / TURNS))
    calls = Calls()
    with tempfile.TemporaryDirectory() as folder:
        scene = Path(folder) / "rate.yaml"
        scene.write_text(SCENE, encoding="utf-8")
        options = RunOptions(
            model="openai/m",
            out=Path(folder) / "run",
            sample=trees,
            client=ClientOptions(base_url=url, in_flight=in_flight),
        )
        started = time.process_time()
        asyncio.run(simulate_run(scene, options, listeners=[calls]))
        spent = time.process_time() - started
    return calls.rate(), spent / len(calls.moments)


async def anchor(url: str, in_flight: int) -> float:
    """Return the calls a second of raw aiohttp."""
    message = {"role": "user", "content": " ".join(SAID * 4)}
    body = {"model": "m", "messages": [message] * 4, "seed": 1}
    left = iter(range(round(in_flight * SECONDS / LATENCY / 2)))
    calls = Calls()

    async def worker(session: aiohttp.ClientSession) -> None:
        for _ in left:
            async with session.post(f"{url}/chat/completions", json=body) as response:
                await response.json()
            calls.moments.append(time.perf_counter())

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(worker(session))
    return calls.rate()


def bind(core: int) -> None:
    """Keep this process on one core, where the system can and there are two."""
    if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[core]})


def main() -> None:
    logger.remove()
    with serving(__file__) as url:
        bind(0)
        measure(url, 16)  # imports and caches
        print(f"{'in flight':>9} {'calls/s':>8} {'share':>7} {'anchor':>7} {'ms CPU a call':>14}")
        for in_flight in IN_FLIGHT:
            rate, cpu = measure(url, in_flight)
            share = rate * LATENCY / in_flight
            most = asyncio.run(anchor(url, in_flight)) * LATENCY / in_flight
            row = f"{in_flight:>9} {rate:>8.1f} {share:>7.1%} {most:>7.1%} {cpu * 1000:>14.2f}"
            print(row, flush=True)
        print(f"\none core sustains about {1 / cpu:,.0f} calls a second (1 s over the CPU)")
        print("goal: 95 % of the most at 64 in flight")


if __name__ == "__main__":
    if "--serve" in sys.argv:
        bind(-1)
        asyncio.run(serve(Late))
    else:
        main()
