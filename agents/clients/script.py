"""Script files: rules that say what a scripted model answers, as YAML or one rule a JSONL line."""

import hashlib
import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from dialoom.chat import FinishReason
from dialoom.errors import Fault, InputError
from dialoom.spec import Document, Spec, load_document, nearest, read_text, validate

__all__ = ["ErrorName", "Rule", "Script", "When", "read_script", "script_file"]

BUILT_IN = Path(__file__).parent / "scripts"

ErrorName = Literal[
    "authentication_failed",
    "bad_reply",
    "context_overflow",
    "model_timeout",
    "model_unavailable",
    "rate_limited",
    "request_refused",
    "server_fault",
    "unknown_model",
]
"""The errors of `dialoom.errors` that a rule can raise, in snake case."""


def _one_as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class When(Spec):
    r"""What a request must look like for a rule to answer it; all that is given must hold.

    Named groups of `user` and `system` may be used in `say`: `(?P<order>\d+)` as `{order}`.
    """

    user: re.Pattern[str] | None = None
    """Found anywhere in the last user message."""
    system: re.Pattern[str] | None = None
    """Found anywhere in the system prompt."""
    purpose: str | None = None
    """What the call is for: a cast role, `critic`, `selector`, `goal`."""
    turn: int | None = Field(default=None, ge=1)
    """The speaker's own turn: 1 when it has said nothing yet."""


class Rule(Spec):
    """One kind of answer: `say`, `json` or `error`."""

    when: When = When()
    """Left out, the rule answers everything."""
    say: Annotated[tuple[str, ...], BeforeValidator(_one_as_tuple)] = ()
    """A text, or several of which the seed picks one: text number `seed % count`.

    Answers a request for JSON only where `when` names a purpose.
    `{last}` stands for the last message, `{seed}` for the seed, `{turn}` for the speaker's turn.
    """
    json_: Any = Field(default=None, alias="json")
    """A value that is answered as JSON text."""
    error: ErrorName | None = None
    times: int | None = Field(default=None, ge=1)
    """Raise the error for the first so many attempts at the same request; None means always."""
    retry_after: float | None = Field(default=None, ge=0)
    """Seconds that the error asks to wait."""
    thought: str | None = None
    finish_reason: FinishReason = "stop"

    @model_validator(mode="after")
    def _one_answer(self) -> "Rule":
        given = [bool(self.say), "json_" in self.model_fields_set, self.error is not None]
        if sum(given) != 1:
            raise ValueError("give one of say, json and error")
        if self.error is None and (self.times is not None or self.retry_after is not None):
            raise ValueError("times and retry_after belong to an error")
        return self


class Script(Spec):
    """Rules in the order they are tried; the first that fits answers."""

    replies: tuple[Rule, ...] = Field(min_length=1)
    revision: str = ""
    """SHA-256 of the file, its first 12 digits; filled in on reading."""


def script_file(name: str) -> Path:
    """Return the file of a script: a built-in by its name, or the path that `name` is.

    Raises:
        InputError: neither exists.
    """
    built_in = sorted(file.stem for file in BUILT_IN.glob("*.yaml"))
    if name in built_in:
        return BUILT_IN / f"{name}.yaml"
    file = Path(name)
    if not file.exists():
        hint = nearest(name, built_in) or f"; built in are {', '.join(built_in)}"
        raise InputError(f"there is no script {name!r}{hint}")
    return file


def read_script(file: Path) -> Script:
    """Return the script in a YAML file, or in a JSONL file of one rule a line.

    Raises:
        InputError: all faults of the file, by line.
    """
    text = read_text(file)
    document = _jsonl(file, text) if file.suffix == ".jsonl" else load_document(file, text)
    script = validate(Script, document)
    if script.revision:
        raise InputError(Fault("the key 'revision' is filled in on reading", file))
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return script.model_copy(update={"revision": digest})


def _jsonl(file: Path, text: str) -> Document:
    rules: list[Any] = []
    lines: dict[tuple[str | int, ...], int] = {(): 1, ("replies",): 1}
    faults = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        lines["replies", len(rules)] = number
        try:
            rules.append(json.loads(line))
        except ValueError as error:
            faults.append(Fault(f"not JSON: {error}", file, number))
    if faults:
        raise InputError(faults)
    return Document(file, {"replies": rules}, lines)
