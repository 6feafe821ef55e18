import asyncio
import json
import re
import time
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any

import pytest
from autogen_core import CancellationToken
from environment import clean_environment
from servers import Answer, FakeServer, openai_server, serving

from dialoom.agents.clients.base import CLIENTS, ClientOptions
from dialoom.agents.clients.openai import OpenAIClient
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
    RateLimited,
    RequestRefused,
    ServerFault,
    UnknownModel,
)

__all__ = ["clean_environment"]

SECRET = "sk-secret-0123456789"


def request(
    *,
    seeds: tuple[int, ...] = (7,),
    sampling: Sampling | None = None,
    json_schema: Mapping[str, Any] | None = None,
    top_logprobs: int = 0,
) -> ChatRequest:
    return ChatRequest(
        messages=(
            {"role": "system", "content": "You are Ada."},
            {"role": "user", "content": "Hello"},
        ),
        sampling=sampling or Sampling(),
        seeds=seeds,
        json_schema=json_schema,
        top_logprobs=top_logprobs,
    )


def client_of(server: FakeServer, model: str = "m", **options: Any) -> OpenAIClient:
    return OpenAIClient(model, ClientOptions(base_url=f"{server.origin}/v1", **options))


def ask(client: OpenAIClient, *asked: ChatRequest, prepare: bool = False) -> list[list[Completion]]:
    async def run() -> list[list[Completion]]:
        try:
            if prepare:
                await client.prepare()
            return [await client.complete(one) for one in asked]
        finally:
            await client.close()

    return asyncio.run(run())


def body_of(asked: ChatRequest, model: str = "m") -> Any:
    with serving(openai_server()) as server:
        ask(client_of(server, model), asked)
        (body,) = server.chats
    return body


def failure(answer: Answer, **options: Any) -> ModelError:
    with serving(openai_server()) as server:
        server.next_answers.append(answer)
        with pytest.raises(ModelError) as caught:
            ask(client_of(server, **options), request())
    return caught.value


def test_the_registry_finds_the_back_end_by_its_name() -> None:
    assert CLIENTS.get("openai") is OpenAIClient


# ---- requests --------------------------------------------------------------------------


def test_a_plain_request_sends_model_messages_and_seed() -> None:
    assert body_of(request()) == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "You are Ada."},
            {"role": "user", "content": "Hello"},
        ],
        "seed": 7,
    }


@pytest.mark.parametrize(
    ("sampling", "sent"),
    [
        ({"temperature": 0.5}, {"temperature": 0.5}),
        ({"temperature": 0.0}, {"temperature": 0.0}),
        ({"top_p": 0.9}, {"top_p": 0.9}),
        ({"top_k": 40}, {"top_k": 40}),
        ({"min_p": 0.05}, {"min_p": 0.05}),
        ({"repeat_penalty": 1.1}, {"repeat_penalty": 1.1, "repetition_penalty": 1.1}),
        ({"frequency_penalty": 0.3}, {"frequency_penalty": 0.3}),
        ({"presence_penalty": -0.3}, {"presence_penalty": -0.3}),
        ({"max_tokens": 80}, {"max_tokens": 80}),
        ({"stop": ("\nAda:", "END")}, {"stop": ["\nAda:", "END"]}),
    ],
)
def test_each_sampling_setting_reaches_the_request(
    sampling: dict[str, Any], sent: dict[str, Any]
) -> None:
    plain, changed = body_of(request()), body_of(request(sampling=Sampling(**sampling)))
    assert changed == {**plain, **sent}


def test_log_probabilities_are_asked_for() -> None:
    changed = body_of(request(top_logprobs=5))
    assert changed == {**body_of(request()), "logprobs": True, "top_logprobs": 5}


CLOSED = {
    "type": "object",
    "properties": {"quality": {"type": "integer"}},
    "required": ["quality"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (CLOSED, True),
        ({**CLOSED, "required": []}, False),
        ({**CLOSED, "properties": {"quality": {"type": "object"}}}, False),
        ({**CLOSED, "properties": {"quality": {"anyOf": [CLOSED, {"type": "null"}]}}}, True),
    ],
)
def test_a_schema_is_strict_where_openai_would_take_it_so(
    schema: dict[str, Any], strict: bool
) -> None:
    sent = body_of(request(json_schema=schema))["response_format"]
    named = {"name": "reply", "schema": schema, "strict": strict}
    assert sent == {"type": "json_schema", "json_schema": named}


