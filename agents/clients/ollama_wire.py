"""Ollama's native chat on the wire: requests into arguments, replies into completions.

Source: Ollama, `docs/api.md`, "Generate a chat completion" and "Parameters" of a Modelfile.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import ollama

from dialoom.agents.clients.thoughts import split_thought
from dialoom.chat import ChatRequest, Completion, FinishReason, Logprob, Usage

__all__ = ["arguments", "completion", "joined"]

KEEP_ALIVE = "30m"
"""How long the model stays loaded between calls; Ollama's five minutes are short for a REPL."""
THOUGHT_ROOM = 1024
"""A reply limited to fewer tokens would be all thought, so a model is told not to think."""

FINISH_REASONS: Mapping[Any, FinishReason] = {"stop": "stop", "length": "length"}


def arguments(
    request: ChatRequest, model: str, seed: int, num_ctx: int, *, thinks: bool, family: str
) -> dict[str, Any]:
    """Return the arguments of `AsyncClient.chat`.

    Args:
        request: What is asked.
        model: The model's name.
        seed: Of this completion.
        num_ctx: Tokens of context.
        thinks: Whether the model can think before it answers.
        family: The model's family, as Ollama calls it.
    """
    return {
        "model": model,
        "messages": list(request.messages),
        "options": _options(request, seed, num_ctx),
        "format": _format(request.json_schema),
        "think": _think(request, family) if thinks else None,
        "keep_alive": KEEP_ALIVE,
        "logprobs": True if request.top_logprobs else None,
        "top_logprobs": request.top_logprobs or None,
    }


def _options(request: ChatRequest, seed: int, num_ctx: int) -> dict[str, Any]:
    sampling = request.sampling
    options = {
        "num_ctx": num_ctx,
        "seed": seed,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "min_p": sampling.min_p,
        "repeat_penalty": sampling.repeat_penalty,
        "frequency_penalty": sampling.frequency_penalty,
        "presence_penalty": sampling.presence_penalty,
        "num_predict": sampling.max_tokens,
        "stop": list(sampling.stop) or None,
    }
    return {name: value for name, value in options.items() if value is not None}


def _format(schema: Mapping[str, Any] | None) -> Any:
    return "json" if schema == {"type": "object"} else schema


def _think(request: ChatRequest, family: str) -> bool | str:
    limit = request.sampling.max_tokens
    has_room = request.json_schema is None and (limit is None or limit >= THOUGHT_ROOM)
    if family == "gptoss":  # it always thinks, more or less
        return "medium" if has_room else "low"
    return has_room


def completion(reply: ollama.ChatResponse) -> Completion:
    """Return a whole reply as a completion."""
    text, thought = split_thought(reply.message.content or "")
    apart = (reply.message.thinking or "").strip()
    return Completion(
        text,
        FINISH_REASONS.get(reply.done_reason, "unknown"),
        apart or thought,
        Usage(reply.prompt_eval_count or 0, reply.eval_count or 0),
        tuple(
            Logprob(
                item.token,
                item.logprob,
                tuple((other.token, other.logprob) for other in item.top_logprobs or ()),
            )
            for item in reply.logprobs or ()
        ),
    )


def joined(parts: Sequence[ollama.ChatResponse]) -> ollama.ChatResponse:
    """Return the parts of a streamed reply as one whole; the counts stand in the last."""
    if not parts:
        return ollama.ChatResponse(message=ollama.Message(role="assistant"))
    message = ollama.Message(
        role="assistant",
        content="".join(part.message.content or "" for part in parts),
        thinking="".join(part.message.thinking or "" for part in parts),
    )
    logprobs = [item for part in parts for item in part.logprobs or ()]
    return parts[-1].model_copy(update={"message": message, "logprobs": logprobs})
