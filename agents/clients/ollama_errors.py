"""Errors of the ollama package and of httpx below it, as ours: one table, one seam."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx
import ollama

from dialoom.agents.clients.foreign import NO_CREDIT_LEFT, Site, Told, kind_of, retry_after
from dialoom.errors import (
    AuthenticationFailed,
    BadReply,
    ModelError,
    ModelTimeout,
    ModelUnavailable,
    OutOfCredit,
    PermissionDenied,
    RequestRefused,
    ServerFault,
    UnknownModel,
)

__all__ = ["FOREIGN", "START_IT", "our_errors"]

START_IT = "start it with `ollama serve`, or get it from https://ollama.com/download"

NO_JSON = (json.JSONDecodeError, UnicodeDecodeError, RecursionError)

FOREIGN: Mapping[type[Exception], type[ModelError]] = {
    ollama.RequestError: RequestRefused,
    ollama.ResponseError: ServerFault,
    httpx.HTTPError: ServerFault,
    httpx.HTTPStatusError: ServerFault,
    httpx.RequestError: ServerFault,
    httpx.TransportError: ServerFault,
    httpx.TimeoutException: ModelTimeout,
    httpx.ConnectTimeout: ModelTimeout,
    httpx.ReadTimeout: ModelTimeout,
    httpx.WriteTimeout: ModelTimeout,
    httpx.PoolTimeout: ModelTimeout,
    httpx.NetworkError: ServerFault,
    httpx.ConnectError: ServerFault,
    httpx.ReadError: ServerFault,
    httpx.WriteError: ServerFault,
    httpx.CloseError: ServerFault,
    httpx.ProxyError: ServerFault,
    httpx.ProtocolError: ServerFault,
    httpx.LocalProtocolError: RequestRefused,
    httpx.RemoteProtocolError: ServerFault,
    httpx.DecodingError: BadReply,
    httpx.TooManyRedirects: RequestRefused,
    httpx.UnsupportedProtocol: RequestRefused,
    httpx.InvalidURL: RequestRefused,
    TimeoutError: ModelTimeout,
    OSError: ServerFault,
    # what should be JSON is none, like the page of a gateway
    **dict.fromkeys(NO_JSON, ServerFault),
    # the package takes replies and error bodies of other forms apart without a look
    ValueError: BadReply,
    TypeError: BadReply,
    AttributeError: BadReply,
}
"""By class; a class that isn't here counts as the nearest one above it."""

NO_MEMORY = re.compile(r"more system memory|out of memory|insufficient memory", re.IGNORECASE)


@contextmanager
def our_errors(site: Site, model: str) -> Iterator[None]:
    """Raise foreign errors of the body, which calls the package and nothing else, as ours.

    Raises:
        ModelError: what the table makes of the error.
    """
    try:
        yield
    except ollama.ResponseError as error:
        raise _refusal(error, site, model) from error
    except tuple(FOREIGN) as error:
        kind = next(FOREIGN[base] for base in type(error).__mro__ if base in FOREIGN)
        raise site.error(kind, _words(kind, site, error)) from error


def _words(kind: type[ModelError], site: Site, error: Exception) -> str:
    if kind is ModelTimeout:
        return f"no whole reply from {site.url} within the time allowed"
    if kind is BadReply or isinstance(error, NO_JSON):
        return f"{site.url} sent what is no reply of Ollama: {' '.join(str(error).split())[:200]}"
    if isinstance(error, ConnectionError | httpx.ConnectError):
        return f"Ollama is not running at {site.url}; {START_IT}"
    return f"no connection with {site.url}: {str(error)[:200] or type(error).__name__}"


def _refusal(error: ollama.ResponseError, site: Site, model: str) -> ModelError:
    status = error.status_code if error.status_code > 0 else 500
    said = " ".join(str(error.error).split())[:300]
    kind = kind_of(status, Told(said))
    words = f"({status}): {said}" if said else f"({status})"
    if status == 404 and "model" in said:
        message = f"the model is not there; get it with `ollama pull {model}`"
        return site.error(UnknownModel, message)
    if NO_MEMORY.search(said):
        return site.error(ModelUnavailable, f"{site.url} can't load the model {words}")
    if kind is UnknownModel:
        return site.error(RequestRefused, f"{site.url} is no Ollama server {words}")
    if issubclass(kind, AuthenticationFailed):
        deed = f"refuses the key in {site.key_source or 'OLLAMA_API_KEY, which is not set'}"
        if kind is PermissionDenied:
            return site.denial(deed, words)
        return site.error(kind, f"{site.url} {deed} {words}")
    if kind is OutOfCredit:
        return site.error(kind, f"{site.url} {NO_CREDIT_LEFT} {words}")
    deed = "failed" if kind.transient else "refuses the request"
    return site.error(kind, f"{site.url} {deed} {words}", retry_after=_wait(error))


def _wait(error: ollama.ResponseError) -> float | None:
    """Return the seconds that the server asks to wait; the package itself drops the headers."""
    said = error.__context__
    return retry_after(said.response.headers) if isinstance(said, httpx.HTTPStatusError) else None
