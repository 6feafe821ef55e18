"""OpenAI's chat completions on the wire: requests into bodies, replies into completions.

Source: the OpenAI API reference, "Create chat completion"; vLLM's, llama-server's and DeepSeek's
additions where they are named.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from dialoom.agents.clients.thoughts import split_thought
from dialoom.chat import (
    ChatRequest,
    Completion,
    FinishReason,
    Logprob,
    Sampling,
    Usage,
    estimated_tokens,
)

__all__ = ["Dialect", "chat_body", "completions"]

FINISH_REASONS: Mapping[Any, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    "eos_token": "stop",
    "stop_sequence": "stop",
}
"""The last two are TGI's."""

REASONING = re.compile(r"(?:^|/)(?:o\d|gpt-5)")
"""Models that take `max_completion_tokens` for `max_tokens`, and no sampling settings."""
MOST_TOKENS = 1_000_000_000
"""Tokens of a request from which their number is taken for a mistake."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How an endpoint's taste in requests differs."""

    extras: bool
    """It knows `top_k`, `min_p` and a repetition penalty."""
    renamed_limit: bool
    """It wants `max_completion_tokens`."""
    fixed_sampling: bool
    """It refuses temperature, top_p, penalties and stop sequences."""

    @classmethod
    def of(cls, model: str, *, hosted: bool) -> "Dialect":
        """Return the dialect for a model at OpenAI's or Azure's own endpoint, or elsewhere."""
        reasons = REASONING.search(model) is not None
        return cls(
            extras=not hosted, renamed_limit=hosted or reasons, fixed_sampling=hosted and reasons
        )


def chat_body(
    request: ChatRequest,
    model: str,
    seeds: Sequence[int],
    dialect: Dialect,
    *,
    stream: bool = False,
) -> bytes:
    """Return the body that asks for one completion for each seed; the first seed is sent."""
    body: dict[str, Any] = {"model": model, "messages": request.messages, "seed": seeds[0]}
    if len(seeds) > 1:
        body["n"] = len(seeds)
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    if request.top_logprobs:
        body |= {"logprobs": True, "top_logprobs": request.top_logprobs}
    if request.json_schema is not None:
        body["response_format"] = _response_format(request.json_schema)
    return to_json({**body, **_settings(request.sampling, dialect)})


def _settings(sampling: Sampling, dialect: Dialect) -> dict[str, Any]:
    limit = "max_completion_tokens" if dialect.renamed_limit else "max_tokens"
    settings: dict[str, Any] = {limit: sampling.max_tokens}
    if not dialect.fixed_sampling:
        settings |= {
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "frequency_penalty": sampling.frequency_penalty,
            "presence_penalty": sampling.presence_penalty,
            "stop": sampling.stop or None,
        }
    if dialect.extras:
        settings |= {
            "top_k": sampling.top_k,
            "min_p": sampling.min_p,
            "repeat_penalty": sampling.repeat_penalty,  # llama-server, LM Studio
            "repetition_penalty": sampling.repeat_penalty,  # vLLM, TGI, SGLang
        }
    return {name: value for name, value in settings.items() if value is not None}


def _response_format(schema: Mapping[str, Any]) -> dict[str, Any]:
    if schema == {"type": "object"}:
        return {"type": "json_object"}
    named = {"name": "reply", "schema": schema, "strict": _is_strict(schema)}
    return {"type": "json_schema", "json_schema": named}


def _is_strict(schema: Any) -> bool:
    """Return whether OpenAI takes a schema as strict: closed objects, all properties required."""
    if isinstance(schema, list):
        return all(_is_strict(part) for part in schema)
    if not isinstance(schema, Mapping):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        names = schema.get("properties", {}).keys()
        if schema.get("additionalProperties") is not False:
            return False
        if set(schema.get("required", ())) != set(names):
            return False
    return all(_is_strict(part) for part in schema.values())


def completions(payload: Mapping[str, Any], request: ChatRequest) -> list[Completion]:
    """Return a reply's completions in the order of their index.

    Raises:
        LookupError, TypeError, AttributeError: the payload has another form.
    """
    choices = sorted(payload["choices"], key=lambda choice: choice.get("index") or 0)
    found = [_completion(choice) for choice in choices]
    return _with_usage(found, payload.get("usage"), request)


def _completion(choice: Mapping[str, Any]) -> Completion:
    message = choice["message"]
    finish = FINISH_REASONS.get(choice.get("finish_reason"), "unknown")
    text, thought = split_thought(_text(message.get("content")))
    if not text and message.get("refusal"):
        text, finish = message["refusal"], "content_filter"
    # vLLM says `reasoning`; it, DeepSeek and llama-server have said `reasoning_content`
    apart = message.get("reasoning") or message.get("reasoning_content")
    if isinstance(apart, str):
        thought = apart.strip() or thought
    logprobs = (choice.get("logprobs") or {}).get("content") or ()
    return Completion(text, finish, thought, logprobs=tuple(_logprob(item) for item in logprobs))


def _text(content: Any) -> str:
    """Return a message's content as text; Mistral gives lists of parts."""
    if isinstance(content, list):
        return "".join(part.get("text") or "" for part in content if part.get("type") == "text")
    if content is not None and not isinstance(content, str):
        raise TypeError("the content is not text")
    return content or ""


def _logprob(item: Mapping[str, Any]) -> Logprob:
    top = ((other["token"], float(other["logprob"])) for other in item.get("top_logprobs") or ())
    return Logprob(item["token"], float(item["logprob"]), tuple(top))


def _with_usage(found: list[Completion], usage: Any, request: ChatRequest) -> list[Completion]:
    """Share out the tokens: the prompt to the first, the completions' by length of text.

    A number that can't be one is estimated, like one that is missing: a reply is not lost for it.
    """
    lengths = [len(one.text) + len(one.thought or "") for one in found]
    generated = _count(usage, "completion_tokens", least=min(1, sum(lengths)))
    if generated is None:
        generated = sum(lengths) // 3 + len(found)
    prompt = _count(usage, "prompt_tokens", least=1)
    if prompt is None:
        prompt = estimated_tokens(request.messages)
    details = usage.get("prompt_tokens_details") if isinstance(usage, Mapping) else None
    cached = _count(details, "cached_tokens") or _count(usage, "prompt_cache_hit_tokens") or 0
    cached = min(cached, prompt)
    shares = _shares(generated, lengths)
    usages = [Usage(0, share) for share in shares]
    usages[:1] = [Usage(prompt, shares[0], cached)] if shares else []
    return [
        Completion(one.text, one.finish_reason, one.thought, its_usage, one.logprobs)
        for one, its_usage in zip(found, usages, strict=True)
    ]


def _count(usage: Any, name: str, *, least: int = 0) -> int | None:
    """Return a number of tokens, or None where there is none that can be."""
    found = usage.get(name) if isinstance(usage, Mapping) else None
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return int(found) if least <= found <= MOST_TOKENS else None


def _shares(total: int, lengths: Sequence[int]) -> list[int]:
    """Return `total` divided in proportion to the lengths; the shares add up to it."""
    whole, done, passed = sum(lengths) or 1, 0, 0
    shares = []
    for length in lengths:
        passed += length
        share = total * passed // whole - done
        shares.append(share)
        done += share
    if shares:
        shares[-1] += total - done
    return shares
