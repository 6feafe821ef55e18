import asyncio

import pytest
from client_calls import chat
from environment import clean_environment
from openai_calls import SECRET, ask, client_of, failure
from servers import Answer, FakeServer, openai_server, serving

from dialoom.agents.clients.base import ClientOptions
from dialoom.agents.clients.openai import OpenAIClient
from dialoom.errors import (
    AuthenticationFailed,
    InputError,
    ModelError,
)

__all__ = ["clean_environment"]


def test_the_key_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    with serving(openai_server(key=SECRET)) as server:
        ask(client_of(server), chat(), prepare=True)
    assert {one.headers.get("authorization") for one in server.received} == {f"Bearer {SECRET}"}


def test_without_a_key_none_is_sent() -> None:
    with serving(openai_server()) as server:
        ask(client_of(server), chat(), prepare=True)
        assert not any("authorization" in one.headers for one in server.received)


def test_the_key_of_the_options_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "another")
    with serving(openai_server(key=SECRET)) as server:
        ask(client_of(server, api_key=SECRET), chat())
        (received,) = server.received
    assert received.headers["authorization"] == f"Bearer {SECRET}"


def test_the_address_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(openai_server()) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.origin}/v1/")
        ((completion,),) = ask(OpenAIClient("m", ClientOptions()), chat())
    assert completion.text == "Reply 0."


def test_azure_variables_name_its_v1_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", SECRET)
    server = openai_server(key=SECRET)
    with serving(server):
        for path in ("models", "chat/completions"):
            server.routes[f"/openai/v1/{path}"] = server.routes.pop(f"/v1/{path}")
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", f"{server.origin}/")
        ((completion,),) = ask(OpenAIClient("m", ClientOptions()), chat())
    assert completion.text == "Reply 0."


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://host/v1", "http://", "http://h:99999"])
def test_a_base_url_that_is_none_is_an_input_error(url: str) -> None:
    with pytest.raises(InputError, match="write it like 'http://127"):
        OpenAIClient("m", ClientOptions(base_url=url))


def test_a_key_with_a_line_break_is_an_input_error_that_does_not_tell_it() -> None:
    with pytest.raises(InputError, match="the key in the options holds characters") as caught:
        OpenAIClient("m", ClientOptions(api_key="sk-\nsecret"))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_told_by_the_name_of_its_variable(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    error = failure(Answer({"error": {"message": f"Wrong key {SECRET}"}}, status=status))
    assert isinstance(error, AuthenticationFailed)
    assert f"refuses the key in OPENAI_API_KEY ({status}): Wrong key [key]" in str(error)


def test_a_placeholder_for_a_key_leaves_the_words_of_errors_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    error = failure(Answer({"error": {"message": "expected a box"}}, status=400))
    assert "expected a box" in str(error)


def test_a_wanted_key_is_told_by_the_variable_to_set() -> None:
    with (
        serving(openai_server(key=SECRET)) as server,
        pytest.raises(AuthenticationFailed) as caught,
    ):
        ask(client_of(server), prepare=True)
    assert "wants a key; put it in OPENAI_API_KEY" in str(caught.value)


def test_the_key_stands_in_no_repr_no_error_and_no_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    told: list[str] = []
    with serving(openai_server(key="another")) as server:
        options = ClientOptions(base_url=f"{server.origin}/v1", api_key=SECRET)
        client = OpenAIClient("m", options)
        told += [repr(options), repr(client), repr(vars(client)), repr(client.traits)]
        for asked in (dict(prepare=True), dict(prepare=False)):
            with pytest.raises(AuthenticationFailed) as caught:
                ask(client, chat(), **asked)
            error: BaseException | None = caught.value
            while error is not None:
                told += [str(error) if isinstance(error, ModelError) else "", repr(error)]
                told.append(repr(vars(error)) if isinstance(error, ModelError) else "")
                error = error.__cause__
    told += [record.getMessage() for record in caplog.records]
    assert "401" in " ".join(told)
    assert not any(SECRET in text for text in told[:4])
    assert not any(SECRET in text for text in told if "openai/m" in text)
    assert not any(SECRET in record.getMessage() for record in caplog.records)


def test_models_of_one_endpoint_share_a_connection_until_the_last_is_closed() -> None:
    async def run(server: FakeServer) -> None:
        one, two = client_of(server), client_of(server, "n")
        await one.complete(chat())
        await two.complete(chat())
        assert one._connection is two._connection
        await one.close()
        (completion,) = await two.complete(chat())
        assert completion.text == "Reply 0."
        await two.close()
        await two.close()
        (completion,) = await one.complete(chat())
        assert completion.text == "Reply 0."
        await one.close()

    with serving(openai_server()) as server:
        asyncio.run(run(server))


def test_a_client_serves_one_event_loop_after_another() -> None:
    with serving(openai_server()) as server:
        client = client_of(server)
        assert ask(client, chat()) == ask(client, chat())
