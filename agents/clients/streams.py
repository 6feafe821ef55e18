"""Replies that come in pieces: put together again, and shown without their thoughts."""

from collections.abc import Mapping
from typing import Any

__all__ = ["Gathered", "Spoken"]

OPEN, CLOSE = "<think>", "</think>"


class Spoken:
    """Lets the text of a reply through piece by piece and keeps back a leading `<think>` block."""

    def __init__(self) -> None:
        self._held: str | None = ""
        """What may still be thought; None once the reply proper has begun."""

    def add(self, piece: str) -> str:
        """Return what may be shown after this piece; often nothing or just the piece."""
        if self._held is None:
            return piece
        self._held += piece
        begun = self._held.lstrip()
        if begun.startswith(OPEN):
            _, closed, rest = begun.partition(CLOSE)
            shown = rest.lstrip() if closed else ""
        else:
            shown = "" if OPEN.startswith(begun) else self._held
        if shown:
            self._held = None
        return shown

    def rest(self) -> str:
        """Return what was kept back in case it grew into a thought, and did not."""
        held = self._held or ""
        return "" if held.lstrip().startswith(OPEN) else held


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
