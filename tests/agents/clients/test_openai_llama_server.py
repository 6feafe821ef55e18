"""The OpenAI client against a real server of another project, with a real model."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from dialoom.agents.clients.base import ClientOptions
from dialoom.agents.clients.openai import OpenAIClient
from dialoom.chat import ChatRequest, Completion, Sampling
from dialoom.errors import ContextOverflow, UnknownModel

pytestmark = pytest.mark.embedded

T = TypeVar("T")
Ask = Callable[[OpenAIClient], Coroutine[Any, Any, T]]

REQUEST = ChatRequest(
    messages=(
        {"role": "system", "content": "You are Ada."},
        {"role": "user", "content": "Hi, what is your name?"},
    ),
    sampling=Sampling(temperature=0.8, max_tokens=16),
    seeds=(1,),
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    script = Path(__file__).parents[2] / "llama_server.py"
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        yield f"{server.stdout.readline().strip()}/v1"
        server.terminate()


@asynccontextmanager
async def prepared(url: str, model: str = "smollm2") -> AsyncIterator[OpenAIClient]:
    client = OpenAIClient(model, ClientOptions(base_url=url, timeout=60))
    try:
        await client.prepare()
        yield client
    finally:
        await client.close()


def run(url: str, ask: Ask[T]) -> T:
    async def asked() -> T:
        async with prepared(url) as client:
            return await ask(client)

    return asyncio.run(asked())


async def said(client: OpenAIClient) -> list[str | Completion]:
    return [piece async for piece in client.stream(REQUEST)]


def test_it_tells_what_it_can_do(url: str) -> None:
    async def traits(client: OpenAIClient) -> Any:
        return client.traits

    found = run(url, traits)
    assert (found.context, found.parameters, found.in_flight) == (512, 134_515_008, 3)
    assert found.compact
    assert found.siblings_together
    assert found.logprobs


def test_siblings_differ_and_share_the_prompt(url: str) -> None:
    siblings = run(url, lambda client: client.complete(replace(REQUEST, seeds=(1, 2, 3))))
    assert len({one.text for one in siblings}) == 3
    assert [one.usage.prompt_tokens for one in siblings] == [25, 0, 0]
    assert {one.finish_reason for one in siblings} <= {"stop", "length"}


def test_the_same_seed_gives_the_same_text(url: str) -> None:
    async def twice(client: OpenAIClient) -> list[str]:
        return [(await client.complete(REQUEST))[0].text for _ in range(2)]

    first, second = run(url, twice)
    assert first == second


def test_a_schema_binds_the_reply(url: str) -> None:
    schema = {
        "type": "object",
        "properties": {"quality": {"type": "integer", "minimum": 1, "maximum": 5}},
        "required": ["quality"],
        "additionalProperties": False,
    }
    (completion,) = run(url, lambda client: client.complete(replace(REQUEST, json_schema=schema)))
    assert json.loads(completion.text)["quality"] in range(1, 6)


def test_log_probabilities_come_with_alternatives(url: str) -> None:
    asked = replace(REQUEST, top_logprobs=2, sampling=Sampling(max_tokens=2))
    (completion,) = run(url, lambda client: client.complete(asked))
    assert "".join(item.token for item in completion.logprobs) == completion.text
    assert all(len(item.top) == 2 for item in completion.logprobs)


def test_streams_follow_one_another(url: str) -> None:
    async def twice(client: OpenAIClient) -> list[list[str | Completion]]:
        return [await said(client) for _ in range(2)]

    for *pieces, last in run(url, twice):
        assert isinstance(last, Completion)
        assert "".join(str(piece) for piece in pieces) == last.text
        assert last.usage.prompt_tokens == 25


def test_a_conversation_beyond_the_context_is_an_overflow(url: str) -> None:
    long = replace(REQUEST, messages=({"role": "user", "content": "word " * 3000},))
    with pytest.raises(ContextOverflow, match="exceeds the available context size"):
        run(url, lambda client: client.complete(long))


def test_another_model_is_not_there(url: str) -> None:
    async def other() -> None:
        async with prepared(url, "smollm3"):
            raise AssertionError("prepared")

    with pytest.raises(UnknownModel, match="no model 'smollm3'; did you mean 'smollm2'"):
        asyncio.run(other())
