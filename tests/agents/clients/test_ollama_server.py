import pytest
from client_calls import chat
from environment import clean_environment
from ollama_calls import ask, client_of
from servers import Answer, FakeServer, ollama_server, serving

from dialoom.agents.clients.base import ClientOptions
from dialoom.agents.clients.ollama import OllamaClient
from dialoom.errors import (
    AuthenticationFailed,
    InputError,
    ModelUnavailable,
    RequestRefused,
    UnknownModel,
)

__all__ = ["clean_environment"]


SECRET = "ollama-secret-0123456789"


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


@pytest.mark.parametrize(
    ("there", "told"),
    [
        ((), "`ollama pull phi4`"),
        (("qwen3:8b", "gemma3:4b"), "`ollama pull phi4`; pulled so far: gemma3:4b, qwen3:8b"),
        (
            tuple(f"qwen{size}" for size in "1234567"),
            "`ollama pull phi4`; pulled so far: qwen1, qwen2, qwen3, qwen4, qwen5 and 2 more",
        ),
    ],
)
def test_where_no_name_is_near_those_that_are_there_are_told(
    there: tuple[str, ...], told: str
) -> None:
    with serving(ollama_server(models=there)) as server, pytest.raises(UnknownModel) as caught:
        ask(client_of(server, "phi4"))
    assert str(caught.value).endswith(told)


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


def test_the_address_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(ollama_server()) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.origin.removeprefix("http://"))
        ((completion,),) = ask(OllamaClient("llama3.2", ClientOptions()), chat())
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
            ask(client, chat())
        assert server.received[-1].headers["authorization"] == f"Bearer {SECRET}"
    assert "refuses the key in OLLAMA_API_KEY (401): unauthorized [key]" in str(caught.value)
    assert SECRET not in repr(client.__dict__)
