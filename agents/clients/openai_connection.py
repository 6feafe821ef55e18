"""Connections to OpenAI-compatible endpoints: one pool for each address."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import httpx2
import openai
from pydantic_core import from_json, to_json

from dialoom.agents.clients.foreign import Site
from dialoom.agents.clients.openai_address import Address
from dialoom.agents.clients.openai_errors import our_errors, refusal
from dialoom.agents.clients.sharing import Shared
from dialoom.errors import BadReply

__all__ = ["CONNECTIONS", "Connection"]

JSON: Mapping[str, str | openai.Omit] = {"Content-Type": "application/json"}


class Connection:
    """The pool of connections to one address, shared by all models there.

    The SDK resolves authentication and headers, lists models and reads streams. Completions go
    through its HTTP client as bytes: `chat.completions.create` takes each message apart and costs
    twenty times the CPU (see `benchmarks/clients.py`).
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._http = openai.DefaultAioHttpClient(timeout=None)
        self._sdk = openai.AsyncOpenAI(
            base_url=address.url,
            api_key=address.key.value if address.key else "none",
            http_client=self._http,
            max_retries=0,
            timeout=None,
        )
        self._extra = JSON if address.key else {**JSON, "Authorization": openai.Omit()}
        headers = {**self._sdk.default_headers, **self._sdk.auth_headers, **self._extra}
        self._headers = {
            name: value
            for name, value in headers.items()
            if isinstance(value, str) and not name.lower().startswith("x-stainless-")
        }
        self._chat = httpx2.URL(f"{address.url}/chat/completions")

    async def chat(self, body: bytes, site: Site, timeout: float) -> Any:
        """Return the decoded JSON that answers a chat request.

        Args:
            body: The request.
            site: Whom errors are about.
            timeout: Seconds until the whole reply must have come.

        Raises:
            ModelError: the endpoint gave none.
        """
        with our_errors(site):
            async with asyncio.timeout(timeout):
                response = await self._http.post(self._chat, content=body, headers=self._headers)
            response.raise_for_status()
            payload = from_json(response.content)
        return _without_error(payload, site)

    async def chunks(self, body: bytes, site: Site, timeout: float) -> AsyncGenerator[Any]:
        """Yield the decoded events of a streamed chat reply; each may take `timeout` seconds.

        Raises:
            ModelError: the endpoint gave none, or broke off.
        """
        with our_errors(site):
            async with asyncio.timeout(timeout):
                stream = await self._sdk.post(
                    "/chat/completions",
                    content=body,
                    cast_to=object,
                    # llama-server closes after a stream; the next request must not run into that
                    options={"headers": {**self._extra, "Connection": "close"}},
                    stream=True,
                    stream_cls=openai.AsyncStream[object],
                )
        events = aiter(stream)
        try:
            while True:
                with our_errors(site):
                    async with asyncio.timeout(timeout):
                        event = await anext(events, None)
                if event is None:
                    return
                yield _without_error(event, site)
        finally:
            await stream.close()

    async def get(self, path: str, site: Site, timeout: float) -> Any:
        """Return what a path under the base URL, or an absolute URL, answers.

        Raises:
            ModelError: it answers with an error, or not at all.
        """
        with our_errors(site):
            async with asyncio.timeout(timeout):
                return await self._sdk.get(path, cast_to=object, options={"headers": self._extra})

    async def close(self) -> None:
        """Close the pool."""
        await self._sdk.close()


CONNECTIONS: Shared[Connection] = Shared(Connection.close)
"""By address."""


def _without_error(payload: Any, site: Site) -> Any:
    """Return a payload, unless it is an error that came with status 200, as OpenRouter's do."""
    if not isinstance(payload, dict):
        raise site.error(BadReply, f"{site.url} sent what is no reply: {payload!r:.80}")
    error = payload.get("error") or _choices_error(payload.get("choices"))
    if not error:
        return payload
    code = error.get("code") if isinstance(error, dict) else None
    status = code if isinstance(code, int) and 300 <= code < 600 else 500
    raise refusal(site, status, to_json({"error": error}).decode(), {})


def _choices_error(choices: Any) -> Any:
    """Return the error of a choice: a provider's behind OpenRouter that failed in mid-reply."""
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict) and choice.get("finish_reason") == "error":
            return choice.get("error") or "the reply broke off with an error"
    return None
