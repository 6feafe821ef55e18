"""Calls of a client of models from a plain test: asked, streamed and called off."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from autogen_core import CancellationToken
from servers import Answer, FakeServer

from dialoom.agents.clients.base import ModelClient
from dialoom.chat import ChatRequest, Completion, Sampling

__all__ = ["asked", "call_off", "chat", "streamed"]


def chat(
    text: str = "Hello",
    *,
    seeds: tuple[int, ...] = (7,),
    json_schema: Mapping[str, Any] | None = None,
    top_logprobs: int = 0,
    **sampling: Any,
) -> ChatRequest:
    """Return a request of two messages."""
    return ChatRequest(
        messages=({"role": "system", "content": "You are Ada."}, {"role": "user", "content": text}),
        sampling=Sampling(**sampling),
        seeds=seeds,
        json_schema=json_schema,
        top_logprobs=top_logprobs,
    )


def asked(client: ModelClient, *requests: ChatRequest, prepare: bool) -> list[list[Completion]]:
    """Return the completions of each request, one request after another; close the client."""

    async def run() -> list[list[Completion]]:
        try:
            if prepare:
                await client.prepare()
            return [await client.complete(one) for one in requests]
        finally:
            await client.close()

    return asyncio.run(run())


def streamed(client: ModelClient, request: ChatRequest) -> list[str | Completion]:
    """Return what the client streams; close it."""

    async def run() -> list[str | Completion]:
        try:
            return [piece async for piece in client.stream(request)]
        finally:
            await client.close()

    return asyncio.run(run())


def call_off(client: ModelClient, server: FakeServer) -> None:
    """Cancel the token of a request that the server leaves unanswered, and see it end."""

    async def run() -> None:
        token = CancellationToken()
        asking = asyncio.ensure_future(client.complete(chat(), cancellation_token=token))
        while not server.received:
            await asyncio.sleep(0.005)
        token.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await client.close()

    server.next_answers.append(Answer(fault="hang"))
    asyncio.run(asyncio.wait_for(run(), timeout=10))
