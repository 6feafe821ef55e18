"""Replies that come in pieces, as OpenAI's API streams them, put together again."""

from collections.abc import Mapping
from typing import Any

from dialoom.agents.clients.thoughts import Spoken

__all__ = ["Gathered"]


class Gathered:
    """The chunks of a streamed chat completion, in the form of an unstreamed one."""

    def __init__(self) -> None:
        self._spoken = Spoken()
        self._text: list[str] = []
        self._thought: list[str] = []
        self._logprobs: list[Any] = []
        self._finish: Any = None
        self._usage: Any = None

    def add(self, chunk: Mapping[str, Any]) -> str:
        """Take a chunk and return what of it may be shown."""
        self._usage = chunk.get("usage") or self._usage
        shown = ""
        for choice in chunk.get("choices") or ():
            delta = choice.get("delta") or {}
            self._finish = choice.get("finish_reason") or self._finish
            self._thought.append(delta.get("reasoning") or delta.get("reasoning_content") or "")
            self._logprobs += (choice.get("logprobs") or {}).get("content") or ()
            text = delta.get("content") or ""
            self._text.append(text)
            shown += self._spoken.add(text) if text else ""
        return shown

    def rest(self) -> str:
        """Return what is left to show once the last chunk has come."""
        return self._spoken.rest()

    def payload(self) -> dict[str, Any]:
        """Return the whole as an unstreamed reply would hold it."""
        choice = {
            "message": {"content": "".join(self._text), "reasoning": "".join(self._thought)},
            "finish_reason": self._finish,
            "logprobs": {"content": self._logprobs},
        }
        return {"choices": [choice], "usage": self._usage}
