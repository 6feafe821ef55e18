import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from autogen_core import CancellationToken
from environment import clean_environment
from servers import Answer, FakeServer, ollama_server, serving

from dialoom.agents.clients.base import CLIENTS, ClientOptions
from dialoom.agents.clients.ollama import OllamaClient
from dialoom.chat import ChatRequest, Completion, Logprob, Sampling, Usage
from dialoom.errors import (
    AuthenticationFailed,
    BadReply,
    ContextOverflow,
    InputError,
    ModelError,
    ModelTimeout,
    ModelUnavailable,
    Overloaded,
    RequestRefused,
    ServerFault,
    UnknownModel,
)

__all__ = ["clean_environment"]

SECRET = "ollama-secret-0123456789"


def request(
    text: str = "Hello",
    *,
    seeds: tuple[int, ...] = (7,),
    json_schema: Mapping[str, Any] | None = None,
    top_logprobs: int = 0,
    **sampling: Any,
) -> ChatRequest:
    return ChatRequest(
        messages=({"role": "system", "content": "You are Ada."}, {"role": "user", "content": text}),
        sampling=Sampling(**sampling),
        seeds=seeds,
        json_schema=json_schema,
        top_logprobs=top_logprobs,
    )


def client_of(server: FakeServer, model: str = "llama3.2", **options: Any) -> OllamaClient:
    return OllamaClient(model, ClientOptions(base_url=server.origin, **options))


def ask(client: OllamaClient, *asked: ChatRequest, prepare: bool = True) -> list[list[Completion]]:
    async def run() -> list[list[Completion]]:
        try:
            if prepare:
                await client.prepare()
            return [await client.complete(one) for one in asked]
        finally:
            await client.close()

    return asyncio.run(run())


def body_of(asked: ChatRequest, **show: Any) -> Any:
    with serving(ollama_server(show=show)) as server:
        ask(client_of(server), asked)
        (body,) = server.chats
    return body


def failure(answer: Answer, **options: Any) -> ModelError:
    with serving(ollama_server()) as server:
        server.next_answers.append(answer)
        with pytest.raises(ModelError) as caught:
            ask(client_of(server, **options), request())
    return caught.value


def test_the_registry_finds_the_back_end_by_its_name() -> None:
    assert CLIENTS.get("ollama") is OllamaClient


# ---- requests --------------------------------------------------------------------------


def test_a_plain_request_sends_the_window_the_seed_and_keeps_the_model_loaded() -> None:
    assert body_of(request()) == {
        "model": "llama3.2",
        "messages": [
            {"role": "system", "content": "You are Ada."},
            {"role": "user", "content": "Hello"},
        ],
        "options": {"num_ctx": 8192, "seed": 7},
        "keep_alive": "30m",
        "stream": False,
        "tools": [],
    }


@pytest.mark.parametrize(
    ("sampling", "sent"),
    [
        ({"temperature": 0.0}, {"temperature": 0.0}),
        ({"top_p": 0.9}, {"top_p": 0.9}),
        ({"top_k": 40}, {"top_k": 40}),
        ({"min_p": 0.05}, {"min_p": 0.05}),
        ({"repeat_penalty": 1.1}, {"repeat_penalty": 1.1}),
        ({"frequency_penalty": 0.3}, {"frequency_penalty": 0.3}),
        ({"presence_penalty": -0.3}, {"presence_penalty": -0.3}),
        ({"max_tokens": 80}, {"num_predict": 80}),
        ({"stop": ("\nAda:",)}, {"stop": ["\nAda:"]}),
    ],
)
def test_each_sampling_setting_reaches_the_request(
    sampling: dict[str, Any], sent: dict[str, Any]
) -> None:
    plain, changed = body_of(request())["options"], body_of(request(**sampling))["options"]
    assert changed == {**plain, **sent}


def test_a_schema_is_the_format() -> None:
    schema = {"type": "object", "properties": {"quality": {"type": "integer"}}}
    assert body_of(request(json_schema=schema))["format"] == schema
    assert body_of(request(json_schema={"type": "object"}))["format"] == "json"


def test_log_probabilities_are_asked_for() -> None:
    body = body_of(request(top_logprobs=5))
    assert (body["logprobs"], body["top_logprobs"]) == (True, 5)


