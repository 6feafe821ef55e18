"""Errors of the openai package and of the HTTP packages below it, as ours: one table, one seam."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import aiohttp
import httpx2
import openai

from dialoom.agents.clients.foreign import (
    NO_CREDIT_LEFT,
    STATUSES,
    Site,
    kind_of,
    retry_after,
    told,
)
from dialoom.errors import (
    AuthenticationFailed,
    BadReply,
    ContextOverflow,
    ModelError,
    ModelTimeout,
    OutOfCredit,
    Overloaded,
    PermissionDenied,
    RateLimited,
    RequestRefused,
    ServerFault,
    UnknownModel,
)

__all__ = ["FOREIGN", "our_errors", "refusal"]

FOREIGN: Mapping[type[Exception], type[ModelError]] = {
    openai.OpenAIError: RequestRefused,
    openai.APIError: ServerFault,
    openai.APIStatusError: ServerFault,
    openai.BadRequestError: STATUSES[400],
    openai.AuthenticationError: STATUSES[401],
    openai.OAuthError: STATUSES[401],
    openai.PermissionDeniedError: STATUSES[403],
    openai.NotFoundError: STATUSES[404],
    openai.ConflictError: STATUSES[409],
    openai.UnprocessableEntityError: STATUSES[422],
    openai.RateLimitError: STATUSES[429],
    openai.InternalServerError: ServerFault,
    openai.APIConnectionError: ServerFault,
    openai.APITimeoutError: ModelTimeout,
    openai.APIResponseValidationError: BadReply,
    httpx2.HTTPError: ServerFault,
    httpx2.HTTPStatusError: ServerFault,
    httpx2.RequestError: ServerFault,
    httpx2.TransportError: ServerFault,
    httpx2.TimeoutException: ModelTimeout,
    # the aiohttp transport says this of a connection that breaks, whenever it does
    httpx2.ConnectTimeout: ServerFault,
    httpx2.ReadTimeout: ModelTimeout,
    httpx2.WriteTimeout: ModelTimeout,
    httpx2.PoolTimeout: ModelTimeout,
    httpx2.NetworkError: ServerFault,
    httpx2.ConnectError: ServerFault,
    httpx2.ReadError: ServerFault,
    httpx2.WriteError: ServerFault,
    httpx2.CloseError: ServerFault,
    httpx2.ProxyError: ServerFault,
    httpx2.ProtocolError: ServerFault,
    httpx2.LocalProtocolError: RequestRefused,
    httpx2.RemoteProtocolError: ServerFault,
    httpx2.DecodingError: BadReply,
    httpx2.TooManyRedirects: RequestRefused,
    httpx2.UnsupportedProtocol: RequestRefused,
    httpx2.InvalidURL: RequestRefused,
    # of aiohttp's own errors the transport passes on those it does not know
    aiohttp.ClientError: ServerFault,
    TimeoutError: ModelTimeout,
    OSError: ServerFault,
    # what should be JSON is none, like the page of a gateway, or is nested without end
    ValueError: ServerFault,
    RecursionError: ServerFault,
}
"""By class; a class that isn't here counts as the nearest one above it."""


@contextmanager
def our_errors(site: Site) -> Iterator[None]:
    """Raise foreign errors of the body as ours.

    Raises:
        ModelError: what the table makes of the error.
    """
    try:
        yield
    except (openai.APIStatusError, httpx2.HTTPStatusError) as error:
        response = error.response
        raise refusal(site, response.status_code, response.text, response.headers) from error
    except tuple(FOREIGN) as error:
        # the SDK calls a refused connection a timeout; what it wraps knows better
        said = error.__cause__ if isinstance(error, openai.APIConnectionError) else error
        kind = next(FOREIGN[base] for base in type(said or error).__mro__ if base in FOREIGN)
        raise site.error(kind, _words(kind, site, said or error)) from error


def _words(kind: type[ModelError], site: Site, error: BaseException) -> str:
    detail = " ".join(str(error).split())[:200]
    if kind is ModelTimeout:
        return f"no whole reply from {site.url} within the time allowed"
    is_no_json = isinstance(error, ValueError | RecursionError) and not isinstance(error, OSError)
    if kind is BadReply or is_no_json:
        return f"{site.url} sent what is no reply: {detail}"
    if isinstance(error.__cause__, aiohttp.ClientPayloadError):
        return f"{site.url} broke off in the middle of its reply"
    return f"no connection with {site.url}: {_cause(error) or detail or type(error).__name__}"


def _cause(error: BaseException) -> str:
    """Return the system's own word for why a connection failed, or an empty string."""
    seen: BaseException | None = error
    while seen is not None:
        system = getattr(seen, "os_error", seen)
        if isinstance(system, OSError) and system.errno and not isinstance(system, TimeoutError):
            known = os.strerror(system.errno)
            return known if not known.startswith("Unknown error") else str(system.strerror)
        seen = seen.__cause__
    return ""


def refusal(site: Site, status: int, body: str, headers: Mapping[str, str]) -> ModelError:
    """Return the error that a response of status 300 or more means."""
    said = told(body)
    kind = kind_of(status, said)
    words = f"({status}): {said.message}" if said.message else f"({status})"
    if kind is UnknownModel and "model" not in f"{said.code}{said.message}".lower():
        message = f"{site.url} has no chat completions {words}; does the base URL end in /v1?"
        return site.error(RequestRefused, message)
    if kind is PermissionDenied:
        return site.denial(_deed(AuthenticationFailed, site), words)
    message = f"{site.url} {_deed(kind, site)} {words}"
    return site.error(kind, message, retry_after=retry_after(headers))


def _deed(kind: type[ModelError], site: Site) -> str:
    if kind is AuthenticationFailed and site.key_source:
        return f"refuses the key in {site.key_source}"
    deeds: Mapping[type[ModelError], str] = {
        AuthenticationFailed: "wants a key; put it in OPENAI_API_KEY, in the environment or .env",
        OutOfCredit: NO_CREDIT_LEFT,
        UnknownModel: "has no such model",
        ContextOverflow: "says that the conversation does not fit into the model's context",
        RateLimited: "asks for fewer requests",
        Overloaded: "can't answer now",
        ServerFault: "failed",
        ModelTimeout: "took too long",
    }
    return deeds.get(kind, "refuses the request")
