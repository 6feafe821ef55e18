"""The tables of foreign errors know every exception class that their packages have today."""

import inspect
from collections.abc import Iterator
from types import ModuleType

import aiohttp
import httpx2
import openai
import pytest

from dialoom.agents.clients.openai_errors import FOREIGN


def exceptions(package: ModuleType) -> Iterator[type[BaseException]]:
    for name in dir(package):
        value = getattr(package, name)
        if name.startswith("_"):
            continue
        if inspect.isclass(value) and issubclass(value, Exception):
            yield value


NEVER_MET = {
    "openai": {
        "ContentFilterFinishReasonError",  # raised by `parse` only
        "LengthFinishReasonError",
        "InvalidWebhookSignatureError",
        "WebSocketConnectionClosedError",  # the realtime API
        "WebSocketQueueFullError",
    },
    "httpx2": {
        "CookieConflict",  # looking up cookies by name
        "RequestNotRead",  # faults of the calling code
        "ResponseNotRead",
        "SSEError",  # its own reader of events, which the SDK does without
        "StreamClosed",
        "StreamConsumed",
        "StreamError",
    },
    "aiohttp": {
        "BadContentDispositionHeader",  # multipart
        "BadContentDispositionParam",
        "EofStream",
        "WSMessageTypeError",  # web sockets
        "WebSocketError",
    },
}


def _is_known(error: type[BaseException], package: str) -> bool:
    if package == "aiohttp":  # the transport turns these into httpx2's
        return issubclass(error, aiohttp.ClientError)
    return error in FOREIGN


@pytest.mark.parametrize("package", [openai, httpx2, aiohttp], ids=lambda p: p.__name__)
def test_every_exception_of_a_package_is_known(package: ModuleType) -> None:
    name = package.__name__
    unknown = {error.__name__ for error in exceptions(package) if not _is_known(error, name)}
    assert unknown == NEVER_MET[name]