@pytest.mark.parametrize(
    ("show", "asked", "think"),
    [
        ({}, request(), None),
        ({"capabilities": ["completion", "thinking"]}, request(), True),
        ({"capabilities": ["completion", "thinking"]}, request(max_tokens=1024), True),
        ({"capabilities": ["completion", "thinking"]}, request(max_tokens=400), False),
        (
            {"capabilities": ["completion", "thinking"]},
            request(json_schema={"type": "object"}),
            False,
        ),
        (
            {"capabilities": ["completion", "thinking"], "details": {"family": "gptoss"}},
            request(max_tokens=400),
            "low",
        ),
        (
            {"capabilities": ["completion", "thinking"], "details": {"family": "gptoss"}},
            request(),
            "medium",
        ),
    ],
)
def test_a_model_thinks_where_it_can_and_has_room(
    show: dict[str, Any], asked: ChatRequest, think: Any
) -> None:
    assert body_of(asked, **show).get("think") == think


# ---- the window ------------------------------------------------------------------------


def windows(*asked: ChatRequest, **options: Any) -> list[int]:
    with serving(ollama_server()) as server:
        ask(client_of(server, **options), *asked)
        return [body["options"]["num_ctx"] for body in server.chats]


def test_the_window_stays_the_same_while_it_is_wide_enough() -> None:
    assert windows(request("a"), request("word " * 2000), request("b")) == [8192, 8192, 8192]


def test_the_window_doubles_when_a_conversation_outgrows_it_and_does_not_shrink() -> None:
    long, longer = request("word " * 5000), request("word " * 16_000)
    assert windows(request("a"), long, longer, request("b")) == [8192, 16384, 32768, 32768]


def test_room_for_the_reply_counts() -> None:
    assert windows(request("a", max_tokens=9000)) == [16384]


def test_text_of_many_bytes_counts_by_its_bytes() -> None:
    assert windows(request("語" * 8000)) == [16384]


def test_the_users_window_is_kept_to() -> None:
    assert windows(request("word " * 3000), context=6000) == [6000]


def test_the_window_ends_at_what_the_model_was_trained_for() -> None:
    info = {"general.architecture": "llama", "llama.context_length": 10_000}
    with serving(ollama_server(show={"model_info": info})) as server:
        client = client_of(server)
        ask(client, request("word " * 5000))
        (body,) = server.chats
    assert body["options"]["num_ctx"] == 10_000
    assert client.traits.context == 10_000


def test_a_conversation_beyond_the_context_is_not_sent() -> None:
    with serving(ollama_server()) as server:
        with pytest.raises(ContextOverflow) as caught:
            ask(client_of(server, context=1000), request("word " * 2000))
        assert server.chats == []
    assert str(caught.value) == (
        "ollama/llama3.2: the conversation has about 2,225 tokens and the context 1,000"
    )