def test_any_json_object_is_asked_for_in_the_older_way() -> None:
    sent = body_of(request(json_schema={"type": "object"}))["response_format"]
    assert sent == {"type": "json_object"}


def test_a_model_that_reasons_gets_its_own_name_for_the_limit() -> None:
    body = body_of(request(sampling=Sampling(max_tokens=80)), model="openai/gpt-5-mini")
    assert body["max_completion_tokens"] == 80
    assert "max_tokens" not in body


# ---- replies ---------------------------------------------------------------------------


def reply(message: Mapping[str, Any], **choice: Any) -> Answer:
    usage = {
        "prompt_tokens": 50,
        "completion_tokens": 9,
        "prompt_tokens_details": {"cached_tokens": 32},
    }
    return Answer({"choices": [{"index": 0, "message": message, **choice}], "usage": usage})


def completion_of(answer: Answer) -> Completion:
    with serving(openai_server()) as server:
        server.next_answers.append(answer)
        ((completion,),) = ask(client_of(server), request())
    return completion


def test_text_finish_reason_and_usage_are_read() -> None:
    completion = completion_of(reply({"content": " Hi. "}, finish_reason="length"))
    assert completion == Completion(" Hi. ", "length", usage=Usage(50, 9, 32))


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("stop", "stop"),
        ("content_filter", "content_filter"),
        ("eos_token", "stop"),
        ("tool_calls", "unknown"),
        (None, "unknown"),
    ],
)
def test_finish_reasons_are_translated(given: str | None, read: str) -> None:
    assert completion_of(reply({"content": "x"}, finish_reason=given)).finish_reason == read


@pytest.mark.parametrize(
    ("message", "text", "thought"),
    [
        ({"content": "Hi", "reasoning": "hm"}, "Hi", "hm"),
        ({"content": "Hi", "reasoning_content": "hm\n"}, "Hi", "hm"),
        ({"content": "Hi", "reasoning_content": ""}, "Hi", None),
        ({"content": "<think>hm</think>\n\nHi"}, "Hi", "hm"),
        ({"content": "<think>hm and hm"}, "", "hm and hm"),
        ({"content": ""}, "", None),
        ({"content": None}, "", None),
        ({"content": [{"type": "thinking"}, {"type": "text", "text": "Hi"}]}, "Hi", None),
    ],
)
def test_thoughts_are_kept_apart(message: dict[str, Any], text: str, thought: str | None) -> None:
    completion = completion_of(reply(message, finish_reason="stop"))
    assert (completion.text, completion.thought) == (text, thought)


def test_a_refusal_is_the_text_and_the_finish_reason_says_so() -> None:
    completion = completion_of(reply({"content": None, "refusal": "No."}, finish_reason="stop"))
    assert (completion.text, completion.finish_reason) == ("No.", "content_filter")


def test_log_probabilities_are_read() -> None:
    with serving(openai_server()) as server:
        ((completion,),) = ask(client_of(server), request(top_logprobs=1))
    assert completion.logprobs == (Logprob("R", -0.5, (("R", -0.5),)),)


