"""CPU that a client spends for one candidate, against the stock SDK and plain HTTP clients.

    uv run python benchmarks/clients.py

A server in another process answers at once, so what is measured is the client's own work: body,
request, response, reply. 64 requests are in flight; each figure is the least of three rounds, in
milliseconds of CPU a candidate.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import httpx
import openai
from answering import Answering, response, serve, serving

from dialoom.agents.clients.base import ClientOptions
from dialoom.agents.clients.openai import OpenAIClient
from dialoom.chat import ChatMessage, ChatRequest, Sampling

IN_FLIGHT = 64
REQUESTS = 512
ROUNDS = 3
HISTORIES = (4, 20, 40)
SIBLINGS = 8
TEXT = "I understand, and I am sorry that this took so long. Let me look at it with you now. "

Ask = Callable[[tuple[ChatMessage, ...], int], Awaitable[object]]


def _response(count: int) -> bytes:
    choices = [
        {
            "index": i,
            "message": {"role": "assistant", "content": TEXT * 3},
            "finish_reason": "stop",
            "logprobs": None,
        }
        for i in range(count)
    ]
    usage = {"prompt_tokens": 900, "completion_tokens": 60 * count, "total_tokens": 0}
    reply = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
    return response({**reply, "choices": choices, "usage": usage})


class Instant(Answering):
    """Answers each request with a fixed body as soon as it is there."""

    ONE, SEVERAL = _response(1), _response(SIBLINGS)

    def answer(self, head: bytes, body: bytes) -> None:
        several = b'"n":%d' % SIBLINGS in body.replace(b'": ', b'":')
        self.transport.write(self.SEVERAL if several else self.ONE)


async def clients(url: str, stack: AsyncExitStack) -> dict[str, Ask]:
    """Return a way to ask for each client, the anchors below our own."""
    ours = OpenAIClient("m", ClientOptions(base_url=url))
    stack.push_async_callback(ours.close)
    sdk = await stack.enter_async_context(_sdk(url))
    fast = await stack.enter_async_context(_sdk(url, openai.DefaultAioHttpClient()))
    session = await stack.enter_async_context(aiohttp.ClientSession())
    limits = httpx.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT)
    plain = await stack.enter_async_context(httpx.AsyncClient(limits=limits))

    async def dialoom(messages: tuple[ChatMessage, ...], n: int) -> object:
        request = ChatRequest(messages, Sampling(temperature=0.7, max_tokens=400), (1,) * n)
        return await ours._ask(request, request.seeds)

    async def raw_aiohttp(messages: tuple[ChatMessage, ...], n: int) -> object:
        async with session.post(f"{url}/chat/completions", json=_body(messages, n)) as response:
            return await response.json()

    async def raw_httpx(messages: tuple[ChatMessage, ...], n: int) -> object:
        response = await plain.post(f"{url}/chat/completions", json=_body(messages, n))
        return response.json()

    def post(client: openai.AsyncOpenAI) -> Ask:
        async def ask(messages: tuple[ChatMessage, ...], n: int) -> object:
            body = _body(messages, n)
            return await client.post("/chat/completions", body=body, cast_to=object)

        return ask

    def create(client: openai.AsyncOpenAI) -> Ask:
        async def ask(messages: tuple[ChatMessage, ...], n: int) -> object:
            return await client.chat.completions.create(**_body(messages, n))

        return ask

    return {
        "dialoom OpenAIClient": dialoom,
        "raw aiohttp": raw_aiohttp,
        "raw httpx": raw_httpx,
        "AsyncOpenAI.post, aiohttp": post(fast),
        "AsyncOpenAI.post": post(sdk),
        "chat.completions.create, aiohttp": create(fast),
        "chat.completions.create": create(sdk),
    }


def _sdk(url: str, http_client: Any = None) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(api_key="none", base_url=url, max_retries=0, http_client=http_client)


def _body(messages: tuple[ChatMessage, ...], n: int) -> dict[str, Any]:
    body = {"model": "m", "messages": messages, "temperature": 0.7, "max_tokens": 400, "seed": 1}
    return {**body, "n": n} if n > 1 else body


def history(length: int) -> tuple[ChatMessage, ...]:
    system: ChatMessage = {"role": "system", "content": "You are Ada, who answers calls. " * 30}
    said: list[ChatMessage] = [
        {"role": "assistant" if i % 2 else "user", "content": TEXT * 2} for i in range(length)
    ]
    return (system, *said)


async def milliseconds(ask: Ask, length: int, n: int) -> float:
    """Return the CPU time of a candidate."""
    messages, rounds = history(length), []
    await _round(ask, messages, n, IN_FLIGHT)
    count = REQUESTS // n
    for _ in range(ROUNDS):
        started = time.process_time()
        await _round(ask, messages, n, count)
        rounds.append((time.process_time() - started) / count / n * 1000)
    return min(rounds)


async def _round(ask: Ask, messages: tuple[ChatMessage, ...], n: int, count: int) -> None:
    left = iter(range(count))

    async def worker() -> None:
        for _ in left:
            await ask(messages, n)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(IN_FLIGHT, count)):
            group.create_task(worker())


async def measure(url: str) -> dict[str, list[float]]:
    table: dict[str, list[float]] = {}
    heads = [*(f"{length} messages" for length in HISTORIES), f"20, n={SIBLINGS}"]
    print(f"{'CPU ms a candidate':34}" + "".join(f"{head:>14}" for head in heads))
    async with AsyncExitStack() as stack:
        for name, ask in (await clients(url, stack)).items():
            row = [await milliseconds(ask, length, 1) for length in HISTORIES]
            row.append(await milliseconds(ask, 20, SIBLINGS))
            table[name] = row
            print(f"{name:34}" + "".join(f"{value:14.3f}" for value in row), flush=True)
    return table


def judge(table: dict[str, list[float]]) -> None:
    ours, stock = table["dialoom OpenAIClient"], table["chat.completions.create"]
    flatness = max(ours[:3]) / min(ours[:3])
    print(f"\nours at 20 messages: {ours[1]:.2f} ms (goal: 1 ms at most)")
    print(f"from 4 to 40 messages: {flatness:.2f} times (goal: 1.5 at most)")
    print(f"less than the stock SDK: {stock[1] / ours[1]:.0f} times (goal: 10 at least)")
    print(f"with n={SIBLINGS}: {ours[3]:.2f} ms (goal: 0.5 ms at most)")


def main() -> None:
    with serving(__file__) as url:
        judge(asyncio.run(measure(url)))


if __name__ == "__main__":
    asyncio.run(serve(Instant)) if "--serve" in sys.argv else main()