def test_tokens_are_counted_better_after_the_first_reply() -> None:
    """Three bytes a token, as measured, overflow a context that 4.5 would fit into."""
    server = ollama_server(prompt_tokens=lambda body: len(str(body["messages"])) // 3)
    with serving(server), pytest.raises(ContextOverflow, match="has about 2,"):
        ask(client_of(server, context=2000), request("word " * 1000), request("word " * 1300))


def test_a_prompt_that_the_server_cut_is_an_overflow() -> None:
    server = ollama_server(prompt_tokens=lambda body: 2048)
    with serving(server), pytest.raises(ContextOverflow) as caught:
        ask(client_of(server), request("word " * 8000))
    assert "the server read only 2,048 of about 8,892 tokens" in str(caught.value)


def test_a_count_without_the_cached_prefix_is_no_overflow() -> None:
    server = ollama_server(prompt_tokens=lambda body: 12)
    with serving(server):
        ask(client_of(server), request("word " * 8000))


# ---- replies ---------------------------------------------------------------------------


def completion_of(message: Mapping[str, Any], **more: Any) -> Completion:
    value = {"model": "m", "message": {"role": "assistant", **message}, "done": True, **more}
    with serving(ollama_server()) as server:
        server.next_answers.append(Answer(value))
        ((completion,),) = ask(client_of(server), request())
    return completion


@pytest.mark.parametrize(
    ("message", "text", "thought"),
    [
        ({"content": "Hi", "thinking": "hm\n"}, "Hi", "hm"),
        ({"content": "Hi", "thinking": ""}, "Hi", None),
        ({"content": "<think>hm</think>\n\nHi"}, "Hi", "hm"),
        ({"content": "<think>hm and hm"}, "", "hm and hm"),
        ({"content": ""}, "", None),
        ({}, "", None),
        ({"content": "x" * 100_000}, "x" * 100_000, None),
    ],
)
def test_thoughts_are_kept_apart(message: dict[str, Any], text: str, thought: str | None) -> None:
    completion = completion_of(message)
    assert (completion.text, completion.thought) == (text, thought)


def test_usage_and_finish_reason_are_read() -> None:
    completion = completion_of(
        {"content": "Hi"}, done_reason="length", prompt_eval_count=50, eval_count=9
    )
    assert completion == Completion("Hi", "length", usage=Usage(50, 9))
    assert completion_of({"content": "Hi"}, done_reason="load").finish_reason == "unknown"


def test_log_probabilities_are_read() -> None:
    tokens = [{"token": "Hi", "logprob": -0.5, "top_logprobs": [{"token": "Ho", "logprob": -1}]}]
    completion = completion_of({"content": "Hi"}, logprobs=tokens)
    assert completion.logprobs == (Logprob("Hi", -0.5, (("Ho", -1.0),)),)


def test_siblings_are_asked_for_one_by_one_with_their_seeds() -> None:
    server = ollama_server(text=lambda body: f"Seed {body['options']['seed']}")
    with serving(server):
        client = client_of(server)
        (answer,) = ask(client, request(seeds=(3, 1, 2)))
        seeds = [body["options"]["seed"] for body in server.chats]
    assert seeds == [3, 1, 2]
    assert [one.text for one in answer] == ["Seed 3", "Seed 1", "Seed 2"]
    assert client.total_usage().prompt_tokens == 120


# ---- what the server says of the model -------------------------------------------------


def test_context_size_and_digest_are_learned() -> None:
    with serving(ollama_server()) as server:
        client = client_of(server)
        ask(client)
    traits = client.traits
    assert (traits.context, traits.parameters) == (131_072, 3_212_749_888)
    assert (traits.compact, traits.judges, traits.in_flight) == (False, True, 2)
    assert (traits.revision, traits.siblings_together) == ("abcdef0123", False)


def test_a_small_model_gets_compact_prompts_and_does_not_judge() -> None:
    show = {"model_info": {}, "details": {"parameter_size": "494.03M", "family": "qwen2"}}
    with serving(ollama_server(show=show)) as server:
        client = client_of(server)
        ask(client)
    assert (client.traits.parameters, client.traits.context) == (494_030_000, None)
    assert (client.traits.compact, client.traits.judges) == (True, False)


def test_a_model_that_is_not_pulled_is_told_with_the_command_and_the_nearest_name() -> None:
    with serving(ollama_server(models=("llama3.2:latest", "qwen3:8b"))) as server:
        with pytest.raises(UnknownModel) as caught:
            ask(client_of(server, "llama3.1"))
        paths = {one.path for one in server.received}
    assert str(caught.value) == (
        "ollama/llama3.1: the model is not there; get it with `ollama pull llama3.1`; "
        "did you mean 'llama3.2:latest'?"
    )
    assert paths == {"/api/tags", "/api/show"}


def test_a_model_that_makes_embeddings_is_refused() -> None:
    server = ollama_server(show={"capabilities": ["embedding"]})
    with serving(server), pytest.raises(RequestRefused, match="does not chat"):
        ask(client_of(server))


def test_no_server_is_told_with_the_command_that_starts_it() -> None:
    server = ollama_server()
    server.close()
    with pytest.raises(ModelUnavailable) as caught:
        ask(client_of(server))
    assert str(caught.value) == (
        f"ollama/llama3.2: Ollama is not running at {server.origin}; start it with `ollama serve`, "
        "or get it from https://ollama.com/download"
    )


def test_another_server_at_the_address_is_told() -> None:
    with serving(FakeServer({}, "")) as server, pytest.raises(RequestRefused) as caught:
        ask(client_of(server))
    assert f"{server.origin} is no Ollama server (404)" in str(caught.value)


# ---- addresses and keys ----------------------------------------------------------------


def test_the_address_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(ollama_server()) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.origin.removeprefix("http://"))
        ((completion,),) = ask(OllamaClient("llama3.2", ClientOptions()), request())
    assert completion.text == "Reply."


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://0.0.0.0:11434"),
        ("box:8080", "http://box:8080"),
        ("https://box.example", "https://box.example"),
        ("box/path/", "http://box:11434/path"),
        ("http://box:11434/v1", "http://box:11434"),
        ("[::1]", "http://[::1]:11434"),
    ],
)
def test_each_form_of_the_host_is_understood(host: str, url: str) -> None:
    client = OllamaClient("m", ClientOptions(base_url=host))
    assert client._server.site.url == url