def test_missing_usage_is_estimated() -> None:
    answer = Answer({"choices": [{"message": {"content": "twelve chars"}}]})
    assert completion_of(answer).usage == Usage(12 // 3 + 8 + 5 // 3 + 8, 5)


def test_a_very_long_reply_comes_whole() -> None:
    assert len(completion_of(reply({"content": "x" * 100_000})).text) == 100_000


# ---- siblings --------------------------------------------------------------------------


def test_siblings_come_from_one_request_where_n_is_honoured() -> None:
    with serving(openai_server()) as server:
        client = client_of(server)
        ((first, *rest),) = ask(client, request(seeds=(7, 8, 9)), prepare=True)
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
        (answer,) = ask(client, request(seeds=(7, 8, 9)), prepare=True)
        probe, *bodies = server.chats
    assert not client.traits.siblings_together
    assert sorted(body["seed"] for body in bodies) == [7, 8, 9]
    assert probe["n"] == 2
    assert not any("n" in body for body in bodies)
    assert [one.text for one in answer] == ["Seed 7", "Seed 8", "Seed 9"]
    assert [one.usage.prompt_tokens for one in answer] == [30, 30, 30]


def test_an_endpoint_that_stops_to_honour_n_is_asked_for_the_rest() -> None:
    server = openai_server(text=lambda body, choice: f"Seed {body.get('seed')}")
    with serving(server):
        server.next_answers += [server.routes["/v1/chat/completions"](_two()), _one("Alone")]
        client = client_of(server)
        (answer,) = ask(client, request(seeds=(7, 8, 9)), prepare=True)
    assert [one.text for one in answer] == ["Alone", "Seed 8", "Seed 9"]
    assert not client.traits.siblings_together


def _two() -> Any:
    from servers import Received

    return Received("POST", "", {}, {"n": 2, "seed": 0, "logprobs": True})


def _one(text: str) -> Answer:
    return reply({"content": text}, finish_reason="stop")


# ---- what the endpoint says of itself --------------------------------------------------


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
        ((completion,),) = ask(client, request(), prepare=True)
    assert completion.text == "Reply 0."


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


# ---- addresses and keys ----------------------------------------------------------------


def test_the_key_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    with serving(openai_server(key=SECRET)) as server:
        ask(client_of(server), request(), prepare=True)


def test_without_a_key_none_is_sent() -> None:
    with serving(openai_server()) as server:
        ask(client_of(server), request(), prepare=True)
        assert not any("authorization" in one.headers for one in server.received)


def test_the_key_of_the_options_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "another")
    with serving(openai_server(key=SECRET)) as server:
        ask(client_of(server, api_key=SECRET), request())


def test_the_address_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(openai_server()) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.origin}/v1/")
        ((completion,),) = ask(OpenAIClient("m", ClientOptions()), request())
    assert completion.text == "Reply 0."


def test_azure_variables_name_its_v1_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", SECRET)
    server = openai_server(key=SECRET)
    with serving(server):
        for path in ("models", "chat/completions"):
            server.routes[f"/openai/v1/{path}"] = server.routes.pop(f"/v1/{path}")
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", f"{server.origin}/")
        ((completion,),) = ask(OpenAIClient("m", ClientOptions()), request())
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
                ask(client, request(), **asked)
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


# ---- faults ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (Answer(status=500, value="oops"), ServerFault, "failed (500): oops"),
        (Answer(status=502), ServerFault, "failed (502)"),
        (Answer(status=503, value={"error": {"message": "Loading model"}}), Overloaded, "Loading"),
        (
            Answer(status=400, value={"error": {"message": "bad top_k"}}),
            RequestRefused,
            "bad top_k",
        ),
        (Answer(status=422, value={"detail": [{"msg": "no"}]}), RequestRefused, '"msg": "no"'),
        (Answer(status=404, value={"detail": "Not Found"}), RequestRefused, "end in /v1?"),
        (
            Answer(status=404, value={"message": "The model `m` does not exist.", "code": 404}),
            UnknownModel,
            "has no such model (404): The model `m` does not exist.",
        ),
        (
            Answer(
                status=400,
                value={"error": {"message": "too long", "code": "context_length_exceeded"}},
            ),
            ContextOverflow,
            "does not fit into the model's context",
        ),
        (
            Answer(status=400, value={"error": {"type": "exceed_context_size_error"}}),
            ContextOverflow,
            "does not fit",
        ),
        (
            Answer(status=429, value={"error": {"code": "insufficient_quota", "message": "paid?"}}),
            RequestRefused,
            "paid?",
        ),
        (Answer(status=408), ModelTimeout, "took too long"),
        (Answer(status=200, value="<html>hello</html>"), BadReply, "sent what is no reply"),
        (Answer(status=200, value=b"\xff\xfe\x00"), BadReply, "sent what is no reply"),
        (Answer(status=200, value=""), BadReply, "sent what is no reply"),
        (Answer(status=200, value=[1, 2]), BadReply, "sent what is no reply: [1, 2]"),
        (Answer(status=200, value={"choices": []}), BadReply, "without a choice"),
        (Answer(status=200, value={"choices": [{}]}), BadReply, "of another form"),
        (Answer(status=200, value={"choices": 5}), BadReply, "of another form"),
        (Answer(status=200, value={"choices": [{"message": {"content": 5}}]}), BadReply, "form"),
        (
            Answer(status=200, value={"error": {"code": 429, "message": "slow"}}),
            RateLimited,
            "slow",
        ),
        (Answer(status=200, value={"error": "broken"}), ServerFault, "broken"),
        (Answer(status=307, headers={"Location": "/v1/chat/completions/x"}), RequestRefused, "404"),
        (
            Answer({"choices": []}, fault="half"),
            ServerFault,
            "broke off in the middle of its reply",
        ),
        (Answer(fault="drop"), ServerFault, "no connection"),
    ],
)
def test_each_fault_is_one_of_ours_in_one_sentence(
    answer: Answer, kind: type[ModelError], words: str
) -> None:
    error = failure(answer)
    assert type(error) is kind
    assert words in str(error)
    assert re.match(r"openai/m: (no connection with )?http://127\.0\.0\.1:\d+/v1[ :]", str(error))
    assert "\n" not in str(error)
    assert error.model == "openai/m"


