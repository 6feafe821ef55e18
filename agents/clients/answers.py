"""llama.cpp's streamed chunks put together: one completion for each sibling of a request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json

from dialoom.agents.clients.thoughts import split_thought
from dialoom.chat import ChatRequest, Completion, FinishReason, Logprob, Usage
from dialoom.errors import (
    ContextOverflow,
    ModelError,
    RequestRefused,
    ServerFault,
)

__all__ = ["Answers", "chat_body"]

_FINISHED: Mapping[str | None, FinishReason] = {"stop": "stop", "length": "length"}


def chat_body(request: ChatRequest, seeds: Sequence[int], *, grammar: str = "") -> dict[str, Any]:
    """Return the request in the words of llama.cpp's chat endpoint.

    Args:
        request: What is asked.
        seeds: Consecutive; the engine draws completion i of `n` with seed + i.
        grammar: What the replies must match from their first token on; empty for plain text.
    """
    sampling = request.sampling.model_dump(exclude_none=True, exclude={"stop"})
    body: dict[str, Any] = {
        "messages": list(request.messages),
        "seed": seeds[0],
        "n": len(seeds),
        **sampling,
    }
    if request.sampling.stop:
        body["stop"] = list(request.sampling.stop)
    if grammar:
        body |= {"grammar": grammar, "reasoning_format": "none"}
    if request.top_logprobs:
        body |= {"logprobs": True, "top_logprobs": request.top_logprobs}
    return body


@dataclass(slots=True)
class _Answer:
    text: list[str] = field(default_factory=list)
    thought: list[str] = field(default_factory=list)
    logprobs: list[Logprob] = field(default_factory=list)
    finish: str | None = None
    usage: Mapping[str, Any] = field(default_factory=dict)


class Answers:
    """What the siblings of one request have said so far."""

    def __init__(self, siblings: int, *, json: bool = False) -> None:
        """Expect that many answers; `json` when each must be JSON."""
        self._json = json
        self._answers = [_Answer() for _ in range(siblings)]
        self._finished = 0
        self._error: Mapping[str, Any] | None = None

    def add(self, chunk: Mapping[str, Any]) -> str:
        """Take the next chunk; return the text that it adds, of whichever sibling."""
        if "error" in chunk:
            self._error = chunk["error"]
            return ""
        added = ""
        for choice in chunk["choices"]:
            added += self._extend(choice)
        if "usage" in chunk:
            # the engine sends a sibling's usage right after its last choice
            self._answers[self._finished].usage = chunk["usage"]
        return added

    def completions(self, model: str, seconds: float) -> list[Completion]:
        """Return the whole answers.

        Args:
            model: The name the user wrote, for messages.
            seconds: Wall time of the request.

        Raises:
            ContextOverflow: the prompt does not fit into a slot.
            RequestRefused: the engine does not take the request, or not its schema.
            ServerFault: the engine failed, or ended without finishing an answer.
        """
        if self._error is not None:
            raise _mapped(self._error, model)
        if any(answer.finish is None for answer in self._answers):
            raise ServerFault(f"{model}: llama.cpp ended in the middle of a reply", model=model)
        if self._json and not all(map(_is_json, self._answers)):
            raise RequestRefused(f"{model}: llama.cpp can't follow the JSON Schema", model=model)
        return [
            _completion(answer, carries_prompt=place == 0, seconds=seconds)
            for place, answer in enumerate(self._answers)
        ]

    def _extend(self, choice: Mapping[str, Any]) -> str:
        answer = self._answers[choice["index"]]
        delta = choice["delta"]
        text = delta.get("content") or ""
        answer.text.append(text)
        answer.thought.append(delta.get("reasoning_content") or "")
        for item in (choice.get("logprobs") or {}).get("content") or ():
            top = tuple((other["token"], other["logprob"]) for other in item["top_logprobs"])
            answer.logprobs.append(Logprob(item["token"], item["logprob"], top))
        if choice["finish_reason"] is not None:
            answer.finish = choice["finish_reason"]
            self._finished = choice["index"]
        return text


def _is_json(answer: _Answer) -> bool:
    """Return whether an answer is JSON, or the beginning of JSON where it was cut off.

    The engine leaves out a schema that it can't use, and says nothing.
    """
    text = "".join(answer.text)
    try:
        from_json(text, allow_partial=answer.finish != "stop")
    except ValueError:
        return not text
    return True


def _completion(answer: _Answer, *, carries_prompt: bool, seconds: float) -> Completion:
    text, thought = split_thought("".join(answer.text))
    usage = answer.usage
    cached = usage["prompt_tokens_details"]["cached_tokens"]
    return Completion(
        text=text,
        finish_reason=_FINISHED.get(answer.finish, "unknown"),
        thought="".join(answer.thought).strip() or thought,
        usage=Usage(
            prompt_tokens=usage["prompt_tokens"] if carries_prompt else 0,
            completion_tokens=usage["completion_tokens"],
            cached_tokens=cached if carries_prompt else 0,
        ),
        logprobs=tuple(answer.logprobs),
        seconds=seconds,
    )


def _mapped(error: Mapping[str, Any], model: str) -> ModelError:
    """Return our error for one of the engine's."""
    if error.get("type") == "exceed_context_size_error":
        return ContextOverflow(
            f"{model}: the prompt has {error['n_prompt_tokens']} tokens and the context holds "
            f"{error['n_ctx']}",
            model=model,
        )
    message = f"{model}: llama.cpp says {error.get('message')!r}"
    if 400 <= int(error.get("code", 500)) < 500:
        return RequestRefused(message, model=model)
    return ServerFault(message, model=model)
