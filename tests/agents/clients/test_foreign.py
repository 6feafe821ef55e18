"""The tables of foreign errors know every exception class that their packages have today.

A test here that fails after an update names the class for which a decision is wanted.
"""

import inspect
from collections.abc import Iterator
from types import ModuleType

import aiohttp
import httpx
import httpx2
import ollama
import openai
import pytest

from dialoom.agents.clients import ollama_errors, openai_errors
from dialoom.agents.clients.foreign import Told, kind_of, retry_after, told
from dialoom.errors import (
    AuthenticationFailed,
    ContextOverflow,
    ModelError,
    OutOfCredit,
    Overloaded,
    RateLimited,
    RequestRefused,
    ServerFault,
    UnknownModel,
)


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
    "ollama": set(),
    "httpx": {
        "CookieConflict",
        "RequestNotRead",
        "ResponseNotRead",
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
    table = ollama_errors if package in ("ollama", "httpx") else openai_errors
    return error in table.FOREIGN


@pytest.mark.parametrize(
    "package", [openai, httpx2, aiohttp, ollama, httpx], ids=lambda p: p.__name__
)
def test_every_exception_of_a_package_is_in_its_table(package: ModuleType) -> None:
    name = package.__name__
    unknown = {error.__name__ for error in exceptions(package) if not _is_known(error, name)}
    assert unknown == NEVER_MET[name]


def test_each_class_stands_in_the_table_as_what_its_status_means() -> None:
    for error, kind in openai_errors.FOREIGN.items():
        if issubclass(error, openai.APIStatusError) and isinstance(
            status := getattr(error, "status_code", None), int
        ):
            assert kind is kind_of(status, Told("the model is missing")), error


@pytest.mark.parametrize(
    ("body", "message", "code"),
    [
        ('{"error": {"message": "no", "code": "c", "type": "t"}}', "no", "c"),
        ('{"error": {"message": "no", "type": "t"}}', "no", "t"),
        ('{"error": "no"}', "no", ""),
        ('{"object": "error", "message": "no", "code": 404}', "no", "404"),
        ('{"detail": "no"}', "no", ""),
        ('{"detail": [{"msg": "no"}]}', '[{"msg": "no"}]', ""),
        ("plain\n text", "plain text", ""),
        ("", "", ""),
        ("null", "null", ""),
        ('{"error":' * 100_000 + "1" + "}" * 100_000, '{"error":' * 33 + '{"e…', ""),
        ("x" * 400, "x" * 300 + "…", ""),
    ],
)
def test_error_bodies_of_each_server_are_read(body: str, message: str, code: str) -> None:
    assert told(body) == Told(message, code)


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "nonsense", RequestRefused),
        (400, "This model's maximum context length is 4096 tokens", ContextOverflow),
        (400, "the request exceeds the available context size", ContextOverflow),
        (422, "`inputs` tokens + `max_new_tokens` must be <= 4096", ContextOverflow),
        (401, "maximum context length", AuthenticationFailed),
        (404, "", UnknownModel),
        (418, "", RequestRefused),
        (429, "", RateLimited),
        (402, "Insufficient Balance", OutOfCredit),
        (429, "insufficient_quota You exceeded your current quota", OutOfCredit),
        (429, "billing_not_active", OutOfCredit),
        (400, "billing_hard_limit_reached", OutOfCredit),
        (400, "Your credit balance is too low to access the Anthropic API.", OutOfCredit),
        (429, "You exceeded your current quota, please retry in 20 s", RateLimited),
        (400, "flagged: my credit balance is too low", RequestRefused),
        (500, "", ServerFault),
        (529, "", Overloaded),
    ],
)
def test_statuses_and_words_decide_the_class(
    status: int, message: str, kind: type[ModelError]
) -> None:
    assert kind_of(status, Told(message)) is kind


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}, 10),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "x"}, None),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers, now=90) == seconds
