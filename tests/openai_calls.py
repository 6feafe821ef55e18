"""Calls of openai/ models at a server on loopback."""

from collections.abc import Mapping
from typing import Any

import client_calls
import pytest
from servers import Answer, FakeServer, openai_server, serving

from dialoom.agents.clients.base import ClientOptions
from dialoom.agents.clients.openai import OpenAIClient
from dialoom.chat import ChatRequest, Completion
from dialoom.errors import ModelError

__all__ = ["SECRET", "ask", "body_of", "client_of", "completion_of", "failure", "reply"]

SECRET = "sk-secret-0123456789"


def client_of(server: FakeServer, model: str = "m", **options: Any) -> OpenAIClient:
    return OpenAIClient(model, ClientOptions(base_url=f"{server.origin}/v1", **options))


def ask(client: OpenAIClient, *asked: ChatRequest, prepare: bool = False) -> list[list[Completion]]:
    return client_calls.asked(client, *asked, prepare=prepare)


def body_of(asked: ChatRequest, model: str = "m") -> Any:
    """Return what a request sends."""
    with serving(openai_server()) as server:
        ask(client_of(server, model), asked)
        (body,) = server.chats
    return body


def reply(message: Mapping[str, Any], **choice: Any) -> Answer:
    usage = {
        "prompt_tokens": 50,
        "completion_tokens": 9,
        "prompt_tokens_details": {"cached_tokens": 32},
    }
    return Answer({"choices": [{"index": 0, "message": message, **choice}], "usage": usage})


def completion_of(answer: Answer) -> Completion:
    """Return what is read from an answer."""
    with serving(openai_server()) as server:
        server.next_answers.append(answer)
        ((completion,),) = ask(client_of(server), client_calls.chat())
    return completion


def failure(answer: Answer, **options: Any) -> ModelError:
    """Return the error that an answer becomes."""
    with serving(openai_server()) as server:
        server.next_answers.append(answer)
        with pytest.raises(ModelError) as caught:
            ask(client_of(server, **options), client_calls.chat())
    return caught.value
