"""Tokens per second of the embedded model through our client and without it, side by side.

    python benchmarks/embedded.py [--dialogues 2] [--turns 6] [--tokens 32] [--rounds 2] [--crowd 8]

Each dialogue grows by a customer's line and three candidate replies a turn; the engine starts
with an empty cache for each measurement. Both ways ask the same engine for the same prompts at
the same parallelism, in turn, so that a busy machine slows both. `cached` is the share of prompt
tokens that came from the prefix cache: of requests, and of completions, where siblings asked for
together each have the prompt that was computed once for all of them.

The last two rows are what scheduling is worth: a crowd of dialogues, `planned` as runs do it, the
siblings of a turn in one request and as many dialogues at a time as the slots are for; and
`all at once`, every candidate a request of its own and all dialogues together.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from dialoom.agents.clients.answers import Answers, chat_body
from dialoom.agents.clients.base import ClientOptions
from dialoom.agents.clients.embedded import EmbeddedClient, embedded
from dialoom.agents.clients.llamacpp import Engine, EngineSettings, borrow, give_back
from dialoom.agents.clients.weights import carried_weights
from dialoom.chat import ChatMessage, ChatRequest, Completion, Sampling

WIDTH = 3
SHEETS = (
    "You are Max, a customer of a small web shop whose parcel is {n} days late. You are annoyed. "
    + "You ordered a brass desk lamp and paid for express delivery. Speak in one short sentence. "
    * 9,
    "You are Ada, support agent of a small web shop, on shift number {n}. Be friendly and calm. "
    + "Never make up order numbers, dates or prices, and offer what the policy allows. " * 10,
)

Ask = Callable[[ChatRequest], Awaitable[list[Completion]]]


@dataclass
class Tally:
    generated: int = 0
    prompt: int = 0
    cached: int = 0
    prompt_each: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    texts: list[str] = field(default_factory=list)

    def add(self, completions: list[Completion]) -> None:
        self.generated += sum(one.usage.completion_tokens for one in completions)
        self.prompt += completions[0].usage.prompt_tokens
        self.cached += completions[0].usage.cached_tokens
        self.prompt_each += completions[0].usage.prompt_tokens * len(completions)
        self.texts += [one.text for one in completions]


def prompt(side: int, number: int, said: list[str]) -> tuple[ChatMessage, ...]:
    sheet: ChatMessage = {"role": "system", "content": SHEETS[side].format(n=number)}
    lines: list[ChatMessage] = [
        {"role": "assistant" if place % 2 == side else "user", "content": text}
        for place, text in enumerate(said)
    ]
    opening: list[ChatMessage] = [{"role": "user", "content": "Hello, how can I help?"}]
    return (sheet, *(opening if side == 0 else []), *lines)


async def dialogue(number: int, options: argparse.Namespace, ask: Ask, tally: Tally) -> None:
    said: list[str] = []
    sampling = Sampling(temperature=0.7, max_tokens=options.tokens)
    for turn in range(options.turns):
        for side, width in enumerate((1, WIDTH)):
            base = number * 10_000 + turn * 100 + side * 10
            seeds = tuple(range(base, base + width))
            completions = await ask(ChatRequest(prompt(side, number, said), sampling, seeds))
            tally.add(completions)
            said.append(completions[turn % width].text or "Hm.")


async def measured(
    options: argparse.Namespace, ask: Ask, dialogues: int = 0, together: int = 0
) -> Tally:
    """Have dialogues, at most `together` at a time; as many as the options say by default."""
    tally, count = Tally(), dialogues or options.dialogues
    places = asyncio.Semaphore(together or count)

    async def placed(number: int) -> None:
        async with places:
            await dialogue(number, options, ask, tally)

    started, cpu = time.perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(placed(number))
    tally.seconds = time.perf_counter() - started
    tally.cpu = time.process_time() - cpu
    return tally


def answered(engine: Engine, request: ChatRequest) -> list[Completion]:
    answers = Answers(len(request.seeds))

    def take(chunk: object) -> bool:
        answers.add(chunk)  # type: ignore[arg-type]
        return False

    engine.ask(chat_body(request, request.seeds), take)
    return answers.completions("raw", 0.0)


def made(options: argparse.Namespace) -> EmbeddedClient:
    return embedded("smollm2-135m", ClientOptions(slots=options.slots, threads=options.threads))


async def settled(options: argparse.Namespace) -> EngineSettings:
    client = made(options)
    await client.prepare()
    await client.close()
    assert client.settings is not None
    return client.settings


async def raw(options: argparse.Namespace, settings: EngineSettings) -> Tally:
    engine = borrow(carried_weights("smollm2-135m"), settings, "raw")
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(settings.slots) as threads:
        tally = await measured(
            options, lambda request: loop.run_in_executor(threads, answered, engine, request)
        )
    give_back(engine)
    return tally


async def through_client(options: argparse.Namespace) -> Tally:
    client = made(options)
    await client.prepare()
    tally = await measured(options, client.complete)
    await client.close()
    return tally


async def crowded(options: argparse.Namespace, *, planned: bool) -> Tally:
    client = made(options)
    await client.prepare()

    async def one_by_one(request: ChatRequest) -> list[Completion]:
        alone = [replace(request, seeds=(seed,)) for seed in request.seeds]
        return [one for (one,) in await asyncio.gather(*map(client.complete, alone))]

    ask = client.complete if planned else one_by_one
    together = client.traits.in_flight if planned else 0
    tally = await measured(options, ask, options.crowd, together)
    await client.close()
    return tally


def row(name: str, tally: Tally) -> str:
    each = 1 - (tally.prompt - tally.cached) / tally.prompt_each
    return (
        f"{name:12} {tally.generated / tally.seconds:7.1f} {tally.generated:7d}"
        f" {1000 * tally.cpu / tally.generated:9.2f} {tally.prompt:8d}"
        f" {tally.cached / tally.prompt:10.1%} {each:13.1%}"
    )


async def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name, default in (
        ("dialogues", 2),
        ("turns", 6),
        ("tokens", 32),
        ("rounds", 2),
        ("crowd", 8),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    for name in ("slots", "threads"):
        parser.add_argument(f"--{name}", type=int)
    options = parser.parse_args()
    print("way            tok/s  tokens  CPU ms/t   prompt  cached/req  cached/compl.")
    settings = await settled(options)
    ratios = []
    for number in range(options.rounds):
        bare = await raw(options, settings) if number % 2 else None
        ours = await through_client(options)
        bare = bare or await raw(options, settings)
        print(row("client", ours), row("raw", bare), sep="\n", flush=True)
        speed = ours.generated / ours.seconds * bare.seconds / bare.generated
        work = bare.cpu / bare.generated * ours.generated / ours.cpu
        ratios.append(f"{speed:.1%} by the clock, {work:.1%} by CPU time")
    print(f"client/raw: {'; '.join(ratios)}")
    for name, planned in (("planned", True), ("all at once", False)):
        print(row(name, await crowded(options, planned=planned)), flush=True)
    print(f"{settings}; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    asyncio.run(main())
