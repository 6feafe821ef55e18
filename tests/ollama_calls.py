"""Calls of ollama/ models at a server on loopback."""

from typing import Any

import client_calls
import pytest
from servers import Answer, FakeServer, ollama_server, serving

from dialoom.agents.clients.base import ClientOptions
from dialoom.agents.clients.ollama import OllamaClient
from dialoom.chat import ChatRequest, Completion
from dialoom.errors import ModelError

__all__ = ["ask", "body_of", "client_of", "failure"]


def client_of(server: FakeServer, model: str = "llama3.2", **options: Any) -> OllamaClient:
    return OllamaClient(model, ClientOptions(base_url=server.origin, **options))


def ask(client: OllamaClient, *asked: ChatRequest, prepare: bool = True) -> list[list[Completion]]:
    return client_calls.asked(client, *asked, prepare=prepare)


def body_of(asked: ChatRequest, **show: Any) -> Any:
    """Return what a request sends to a model that /api/show tells this of."""
    with serving(ollama_server(show=show)) as server:
        ask(client_of(server), asked)
        (body,) = server.chats
    return body


def failure(answer: Answer, **options: Any) -> ModelError:
    """Return the error that an answer becomes."""
    with serving(ollama_server()) as server:
        server.next_answers.append(answer)
        with pytest.raises(ModelError) as caught:
            ask(client_of(server, **options), client_calls.chat())
    return caught.value
