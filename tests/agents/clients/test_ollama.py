import pytest
from client_calls import call_off, chat, streamed
from environment import clean_environment
from ollama_calls import ask, client_of
from servers import Answer, ollama_server, serving

from dialoom.agents.clients.base import CLIENTS
from dialoom.agents.clients.ollama import OllamaClient
from dialoom.chat import Completion, Usage
from dialoom.errors import (
    BadReply,
    ModelError,
    ModelTimeout,
    ServerFault,
)

__all__ = ["clean_environment"]


def test_the_registry_finds_the_back_end_by_its_name() -> None:
    assert CLIENTS.get("ollama") is OllamaClient


def test_siblings_are_asked_for_one_by_one_with_their_seeds() -> None:
    server = ollama_server(text=lambda body: f"Seed {body['options']['seed']}")
    with serving(server):
        client = client_of(server)
        (answer,) = ask(client, chat(seeds=(3, 1, 2)))
        seeds = [body["options"]["seed"] for body in server.chats]
    assert seeds == [3, 1, 2]
    assert [one.text for one in answer] == ["Seed 3", "Seed 1", "Seed 2"]
    assert client.total_usage().prompt_tokens == 120


def test_a_cancelled_token_calls_the_request_off() -> None:
    with serving(ollama_server()) as server:
        call_off(client_of(server), server)


def test_a_stream_gives_pieces_and_the_completion_last() -> None:
    with serving(ollama_server(text=lambda body: "<think>hm</think>Hello there, Ada.")) as server:
        *pieces, last = streamed(client_of(server), chat())
        (body,) = server.chats
    assert "".join(str(piece) for piece in pieces) == "Hello there, Ada."
    assert len(pieces) > 2
    assert last == Completion("Hello there, Ada.", "stop", "hm", Usage(40, 4))
    assert body["stream"] is True


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer({"error": "oops"}, status=500), ServerFault),
        (Answer({"error": "oops"}), ServerFault),
        (Answer("{nonsense\n"), ServerFault),
        (Answer("5\n"), BadReply),
        (Answer(fault="drop"), ServerFault),
        (Answer(fault="hang"), ModelTimeout),
    ],
)
def test_faults_of_a_stream_are_ours(answer: Answer, kind: type[ModelError]) -> None:
    with serving(ollama_server()) as server:
        server.next_answers.append(answer)
        with pytest.raises(ModelError) as caught:
            streamed(client_of(server, timeout=0.5), chat())
    assert type(caught.value) is kind


def test_an_empty_stream_is_an_empty_reply() -> None:
    with serving(ollama_server()) as server:
        server.next_answers.append(Answer(""))
        (last,) = streamed(client_of(server), chat())
    assert last == Completion("", "unknown")
