"""AutoGen's prompts as requests, and completions as AutoGen's results."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from autogen_core.models import (
    AssistantMessage,
    ChatCompletionTokenLogprob,
    CreateResult,
    LLMMessage,
    RequestUsage,
    SystemMessage,
    TopLogprob,
    UserMessage,
)
from pydantic import BaseModel

from dialoom.chat import ChatMessage, ChatRequest, Completion, Logprob, Sampling
from dialoom.errors import InputError

__all__ = ["chat_request", "create_result"]


def chat_request(
    messages: Sequence[LLMMessage],
    json_output: bool | type[BaseModel] | None,
    extra: Mapping[str, Any],
) -> ChatRequest:
    """Return AutoGen's arguments as a request.

    Raises:
        InputError: a message holds images or tool calls.
    """
    settings = dict(extra)
    seed = int(settings.pop("seed", 0))
    purpose = str(settings.pop("purpose", ""))
    schema: Mapping[str, Any] | None = None
    if json_output is True:
        schema = {"type": "object"}
    elif isinstance(json_output, type):
        schema = _schema_of(json_output)
    return ChatRequest(
        messages=tuple(_chat_message(message) for message in messages),
        sampling=Sampling.model_validate(settings),
        seeds=(seed,),
        json_schema=schema,
        purpose=purpose,
    )


@lru_cache
def _schema_of(model: type[BaseModel]) -> Mapping[str, Any]:
    return model.model_json_schema()  # 0.4 ms, more than the rest of a call


def _chat_message(message: LLMMessage) -> ChatMessage:
    if isinstance(message.content, str):
        if isinstance(message, SystemMessage):
            return {"role": "system", "content": message.content}
        if isinstance(message, AssistantMessage):
            return {"role": "assistant", "content": message.content}
        if isinstance(message, UserMessage):
            return {"role": "user", "content": message.content}
    raise InputError(f"dialoom's clients take text messages only, not {type(message).__name__}")


def create_result(completion: Completion) -> CreateResult:
    """Return a completion as AutoGen's agents take it."""
    return CreateResult(
        finish_reason=completion.finish_reason,
        content=completion.text,
        usage=RequestUsage(
            prompt_tokens=completion.usage.prompt_tokens,
            completion_tokens=completion.usage.completion_tokens,
        ),
        cached=False,
        logprobs=[_token_logprob(item) for item in completion.logprobs] or None,
        thought=completion.thought,
    )


def _token_logprob(item: Logprob) -> ChatCompletionTokenLogprob:
    return ChatCompletionTokenLogprob(
        token=item.token,
        logprob=item.logprob,
        top_logprobs=[TopLogprob(logprob=logprob) for _, logprob in item.top],
    )
