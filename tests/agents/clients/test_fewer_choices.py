"""Endpoints that give fewer choices than they are asked for."""

import asyncio

from autogen_core import CancellationToken
from client_calls import chat
from environment import clean_environment
from openai_calls import client_of, reply
from servers import Received, openai_server, serving
from timed_client import TimedClient, ask_for
from virtual_time import run_virtually

from dialoom.agents.clients.endpoint import Endpoint
from dialoom.agents.clients.limits import Limits
from dialoom.chat import ChatRequest, Completion

__all__ = ["clean_environment"]


class Stingy(TimedClient):
    """Gives one completion, however many are asked for."""

    async def complete(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> list[Completion]:
        answer = await super().complete(request, cancellation_token=cancellation_token)
        return answer[:1]


def test_the_rest_keeps_to_the_limits() -> None:
    client = Stingy()
    endpoint = Endpoint(client, limits=Limits(in_flight=2, requests_per_minute=10))

    async def work() -> list[list[Completion]]:
        asked = (endpoint.complete(ask_for(number, seeds=8)) for number in (1, 2))
        return await asyncio.gather(*asked)

    assert [len(answer) for answer in run_virtually(work())] == [8, 8]
    assert client.most_running <= 2
    first = client.sent[0].at
    assert sum(sent.at - first < 60 for sent in client.sent) <= 10


def test_the_rest_is_of_the_seeds_that_are_missing() -> None:
    server = openai_server(text=lambda body, choice: f"Seed {body['seed']}")
    two = Received("POST", "", {}, {"n": 2, "seed": 0, "logprobs": True})
    probe, alone = server.routes[server.chat_path](two), reply({"content": "Alone"})
    with serving(server):
        server.next_answers += [probe, alone]
        answer = asyncio.run(Endpoint(client_of(server)).complete(chat(seeds=(7, 8, 9))))
        _, *bodies = server.chats
    assert [one.text for one in answer] == ["Alone", "Seed 8", "Seed 8"]
    assert [(body["seed"], body.get("n")) for body in bodies] == [(7, 3), (8, 2)]