@pytest.mark.parametrize("host", ["ftp://box", "http://", "box:99999x"])
def test_a_host_that_is_none_is_an_input_error(host: str) -> None:
    with pytest.raises(InputError, match="write it like 'http://127"):
        OllamaClient("m", ClientOptions(base_url=host))


def test_the_key_is_sent_and_stands_in_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", SECRET)
    with serving(ollama_server()) as server:
        server.next_answers.append(Answer({"error": f"unauthorized {SECRET}"}, status=401))
        client = client_of(server)
        with pytest.raises(AuthenticationFailed) as caught:
            ask(client, request())
        assert server.received[-1].headers["authorization"] == f"Bearer {SECRET}"
    assert "refuses the key in OLLAMA_API_KEY (401): unauthorized [key]" in str(caught.value)
    assert SECRET not in repr(client.__dict__)


# ---- faults ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (Answer({"error": "oops"}, status=500), ServerFault, "failed (500): oops"),
        (Answer("oops", status=503), Overloaded, "failed (503): oops"),
        (Answer({"error": "bad option"}, status=400), RequestRefused, "refuses the request (400)"),
        (Answer({"error": "model 'x' not found"}, status=404), UnknownModel, "ollama pull"),
        (
            Answer({"error": "model requires more system memory (5 GiB)"}, status=500),
            ModelUnavailable,
            "can't load the model (500): model requires more system memory",
        ),
        (
            Answer({"error": "input exceeds maximum context length"}, status=400),
            ContextOverflow,
            "context length",
        ),
        (Answer(["oops"], status=500), BadReply, "no reply of Ollama"),
        (Answer("<html>"), BadReply, "no reply of Ollama"),
        (Answer(""), BadReply, "no reply of Ollama"),
        (Answer(b"\xff\xfe"), BadReply, "no reply of Ollama"),
        (Answer([1]), BadReply, "no reply of Ollama"),
        (Answer({"message": 5}), BadReply, "no reply of Ollama"),
        (Answer({"done": True}), BadReply, "no reply of Ollama"),
        (Answer({"done": True}, fault="half"), ServerFault, "no connection with"),
        (Answer(fault="drop"), ServerFault, "no connection with"),
    ],
)
def test_each_fault_is_one_of_ours_in_one_sentence(
    answer: Answer, kind: type[ModelError], words: str
) -> None:
    error = failure(answer)
    assert type(error) is kind
    assert words in str(error)
    assert str(error).startswith("ollama/llama3.2: ")
    assert "\n" not in str(error)
    assert error.model == "ollama/llama3.2"
    assert error.__cause__ is not None


def test_a_server_that_hangs_is_given_up_after_the_timeout() -> None:
    error = failure(Answer(fault="hang"), timeout=0.3)
    assert type(error) is ModelTimeout
    assert "within the time allowed" in str(error)


def test_a_cancelled_token_calls_the_request_off() -> None:
    async def run(server: FakeServer) -> None:
        client = client_of(server)
        token = CancellationToken()
        asked = asyncio.ensure_future(client.complete(request(), cancellation_token=token))
        while not server.received:
            await asyncio.sleep(0.005)
        token.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        await client.close()

    with serving(ollama_server()) as server:
        server.next_answers.append(Answer(fault="hang"))
        asyncio.run(asyncio.wait_for(run(server), timeout=10))


# ---- streams ---------------------------------------------------------------------------


def streamed(server: FakeServer, **options: Any) -> list[str | Completion]:
    async def run() -> list[str | Completion]:
        client = client_of(server, **options)
        try:
            return [piece async for piece in client.stream(request())]
        finally:
            await client.close()

    return asyncio.run(run())


def test_a_stream_gives_pieces_and_the_completion_last() -> None:
    with serving(ollama_server(text=lambda body: "<think>hm</think>Hello there, Ada.")) as server:
        *pieces, last = streamed(server)
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
        (Answer("{nonsense\n"), BadReply),
        (Answer("5\n"), BadReply),
        (Answer(fault="drop"), ServerFault),
        (Answer(fault="hang"), ModelTimeout),
    ],
)
def test_faults_of_a_stream_are_ours(answer: Answer, kind: type[ModelError]) -> None:
    with serving(ollama_server()) as server:
        server.next_answers.append(answer)
        with pytest.raises(ModelError) as caught:
            streamed(server, timeout=0.5)
    assert type(caught.value) is kind


def test_an_empty_stream_is_an_empty_reply() -> None:
    with serving(ollama_server()) as server:
        server.next_answers.append(Answer(""))
        (last,) = streamed(server)
    assert last == Completion("", "unknown")
