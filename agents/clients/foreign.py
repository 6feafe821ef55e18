"""What an endpoint's refusals mean: HTTP statuses, error bodies and Retry-After, as our errors."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from dialoom.errors import (
    AuthenticationFailed,
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

__all__ = ["NO_CREDIT_LEFT", "STATUSES", "Site", "kind_of", "retry_after", "told"]

STATUSES: Mapping[int, type[ModelError]] = {
    400: RequestRefused,
    401: AuthenticationFailed,
    402: OutOfCredit,
    403: PermissionDenied,
    404: UnknownModel,
    408: ModelTimeout,
    409: ServerFault,
    413: RequestRefused,
    422: RequestRefused,
    425: ServerFault,
    429: RateLimited,
    503: Overloaded,
    529: Overloaded,  # Anthropic's
}
"""Other statuses under 500 refuse the request; from 500 on the server is at fault."""

NO_CREDIT_LEFT = "says that the account has no credit or quota left; top it up"
OVERFLOW = re.compile(
    r"context.{0,12}(?:length|window|size)|max_model_len|prompt is too long|too many tokens"
    r"|tokens \+ `max_new_tokens`",
    re.IGNORECASE,
)
NO_CREDIT = re.compile(
    r"insufficient_quota|billing_hard_limit_reached|billing_not_active"
    r"|exceeded_current_quota_error|credit balance is too low to access"
)
"""OpenAI's codes, Moonshot's and Anthropic's words for an empty account, of status 429 or 400."""
MESSAGE_LIMIT = 300
"""Characters of a server's own words that are passed on."""
SECRET_LENGTH = 8
"""Characters of a key, at least; what is shorter is a placeholder, such as `EMPTY` or `x`."""


@dataclass(frozen=True, slots=True)
class Site:
    """Who is asked, and where: what every error about it says."""

    name: str
    """As the user writes it: `openai/gpt-4o`."""
    url: str
    key_source: str = ""
    """Which variable the key came from; empty without a key."""
    secret: str = field(default="", repr=False)

    def error(
        self, kind: type[ModelError], message: str, *, retry_after: float | None = None
    ) -> ModelError:
        """Return an error about this site; the key never stands in it."""
        return kind(self._safe(message), model=self.name, retry_after=retry_after)

    def denial(self, deed: str, words: str) -> PermissionDenied:
        """Return the error that a 403 is.

        Args:
            deed: What the server does if it is about the key.
            words: What the server says.
        """
        error = PermissionDenied(self._safe(f"{self.url} {deed} {words}"), model=self.name)
        refusal = self._safe(f"{self.url} refuses the request {words}")
        error.refusal = RequestRefused(refusal, model=self.name)
        return error

    def _safe(self, message: str) -> str:
        if len(self.secret) >= SECRET_LENGTH:
            message = message.replace(self.secret, "[key]")
        return f"{self.name}: {message}"


class Told(NamedTuple):
    """What a server says in the body of an error."""

    message: str
    code: str = ""


def told(body: str) -> Told:
    """Return the message and code of an error body.

    OpenAI and vLLM nest them under `error`, Ollama gives a text there, FastAPI a `detail`.
    """
    try:
        return _read(json.loads(body))
    except (ValueError, RecursionError):
        return Told(_short(body))


def _read(value: Any) -> Told:
    if isinstance(value, dict):
        value = value.get("error") or value.get("detail") or value
    code = ""
    if isinstance(value, dict):
        code = str(value.get("code") or value.get("type") or "")
        value = value.get("message", value)
    return Told(_short(value if isinstance(value, str) else json.dumps(value)), code)


def _short(message: str) -> str:
    message = " ".join(message.split())
    return message if len(message) <= MESSAGE_LIMIT else f"{message[:MESSAGE_LIMIT]}…"


def kind_of(status: int, said: Told) -> type[ModelError]:
    """Return the class of error that an HTTP status and the server's words mean."""
    text = f"{said.code} {said.message}"
    if status in (400, 413, 422, 500) and OVERFLOW.search(text):
        return ContextOverflow
    if 400 <= status < 500 and NO_CREDIT.search(text):
        return OutOfCredit
    return STATUSES.get(status, ServerFault if status >= 500 else RequestRefused)


def retry_after(headers: Mapping[str, str], *, now: float | None = None) -> float | None:
    """Return the seconds a response asks to wait, from seconds or from a date; None if it doesn't.

    Source: RFC 9110, 10.2.3; `retry-after-ms` is OpenAI's and Azure's.

    Args:
        headers: Of the response, names in lower case or case-insensitive.
        now: Seconds since the epoch; None means the clock.
    """
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        value = headers["retry-after"]
        if re.fullmatch(r"\s*\d+(\.\d+)?\s*", value):
            return float(value)
        until = parsedate_to_datetime(value).timestamp()
    except (KeyError, ValueError):
        return None
    return max(0.0, until - (time.time() if now is None else now))
