"""The errors a user can cause or meet, and the exit code each one gives.

    DialoomError
    ├── InputError            your files, options or data (exit 2); holds every fault found
    │   ├── RunConflict       the run directory holds another run, is in use, or is damaged
    │   ├── MissingCall       a replay needs a call that no journal holds
    │   └── MissingExtra      an optional package is not installed
    ├── ModelError            the model or its endpoint (exit 3)
    │   ├── ModelUnavailable  server not running, weights or package missing; permanent
    │   ├── AuthenticationFailed (with PermissionDenied), OutOfCredit, UnknownModel; permanent
    │   ├── ContextOverflow, RequestRefused; permanent for the request
    │   └── TransientModelError   asking again can help
    │       └── RateLimited, ModelTimeout, ServerFault (with Overloaded), BadReply
    ├── EvaluatorError        a judgement that could not be had; becomes an EvaluatorFailure
    └── ExportError           rows that can't be written as asked (exit 2)
        └── RowRejected       one row breaks the format it is written in

The command line alone turns these into text and exit codes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

__all__ = [
    "UNUSABLE",
    "AuthenticationFailed",
    "BadReply",
    "ContextOverflow",
    "DialoomError",
    "EvaluatorError",
    "ExportError",
    "Fault",
    "InputError",
    "MissingCall",
    "MissingExtra",
    "ModelError",
    "ModelTimeout",
    "ModelUnavailable",
    "OutOfCredit",
    "Overloaded",
    "PermissionDenied",
    "RateLimited",
    "RequestRefused",
    "RowRejected",
    "RunConflict",
    "ServerFault",
    "TransientModelError",
    "UnknownModel",
    "first_error",
]


class DialoomError(Exception):
    """What dialoom raises on purpose: the message is a sentence for the user."""

    exit_code: ClassVar[int] = 2


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in one place of the input."""

    message: str
    """What is wrong and what would be right."""
    file: Path | None = None
    line: int | None = None
    """1-based; None when the fault has no line."""
    where: str = ""
    """Dotted place inside the document, like `cast[0].persona`."""

    def __str__(self) -> str:
        place = "" if self.file is None else str(self.file)
        if place and self.line is not None:
            place += f":{self.line}"
        return ": ".join(part for part in (place, self.where, self.message) if part)


class InputError(DialoomError):
    """Input that can't be used: files, options, data. All its faults are reported at once."""

    exit_code = 2

    def __init__(self, faults: str | Fault | Iterable[Fault]) -> None:
        if isinstance(faults, str):
            faults = [Fault(faults)]
        elif isinstance(faults, Fault):
            faults = [faults]
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class RunConflict(InputError):
    """A run directory that holds something else, is in use, or can't be read."""


class MissingCall(InputError):
    """A replay needs a call that no journal holds."""


class MissingExtra(InputError):
    """An optional package is needed; the message names the extra that installs it."""


class ModelError(DialoomError):
    """A model call that gave no reply.

    Attributes:
        model: The name the user wrote, like `ollama/llama3.2`.
        retry_after: Seconds the endpoint asked to wait, or None.
    """

    exit_code = 3
    transient: ClassVar[bool] = False

    def __init__(self, message: str, *, model: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.model = model
        self.retry_after = retry_after


class ModelUnavailable(ModelError):
    """The server is not running, or the weights or their engine are missing."""


class AuthenticationFailed(ModelError):
    """The endpoint refused the key (HTTP 401 or 403)."""


class PermissionDenied(AuthenticationFailed):
    """HTTP 403: of a server that has answered nobody yet it is about the key.

    Attributes:
        refusal: The same as an error about this request alone, such as a prompt that a
            moderation stopped; None where there is no telling.
    """

    refusal: "RequestRefused | None" = None


class OutOfCredit(ModelError):
    """The account behind the key is empty (HTTP 402), and no waiting fills it."""


class UnknownModel(ModelError):
    """The endpoint is there and has no such model."""


class ContextOverflow(ModelError):
    """The conversation does not fit into the model's context."""


class RequestRefused(ModelError):
    """The endpoint refuses this request for good (another HTTP 4xx)."""


class TransientModelError(ModelError):
    """A failure that asking again can mend."""

    transient = True


class RateLimited(TransientModelError):
    """The endpoint asks for fewer requests (HTTP 429)."""


class ModelTimeout(TransientModelError):
    """No whole reply within the time allowed for one attempt."""


class ServerFault(TransientModelError):
    """The endpoint failed (HTTP 5xx) or the connection broke."""


class Overloaded(ServerFault):
    """The endpoint has too much to do, or is not ready yet (HTTP 503 or 529)."""


class BadReply(TransientModelError):
    """A reply came, but it is empty, cut off or not of the form asked for."""


class EvaluatorError(DialoomError):
    """An evaluator could not judge a message."""


class ExportError(DialoomError):
    """Rows that can't be written as asked."""


class RowRejected(ExportError):
    """A row that breaks the format it is written in."""


UNUSABLE = (AuthenticationFailed, ModelUnavailable, OutOfCredit, PermissionDenied, UnknownModel)
"""Errors that every later call of the same model would meet too."""


def first_error(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first plain exception of a group: the others came of it or say the same."""
    error = errors.exceptions[0]
    return first_error(error) if isinstance(error, BaseExceptionGroup) else error
