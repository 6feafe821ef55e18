import pytest
from client_calls import chat
from environment import clean_environment
from openai_calls import ask, client_of
from servers import Answer, FakeServer, openai_server, serving

from dialoom.agents.clients import openai_probe
from dialoom.agents.clients.base import ClientOptions
from dialoom.agents.clients.openai import OpenAIClient
from dialoom.errors import AuthenticationFailed, ModelUnavailable, OutOfCredit, UnknownModel

__all__ = ["clean_environment"]


def prepared(server: FakeServer) -> OpenAIClient:
    client = client_of(server)
    ask(client, prepare=True)
    return client


@pytest.mark.parametrize("fault", [Answer(status=503), Answer(status=429), Answer(fault="drop")])
def test_an_endpoint_in_trouble_for_a_moment_is_not_taken_for_one_that_cannot(
    fault: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai_probe, "DELAYS", (0.0, 0.0, 0.0))
    with serving(openai_server()) as server:
        server.next_answers += [fault, fault, fault]
        client = prepared(server)
    assert (client.traits.siblings_together, client.traits.logprobs) == (True, True)


def test_an_empty_account_is_told_before_anything_is_made_of_it() -> None:
    server = openai_server()
    server.next_answers.append(Answer({"error": {"message": "no credits"}}, status=402))
    with serving(server), pytest.raises(OutOfCredit):
        prepared(server)


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


def test_vllm_tells_its_context() -> None:
    with serving(openai_server()) as server:
        client = client_of(server)
        ask(client, prepare=True)
    traits = client.traits
    assert (traits.context, traits.siblings_together, traits.logprobs) == (4096, True, True)
    assert (traits.in_flight, traits.streams, traits.compact, traits.judges) == (
        64,
        True,
        False,
        True,
    )


def test_llama_server_tells_context_slots_and_size() -> None:
    server = openai_server(
        models=({"id": "tiny", "meta": {"n_params": 134_515_008, "n_ctx_train": 8192}},),
        props={"default_generation_settings": {"n_ctx": 2048}, "total_slots": 4},
    )
    with serving(server):
        client = client_of(server, "tiny")
        ask(client, prepare=True)
    traits = client.traits
    assert (traits.context, traits.in_flight, traits.parameters) == (2048, 4, 134_515_008)
    assert (traits.compact, traits.judges) == (True, False)


def test_the_users_word_on_the_context_goes_first() -> None:
    with serving(openai_server()) as server:
        client = client_of(server, context=1000)
        assert client.traits.context == 1000
        ask(client, prepare=True)
    assert client.traits.context == 1000


def test_the_size_is_read_from_the_name() -> None:
    with serving(openai_server(models=({"id": "Qwen2.5-0.5B-Instruct"},))) as server:
        client = client_of(server, "Qwen2.5-0.5B-Instruct")
        ask(client, prepare=True)
    assert (client.traits.parameters, client.traits.compact) == (500_000_000, True)


def test_an_endpoint_without_log_probabilities_is_known() -> None:
    with serving(openai_server(logprobs=False)) as server:
        client = client_of(server)
        ask(client, prepare=True)
    assert not client.traits.logprobs


def test_an_endpoint_that_refuses_log_probabilities_is_still_asked_about_n() -> None:
    with serving(openai_server()) as server:
        server.next_answers.append(Answer({"error": {"message": "no logprobs here"}}, status=400))
        client = client_of(server)
        ask(client, prepare=True)
    assert (client.traits.siblings_together, client.traits.logprobs) == (True, False)


def test_an_endpoint_without_a_list_of_models_is_used() -> None:
    with serving(openai_server()) as server:
        del server.routes["/v1/models"]
        client = client_of(server)
        ((completion,),) = ask(client, chat(), prepare=True)
    assert completion.text == "Reply 0."


@pytest.mark.parametrize(
    ("listed", "model"), [("models/tiny", "tiny"), ("tiny:latest", "tiny"), ("tiny", "tiny:free")]
)
def test_a_model_may_go_by_the_name_that_its_server_takes_for_short(
    listed: str, model: str
) -> None:
    server = openai_server(models=({"id": listed, "max_model_len": 2048},))
    with serving(server):
        client = client_of(server, model)
        ask(client, prepare=True)
    assert client.traits.context == 2048


def test_an_unknown_model_is_told_with_the_nearest_name() -> None:
    server = openai_server(models=({"id": "llama-3-8b"}, {"id": "qwen"}))
    with serving(server), pytest.raises(UnknownModel) as caught:
        ask(client_of(server, "lama-3-8b"), prepare=True)
    assert str(caught.value) == (
        f"openai/lama-3-8b: {server.origin}/v1 has no model 'lama-3-8b'; did you mean 'llama-3-8b'?"
    )
    assert server.chats == []


def test_a_model_like_nothing_there_is_told_what_is_there() -> None:
    server = openai_server(models=({"id": "zeta"}, {"id": "eta"}))
    with serving(server), pytest.raises(UnknownModel, match=r"; there is eta, zeta$"):
        ask(client_of(server, "xxxxxxx"), prepare=True)


def test_no_server_is_told_with_the_address_and_what_to_start() -> None:
    server = openai_server()
    server.close()
    with pytest.raises(ModelUnavailable) as caught:
        ask(client_of(server), prepare=True)
    assert f"no connection with {server.origin}/v1" in str(caught.value)
    assert "`vllm serve MODEL`" in str(caught.value)
    assert "--base-url or OPENAI_BASE_URL" in str(caught.value)


def test_openai_without_a_key_is_told_before_anything_is_sent() -> None:
    client = OpenAIClient("gpt-4o", ClientOptions())
    with pytest.raises(AuthenticationFailed, match="put it in OPENAI_API_KEY"):
        ask(client, prepare=True)
