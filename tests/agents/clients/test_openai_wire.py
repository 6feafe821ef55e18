from typing import Any

import pytest
from client_calls import chat
from environment import clean_environment
from openai_calls import ask, body_of, client_of, completion_of, reply
from servers import Answer, openai_server, serving

from dialoom.chat import Completion, Logprob, Usage

__all__ = ["clean_environment"]


def test_a_plain_request_sends_model_messages_and_seed() -> None:
    assert body_of(chat()) == {
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
    plain, changed = body_of(chat()), body_of(chat(**sampling))
    assert changed == {**plain, **sent}


def test_log_probabilities_are_asked_for() -> None:
    changed = body_of(chat(top_logprobs=5))
    assert changed == {**body_of(chat()), "logprobs": True, "top_logprobs": 5}


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
    sent = body_of(chat(json_schema=schema))["response_format"]
    named = {"name": "reply", "schema": schema, "strict": strict}
    assert sent == {"type": "json_schema", "json_schema": named}


def test_any_json_object_is_asked_for_in_the_older_way() -> None:
    sent = body_of(chat(json_schema={"type": "object"}))["response_format"]
    assert sent == {"type": "json_object"}


def test_a_model_that_reasons_gets_its_own_name_for_the_limit() -> None:
    body = body_of(chat(max_tokens=80), model="openai/gpt-5-mini")
    assert body["max_completion_tokens"] == 80
    assert "max_tokens" not in body


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
        ((completion,),) = ask(client_of(server), chat(top_logprobs=1))
    assert completion.logprobs == (Logprob("R", -0.5, (("R", -0.5),)),)


def test_missing_usage_is_estimated() -> None:
    answer = Answer({"choices": [{"message": {"content": "twelve chars"}}]})
    assert completion_of(answer).usage == Usage(12 // 3 + 8 + 5 // 3 + 8, 5)


@pytest.mark.parametrize("odd", [None, -1, 2**64 - 1, "9", [9], True, float("nan"), {}])
def test_usage_that_can_be_none_is_estimated(odd: Any) -> None:
    usage = {"prompt_tokens": odd, "completion_tokens": odd, "prompt_tokens_details": odd}
    choices = [{"message": {"content": "twelve chars"}}]
    assert completion_of(Answer({"choices": choices, "usage": usage})).usage == Usage(21, 5)
    assert completion_of(Answer({"choices": choices, "usage": odd})).usage == Usage(21, 5)


def test_usage_of_nothing_for_something_is_estimated() -> None:
    usage = {"prompt_tokens": 0, "completion_tokens": 0}
    answer = Answer({"choices": [{"message": {"content": "twelve chars"}}], "usage": usage})
    assert completion_of(answer).usage == Usage(21, 5)


def test_no_more_of_a_prompt_is_cached_than_there_is() -> None:
    usage = {
        "prompt_tokens": 30,
        "completion_tokens": 4.0,
        "prompt_tokens_details": {"cached_tokens": 900},
    }
    answer = Answer({"choices": [{"message": {"content": "Hi"}}], "usage": usage})
    assert completion_of(answer).usage == Usage(30, 4, 30)


def test_a_very_long_reply_comes_whole() -> None:
    assert len(completion_of(reply({"content": "x" * 100_000})).text) == 100_000
