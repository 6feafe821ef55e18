import asyncio

import pytest
from environment import clean_environment
from servers import Answer, FakeServer, openai_server, serving

from dialoom.agents.clients import openai_probe
from dialoom.agents.clients.base import ClientOptions
from dialoom.agents.clients.openai import OpenAIClient
from dialoom.errors import ModelUnavailable

__all__ = ["clean_environment"]


def prepared(server: FakeServer) -> OpenAIClient:
    async def prepare() -> OpenAIClient:
        client = OpenAIClient("m", ClientOptions(base_url=f"{server.origin}/v1"))
        try:
            await client.prepare()
        finally:
            await client.close()
        return client

    return asyncio.run(prepare())


@pytest.mark.parametrize("fault", [Answer(status=503), Answer(status=429), Answer(fault="drop")])
def test_an_endpoint_in_trouble_for_a_moment_is_not_taken_for_one_that_cannot(
    fault: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai_probe, "DELAYS", (0.0, 0.0, 0.0))
    with serving(openai_server()) as server:
        server.next_answers += [fault, fault, fault]
        client = prepared(server)
    assert (client.traits.siblings_together, client.traits.logprobs) == (True, True)


def test_an_endpoint_that_fails_whenever_several_replies_are_asked_for_is_asked_for_one() -> None:
    server = openai_server()
    answered = server.routes["/v1/chat/completions"]
    server.routes["/v1/chat/completions"] = lambda received: (
        Answer(status=500) if "n" in received.body else answered(received)
    )
    with serving(server):
        client = prepared(server)
    assert not client.traits.siblings_together


def test_an_endpoint_that_lists_its_models_and_answers_nothing_is_out_of_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(openai_probe, "DELAYS", (0.0, 0.0))
    server = openai_server()
    server.routes["/v1/chat/completions"] = lambda received: Answer(
        {"error": {"message": "loading"}}, status=503
    )
    with serving(server), pytest.raises(ModelUnavailable, match=r"\(503\): loading; it is there"):
        prepared(server)
