from typing import Any

import pytest
from client_calls import chat
from environment import clean_environment
from ollama_calls import ask, client_of
from servers import ollama_server, serving

from dialoom.chat import ChatRequest
from dialoom.errors import (
    ContextOverflow,
)

__all__ = ["clean_environment"]


def windows(*asked: ChatRequest, **options: Any) -> list[int]:
    with serving(ollama_server()) as server:
        ask(client_of(server, **options), *asked)
        return [body["options"]["num_ctx"] for body in server.chats]


def test_the_window_stays_the_same_while_it_is_wide_enough() -> None:
    assert windows(chat("a"), chat("word " * 2000), chat("b")) == [8192, 8192, 8192]


def test_the_window_doubles_when_a_conversation_outgrows_it_and_does_not_shrink() -> None:
    long, longer = chat("word " * 5000), chat("word " * 16_000)
    assert windows(chat("a"), long, longer, chat("b")) == [8192, 16384, 32768, 32768]


def test_room_for_the_reply_counts() -> None:
    assert windows(chat("a", max_tokens=9000)) == [16384]


def test_text_of_many_bytes_counts_by_its_bytes() -> None:
    assert windows(chat("語" * 8000)) == [16384]


def test_the_users_window_is_kept_to() -> None:
    assert windows(chat("word " * 3000), context=6000) == [6000]


def test_the_window_ends_at_what_the_model_was_trained_for() -> None:
    info = {"general.architecture": "llama", "llama.context_length": 10_000}
    with serving(ollama_server(show={"model_info": info})) as server:
        client = client_of(server)
        ask(client, chat("word " * 5000))
        (body,) = server.chats
    assert body["options"]["num_ctx"] == 10_000
    assert client.traits.context == 10_000


def test_a_conversation_beyond_the_context_is_not_sent() -> None:
    with serving(ollama_server()) as server:
        with pytest.raises(ContextOverflow) as caught:
            ask(client_of(server, context=1000), chat("word " * 2000))
        assert server.chats == []
    assert str(caught.value) == (
        "ollama/llama3.2: the conversation has about 2,225 tokens and the context 1,000"
    )


def test_tokens_are_counted_better_after_the_first_reply() -> None:
    """Three bytes a token, as measured, overflow a context that 4.5 would fit into."""
    server = ollama_server(prompt_tokens=lambda body: len(str(body["messages"])) // 3)
    with serving(server), pytest.raises(ContextOverflow, match="has about 2,"):
        ask(client_of(server, context=2000), chat("word " * 1000), chat("word " * 1300))


def test_a_prompt_that_the_server_cut_is_an_overflow() -> None:
    server = ollama_server(prompt_tokens=lambda body: 2048)
    with serving(server), pytest.raises(ContextOverflow) as caught:
        ask(client_of(server), chat("word " * 8000))
    assert "the server read only 2,048 of about 8,892 tokens" in str(caught.value)


def test_a_count_without_the_cached_prefix_is_no_overflow() -> None:
    server = ollama_server(prompt_tokens=lambda body: 12)
    with serving(server):
        ((completion,),) = ask(client_of(server), chat("word " * 8000))
    assert completion.usage.prompt_tokens == 12
