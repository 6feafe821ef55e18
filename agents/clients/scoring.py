"""Servers that give a text a number: reward models and classifiers, as vLLM serves them.

The last part of the URL says how it is asked: `/pooling` with the conversation, `/classify` with
its text, `/score` with the conversation and the reply apart.
Source: vLLM, "Pooling models", its OpenAI-compatible server.
"""

import asyncio
import ssl
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import httpx

from dialoom.chat import ChatMessage
from dialoom.errors import BadReply, ModelUnavailable, RequestRefused, ServerFault, first_error

__all__ = ["KINDS", "ScoreServer"]

KINDS = ("pooling", "classify", "score")
ATTEMPTS = 3
PAUSE = 0.2
"""Seconds before the second attempt; twice as long before the next."""
AT_ONCE = 8
"""Texts that are asked about at a time."""


class ScoreServer(NamedTuple):
    """Where a model scores texts."""

    url: str
    model: str
    key: str = ""
    """Sent as a bearer token; empty sends none."""
    timeout: float = 60.0
    """Seconds that one attempt may take."""

    async def values(self, chats: Sequence[Sequence[ChatMessage]]) -> list[float]:
        """Return the number that the model gives each conversation's last message.

        Raises:
            ModelError: the server can't be reached, refuses, or answers something else.
        """
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        gate = asyncio.Semaphore(AT_ONCE)
        async with httpx.AsyncClient(
            headers=headers, timeout=self.timeout, verify=_certificates()
        ) as client:

            async def value(chat: Sequence[ChatMessage]) -> float:
                async with gate:
                    return _value(await self._asked(client, chat), self.model)

            try:
                async with asyncio.TaskGroup() as tasks:
                    asked = [tasks.create_task(value(chat)) for chat in chats]
            except BaseExceptionGroup as errors:
                raise first_error(errors) from errors
            return [task.result() for task in asked]

    async def _asked(self, client: httpx.AsyncClient, chat: Sequence[ChatMessage]) -> Any:
        for attempt in range(ATTEMPTS):
            try:
                response = await client.post(self.url, json=self._body(chat))
            except httpx.HTTPError as error:
                fault: Exception = ModelUnavailable(
                    f"{self.url}: {error or type(error).__name__}", model=self.model
                )
                fault.__cause__ = error
            else:
                if response.status_code < 400:
                    return _decoded(response, self.model)
                message = f"{self.url}: {response.status_code} {response.text[:200]}"
                if response.status_code < 500 and response.status_code != 429:
                    raise RequestRefused(message, model=self.model)
                fault = ServerFault(message, model=self.model)
            if attempt + 1 < ATTEMPTS:
                await asyncio.sleep(PAUSE * 2**attempt)
        raise fault

    def _body(self, chat: Sequence[ChatMessage]) -> dict[str, Any]:
        kind = self.url.rstrip("/").rpartition("/")[2]
        if kind == "score":
            return {"model": self.model, "text_1": _text(chat[:-1]), "text_2": chat[-1]["content"]}
        if kind == "classify":
            return {"model": self.model, "input": _text(chat)}
        return {"model": self.model, "messages": list(chat)}


def _text(chat: Sequence[ChatMessage]) -> str:
    return "\n".join(f"{message['role']}: {message['content']}" for message in chat)


def _decoded(response: httpx.Response, model: str) -> Any:
    try:
        return response.json()
    except ValueError as error:
        raise BadReply(f"no JSON: {response.text[:200]}", model=model) from error


def _value(answer: Any, model: str) -> float:
    """Return the number in an answer: a score, the last of pooled numbers or of probabilities."""
    data = answer.get("data") if isinstance(answer, dict) else None
    found = data[0] if isinstance(data, list) and data else None
    if isinstance(found, dict):
        found = next((found[key] for key in ("score", "data", "probs") if key in found), None)
    while isinstance(found, list) and found:
        found = found[-1]
    if isinstance(found, bool) or not isinstance(found, int | float) or found != found:
        raise BadReply(f"no number in the answer: {str(answer)[:200]}", model=model)
    return float(found)


@lru_cache(1)
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()