def test_a_long_error_page_is_cut() -> None:
    assert len(str(failure(Answer("<p>" * 10_000, status=500)))) < 500


def test_rate_limits_tell_how_long_to_wait() -> None:
    assert failure(Answer(status=429)).retry_after is None
    assert failure(Answer(status=429, headers={"Retry-After": "12"})).retry_after == 12
    assert failure(Answer(status=429, headers={"retry-after-ms": "250"})).retry_after == 0.25
    date = formatdate(time.time() + 60, usegmt=True)
    waited = failure(Answer(status=429, headers={"Retry-After": date})).retry_after
    assert waited is not None
    assert 50 < waited < 61
    assert failure(Answer(status=503, headers={"Retry-After": "soon"})).retry_after is None


def test_an_endpoint_that_hangs_is_given_up_after_the_timeout() -> None:
    error = failure(Answer(fault="hang"), timeout=0.2)
    assert type(error) is ModelTimeout
    assert "within the time allowed" in str(error)


def test_the_foreign_error_is_the_cause() -> None:
    assert type(failure(Answer(status=500)).__cause__).__name__ == "HTTPStatusError"


def test_nothing_is_asked_twice() -> None:
    with serving(openai_server()) as server:
        server.next_answers.append(Answer(status=500))
        with pytest.raises(ServerFault):
            ask(client_of(server), request())
        assert len(server.received) == 1


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

    with serving(openai_server()) as server:
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
    with serving(openai_server(text=lambda body, choice: "Hello there, Ada.")) as server:
        *pieces, last = streamed(server)
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
        *pieces, last = streamed(server)
    assert isinstance(last, Completion)
    assert "".join(str(piece) for piece in pieces) == shown == last.text
    assert last.thought == thought


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(status=500), ServerFault),
        (Answer(status=429), RateLimited),
        (Answer('data: {"error": {"message": "broken"}}\n\n'), ServerFault),
        (Answer("data: {nonsense\n\n"), BadReply),
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
            streamed(server, timeout=0.3 if kind is ModelTimeout else 30)
    assert type(caught.value) is kind


def test_a_stream_left_early_is_closed() -> None:
    async def first(server: FakeServer) -> str | Completion:
        client = client_of(server)
        stream = client.stream(request())
        piece = await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]
        await client.close()
        return piece

    with serving(openai_server(text=lambda body, choice: "Hello there")) as server:
        assert asyncio.run(first(server)) == "Hello"


# ---- sharing ---------------------------------------------------------------------------


def test_models_of_one_endpoint_share_a_connection_until_the_last_is_closed() -> None:
    async def run(server: FakeServer) -> None:
        one, two = client_of(server), client_of(server, "n")
        await one.complete(request())
        await two.complete(request())
        assert one._connection is two._connection
        await one.close()
        (completion,) = await two.complete(request())
        assert completion.text == "Reply 0."
        await two.close()
        await two.close()
        (completion,) = await one.complete(request())
        assert completion.text == "Reply 0."
        await one.close()

    with serving(openai_server()) as server:
        asyncio.run(run(server))


def test_a_client_serves_one_event_loop_after_another() -> None:
    with serving(openai_server()) as server:
        client = client_of(server)
        assert ask(client, request()) == ask(client, request())
