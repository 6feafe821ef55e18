"""What is asked of a chat model and what comes back, whichever back end answers."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypedDict

from pydantic import Field
from pydantic_core import to_json

from dialoom.spec import Spec

__all__ = [
    "ChatMessage",
    "ChatRequest",
    "Completion",
    "FinishReason",
    "Logprob",
    "Sampling",
    "Usage",
    "completion_from",
    "estimated_tokens",
    "total_usage",
]

FinishReason = Literal["stop", "length", "content_filter", "unknown"]


class ChatMessage(TypedDict):
    """One message as chat endpoints take it."""

    role: Literal["system", "user", "assistant"]
    content: str


class Sampling(Spec):
    """How replies are drawn. What is None is left to the model's own default."""

    temperature: float | None = Field(default=None, ge=0, le=5)
    top_p: float | None = Field(default=None, gt=0, le=1)
    top_k: int | None = Field(default=None, ge=0)
    min_p: float | None = Field(default=None, ge=0, le=1)
    repeat_penalty: float | None = Field(default=None, gt=0, le=5)
    """Ollama's and llama.cpp's; 1 is off. OpenAI's own endpoint does not know it."""
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    max_tokens: int | None = Field(default=None, ge=1)
    stop: tuple[str, ...] = ()

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What is set, as plain values."""
        return self.model_dump(exclude_none=True)

    def over(self, base: "Sampling") -> "Sampling":
        """Return these settings, completed from `base` where they say nothing."""
        return base.model_copy(update=self.model_dump(exclude_unset=True))


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A prompt and how to continue it; a pure value, so it can be the key of its answer."""

    messages: tuple[ChatMessage, ...]
    sampling: Sampling
    seeds: tuple[int, ...] = (0,)
    """One for each completion wanted; 0 to 2**31 - 1."""
    json_schema: Mapping[str, Any] | None = None
    """JSON Schema that the completion must satisfy."""
    top_logprobs: int = 0
    """How many alternatives to report for each token; 0 reports none."""
    purpose: str = ""
    """What the call is for, in reports; it changes nothing in the answer."""

    def key(self, model: str) -> str:
        """Return the SHA-256 of all that makes the answer of `model`, in hexadecimal."""
        made_by = (
            model,
            self.messages,
            self.sampling.settings,
            self.seeds,
            self.json_schema,
            self.top_logprobs,
        )
        return hashlib.sha256(to_json(made_by)).hexdigest()


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one completion. Of siblings asked for together, the first carries the prompt."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    """Prompt tokens served from the endpoint's prefix cache; part of `prompt_tokens`."""


@dataclass(frozen=True, slots=True)
class Logprob:
    """A token that was drawn, with the alternatives at its place."""

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()
    """Alternatives as (token, natural log of the probability), likeliest first."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One reply of a model, its text exactly as given."""

    text: str
    finish_reason: FinishReason = "stop"
    thought: str | None = None
    """Reasoning that the endpoint gives apart, or that stood in a leading `<think>` block."""
    usage: Usage = Usage()
    logprobs: tuple[Logprob, ...] = ()
    seconds: float = 0.0
    """Wall time of the request that brought it."""
    call_key: str = ""
    """`ChatRequest.key` of the call, once it stands in a run's journal."""

    def stamped(self, *, seconds: float | None = None, call_key: str | None = None) -> "Completion":
        """Return this completion with what is known of its call; several times `replace`'s speed.

        Args:
            seconds: Wall time, for a client that doesn't say.
            call_key: See the field.
        """
        return Completion(
            self.text,
            self.finish_reason,
            self.thought,
            self.usage,
            self.logprobs,
            self.seconds or seconds or 0.0,
            self.call_key if call_key is None else call_key,
        )


def total_usage(completions: Sequence[Completion]) -> Usage:
    """Return the tokens of all completions together."""
    if len(completions) == 1:
        return completions[0].usage
    usages = [completion.usage for completion in completions]
    return Usage(
        sum(usage.prompt_tokens for usage in usages),
        sum(usage.completion_tokens for usage in usages),
        sum(usage.cached_tokens for usage in usages),
    )


def estimated_tokens(messages: Sequence[ChatMessage]) -> int:
    """Return a cautious estimate of a prompt's tokens: 3 characters each, 8 for each message."""
    return sum(len(message["content"]) // 3 + 8 for message in messages)


def completion_from(values: Mapping[str, Any]) -> Completion:
    """Return the completion that `dataclasses.asdict` or JSON took apart."""
    logprobs = tuple(
        Logprob(item["token"], item["logprob"], tuple((t, p) for t, p in item["top"]))
        for item in values["logprobs"]
    )
    return Completion(**{**values, "usage": Usage(**values["usage"]), "logprobs": logprobs})
