from collections.abc import Mapping
from typing import Any

import pytest
from client_calls import chat
from environment import clean_environment
from ollama_calls import ask, body_of, client_of
from servers import Answer, ollama_server, serving

from dialoom.chat import ChatRequest, Completion, Logprob, Usage

__all__ = ["clean_environment"]


def test_a_plain_request_sends_the_window_the_seed_and_keeps_the_model_loaded() -> None:
    assert body_of(chat()) == {
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
    plain, changed = body_of(chat())["options"], body_of(chat(**sampling))["options"]
    assert changed == {**plain, **sent}


def test_a_schema_is_the_format() -> None:
    schema = {"type": "object", "properties": {"quality": {"type": "integer"}}}
    assert body_of(chat(json_schema=schema))["format"] == schema
    assert body_of(chat(json_schema={"type": "object"}))["format"] == "json"


def test_log_probabilities_are_asked_for() -> None:
    body = body_of(chat(top_logprobs=5))
    assert (body["logprobs"], body["top_logprobs"]) == (True, 5)


@pytest.mark.parametrize(
    ("show", "asked", "think"),
    [
        ({}, chat(), None),
        ({"capabilities": ["completion", "thinking"]}, chat(), True),
        ({"capabilities": ["completion", "thinking"]}, chat(max_tokens=1024), True),
        ({"capabilities": ["completion", "thinking"]}, chat(max_tokens=400), False),
        (
            {"capabilities": ["completion", "thinking"]},
            chat(json_schema={"type": "object"}),
            False,
        ),
        (
            {"capabilities": ["completion", "thinking"], "details": {"family": "gptoss"}},
            chat(max_tokens=400),
            "low",
        ),
        (
            {"capabilities": ["completion", "thinking"], "details": {"family": "gptoss"}},
            chat(),
            "medium",
        ),
    ],
)
def test_a_model_thinks_where_it_can_and_has_room(
    show: dict[str, Any], asked: ChatRequest, think: Any
) -> None:
    assert body_of(asked, **show).get("think") == think


def completion_of(message: Mapping[str, Any], **more: Any) -> Completion:
    value = {"model": "m", "message": {"role": "assistant", **message}, "done": True, **more}
    with serving(ollama_server()) as server:
        server.next_answers.append(Answer(value))
        ((completion,),) = ask(client_of(server), chat())
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
