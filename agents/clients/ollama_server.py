"""An Ollama server: where it is, and what can be asked of it."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import ollama

from dialoom.agents.clients.base import ClientOptions
from dialoom.agents.clients.credentials import Setting, setting
from dialoom.agents.clients.foreign import Site
from dialoom.agents.clients.grouping import Grouping
from dialoom.agents.clients.ollama_errors import START_IT, our_errors
from dialoom.agents.clients.sharing import Shared
from dialoom.agents.clients.sizes import named_parameters
from dialoom.errors import (
    InputError,
    ModelError,
    ModelUnavailable,
    RequestRefused,
    TransientModelError,
    UnknownModel,
)
from dialoom.spec import nearest

__all__ = ["Server", "Shown"]


class Connection(NamedTuple):
    """What all models of a server share."""

    client: ollama.AsyncClient
    grouping: Grouping


async def _close(connection: Connection) -> None:
    await connection.client.close()  # type: ignore[no-untyped-call]


NAMED = 5
"""Models that are named where the wanted one is not there."""

CONNECTIONS: Shared[Connection] = Shared(_close)
"""By host and key."""


class Shown(NamedTuple):
    """What a server tells of a model."""

    context: int | None = None
    """Tokens it was trained for."""
    parameters: int | None = None
    family: str = ""
    thinks: bool = False
    digest: str = ""


class Server:
    """One model's view of a server. Errors that it raises are ours."""

    def __init__(self, model: str, options: ClientOptions) -> None:
        """Find the server in the options, in OLLAMA_HOST, or where Ollama listens by default.

        Raises:
            InputError: the host is none, or `.env` can't be read.
        """
        self.model, self.timeout = model, options.timeout
        given = setting("OLLAMA_HOST")
        url = options.base_url or (given.value if given else "127.0.0.1")
        self._key = setting("OLLAMA_API_KEY")
        if options.api_key is not None:
            self._key = Setting(options.api_key, "the options")
        source, secret = (self._key.source, self._key.value) if self._key else ("", "")
        self.site = Site(f"ollama/{model}", _address(url), source, secret)
        self._connection: Connection | None = None

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Hold this model's turn on the server while the body asks it.

        When it is over, the server is asked which models it holds, unless that is known.
        """
        grouping = self._connected().grouping
        async with grouping.turn(self._loaded_name):
            yield
            if grouping.is_in_doubt:
                with suppress(ModelError):
                    async with self._asked() as client:
                        listed = await client.ps()
                    grouping.tell_loaded({item.model or "" for item in listed.models})

    @property
    def _loaded_name(self) -> str:
        """What the model is called in the server's list of those it holds."""
        return self.model if ":" in self.model else f"{self.model}:latest"

    async def chat(self, arguments: Mapping[str, Any]) -> ollama.ChatResponse:
        """Return the whole reply.

        Raises:
            ModelError: there was none.
        """
        async with self._asked() as client:
            reply: ollama.ChatResponse = await client.chat(**arguments)
            return reply

    async def parts(self, arguments: Mapping[str, Any]) -> AsyncGenerator[ollama.ChatResponse]:
        """Yield a reply's parts as they are made; each may take as long as a whole one.

        Raises:
            ModelError: there was none, or it broke off.
        """
        async with self._asked() as client:
            parts = aiter(await client.chat(**arguments, stream=True))
        while True:
            async with self._asked():
                part = await anext(parts, None)
            if part is None:
                return
            yield part

    async def shown(self) -> Shown:
        """Return what the server tells of the model.

        Raises:
            ModelUnavailable: nothing answers there.
            UnknownModel: the model is not pulled.
            RequestRefused: it is no chat model.
        """
        try:
            async with self._asked() as client:
                listed = await client.list()
        except TransientModelError as error:
            what = str(error).partition(": ")[2]
            hint = "" if START_IT in what else f"; if Ollama is not there, {START_IT}"
            raise self.site.error(ModelUnavailable, f"{what}{hint}") from error
        digests = {item.model or "": item.digest or "" for item in listed.models}
        try:
            async with self._asked() as client:
                shown = await client.show(self.model)
        except UnknownModel as error:
            what = str(error).partition(": ")[2]
            what += nearest(self.model, digests) or _instead(digests)
            raise self.site.error(UnknownModel, what) from error
        if "completion" not in (shown.capabilities or ["completion"]):
            raise self.site.error(RequestRefused, "the model does not chat; it makes embeddings")
        digest = digests.get(self.model) or digests.get(f"{self.model}:latest", "")
        return _read(shown, self.model, digest.removeprefix("sha256:")[:12])

    async def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection = None
            await CONNECTIONS.release((self.site.url, self._key))

    @asynccontextmanager
    async def _asked(self) -> AsyncGenerator[ollama.AsyncClient]:
        with our_errors(self.site, self.model):
            async with asyncio.timeout(self.timeout):
                yield self._connected().client

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = CONNECTIONS.take((self.site.url, self._key), self._made)
            self._connection.grouping.join(self._loaded_name)
        return self._connection

    def _made(self) -> Connection:
        headers = {"Authorization": f"Bearer {self._key.value}"} if self._key else {}
        return Connection(ollama.AsyncClient(self.site.url, headers=headers), Grouping())


def _instead(there: Iterable[str]) -> str:
    """Return which models are there, a few by name."""
    names = sorted(there)
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f"; pulled so far: {', '.join(names[:NAMED])}{more}" if names else ""


def _address(host: str) -> str:
    """Return a host as a URL, in the forms that OLLAMA_HOST may have.

    Raises:
        InputError: it is none of them.
    """
    url = host.strip() if "://" in host else f"http://{host.strip()}"
    url = url.rstrip("/").removesuffix("/v1")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(
            f"the Ollama host {host!r} is not one; write it like 'http://127.0.0.1:11434'"
        )
    if port is None and "://" not in host:
        url = f"{url.removesuffix(parts.path)}:11434{parts.path}"
    return url


def _read(shown: ollama.ShowResponse, model: str, digest: str) -> Shown:
    info = shown.modelinfo or {}
    context = info.get(f"{info.get('general.architecture')}.context_length")
    parameters = info.get("general.parameter_count")
    size = (shown.details.parameter_size if shown.details else None) or model
    return Shown(
        context if isinstance(context, int) else None,
        parameters if isinstance(parameters, int) else named_parameters(size),
        (shown.details.family if shown.details else None) or "",
        "thinking" in (shown.capabilities or ()),
        digest,
    )
