import asyncio
import json

import pytest
from client_calls import call_off, chat, streamed
from environment import clean_environment
from openai_calls import ask, client_of
from servers import Answer, FakeServer, openai_server, serving

from dialoom.agents.clients.base import CLIENTS
from dialoom.agents.clients.openai import OpenAIClient
from dialoom.chat import Completion, Usage
from dialoom.errors import (
    BadReply,
    ModelError,
    ModelTimeout,
    RateLimited,
    ServerFault,
)

__all__ = ["clean_environment"]


def test_the_registry_finds_the_back_end_by_its_name() -> None:
    assert CLIENTS.get("openai") is OpenAIClient


def test_siblings_come_from_one_request_where_n_is_honoured() -> None:
    with serving(openai_server()) as server:
        client = client_of(server)
        ((first, *rest),) = ask(client, chat(seeds=(7, 8, 9)), prepare=True)
        body = server.chats[-1]
    assert (body["n"], body["seed"]) == (3, 7)
    assert [one.text for one in (first, *rest)] == ["Reply 0.", "Reply 1.", "Reply 2."]
    assert [one.usage.prompt_tokens for one in (first, *rest)] == [30, 0, 0]
    assert sum(one.usage.completion_tokens for one in (first, *rest)) == 12
    assert client.total_usage().completion_tokens == 12


def test_siblings_are_asked_for_one_by_one_where_n_is_not_honoured() -> None:
    server = openai_server(honours_n=False, text=lambda body, choice: f"Seed {body.get('seed')}")
    with serving(server):
        client = client_of(server)
        (answer,) = ask(client, chat(seeds=(7, 8, 9)), prepare=True)
        probe, *bodies = server.chats
    assert not client.traits.siblings_together
    assert sorted(body["seed"] for body in bodies) == [7, 8, 9]
    assert probe["n"] == 2
    assert not any("n" in body for body in bodies)
    assert [one.text for one in answer] == ["Seed 7", "Seed 8", "Seed 9"]
    assert [one.usage.prompt_tokens for one in answer] == [30, 30, 30]


def test_a_cancelled_token_calls_the_request_off() -> None:
    with serving(openai_server()) as server:
        call_off(client_of(server), server)


def test_a_stream_gives_pieces_and_the_completion_last() -> None:
    with serving(openai_server(text=lambda body, choice: "Hello there, Ada.")) as server:
        *pieces, last = streamed(client_of(server), chat())
        (body,) = server.chats
    assert pieces == ["Hello", " ther", "e, Ad", "a."]
    assert last == Completion("Hello there, Ada.", "stop", usage=Usage(30, 4))
    assert (body["stream"], body["stream_options"]) == (True, {"include_usage": True})


@pytest.mark.parametrize(
    ("text", "shown", "thought"),
    [
        ("<think>hm, hm</think>\n\nYes, of course.", "Yes, of course.", "hm, hm"),
        ("<think>never ends", "", "never ends"),
        ("<thing> is a tag.", "<thing> is a tag.", None),
        ("<thi", "<thi", None),
        ("  Yes.", "  Yes.", None),
    ],
)
def test_a_stream_shows_no_thoughts(text: str, shown: str, thought: str | None) -> None:
    with serving(openai_server(text=lambda body, choice: text)) as server:
        *pieces, last = streamed(client_of(server), chat())
    assert isinstance(last, Completion)
    assert "".join(str(piece) for piece in pieces) == shown == last.text
    assert last.thought == thought


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(status=500), ServerFault),
        (Answer(status=429), RateLimited),
        (Answer('data: {"error": {"message": "broken"}}\n\n'), ServerFault),
        (Answer("data: {nonsense\n\n"), ServerFault),
        (Answer('data: {"choices": [5]}\n\n'), BadReply),
        (Answer("data: " + json.dumps({"choices": []}) * 1000, fault="half"), ServerFault),
        (Answer(fault="drop"), ServerFault),
        (Answer(fault="hang"), ModelTimeout),
    ],
)
def test_faults_of_a_stream_are_ours(answer: Answer, kind: type[ModelError]) -> None:
    with serving(openai_server()) as server:
        event = {"Content-Type": "text/event-stream"}
        server.next_answers.append(
            Answer(answer.value, answer.status, {**event, **answer.headers}, answer.fault)
        )
        with pytest.raises(ModelError) as caught:
            streamed(client_of(server, timeout=0.3 if kind is ModelTimeout else 30), chat())
    assert type(caught.value) is kind


def test_a_stream_left_early_is_closed() -> None:
    async def first(server: FakeServer) -> str | Completion:
        client = client_of(server)
        stream = client.stream(chat())
        piece = await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]
        await client.close()
        return piece

    with serving(openai_server(text=lambda body, choice: "Hello there")) as server:
        assert asyncio.run(first(server)) == "Hello"
