"""The rules of a script at work: which of them answers a request, and with what."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from random import Random

from dialoom import errors
from dialoom.agents.clients.instance import instance
from dialoom.agents.clients.script import ErrorName, Rule, Script
from dialoom.agents.clients.thoughts import split_thought
from dialoom.chat import ChatRequest, Completion
from dialoom.errors import ModelError, RequestRefused

__all__ = ["ERRORS", "Rules"]

ERRORS: Mapping[ErrorName, type[ModelError]] = {
    "authentication_failed": errors.AuthenticationFailed,
    "bad_reply": errors.BadReply,
    "context_overflow": errors.ContextOverflow,
    "model_timeout": errors.ModelTimeout,
    "model_unavailable": errors.ModelUnavailable,
    "rate_limited": errors.RateLimited,
    "request_refused": errors.RequestRefused,
    "server_fault": errors.ServerFault,
    "unknown_model": errors.UnknownModel,
}

PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Rules:
    """Answers one seed of a request with the first rule that fits it.

    A request for JSON that no rule answers gets a small instance of its schema, drawn by the
    seed and the last message.
    """

    def __init__(self, script: Script, name: str) -> None:
        self._rules, self._name = script.replies, name
        self._attempts: Counter[tuple[int, str, int]] = Counter()

    def __call__(self, request: ChatRequest, seed: int) -> Completion | ModelError:
        for number, rule in enumerate(self._rules):
            groups = _match(rule, request)
            if groups is None:
                continue
            if rule.error is None:
                return _said(rule, request, seed, groups)
            if rule.times is None or self._attempt(number, request, seed) <= rule.times:
                message = f"{self._name}: scripted {rule.error}"
                error = ERRORS[rule.error]
                return error(message, model=self._name, retry_after=rule.retry_after)
        return self._unscripted(request, seed)

    def _attempt(self, number: int, request: ChatRequest, seed: int) -> int:
        key = (number, request.key(self._name), seed)
        self._attempts[key] += 1
        return self._attempts[key]

    def _unscripted(self, request: ChatRequest, seed: int) -> Completion | ModelError:
        if request.json_schema is None:
            message = f"{self._name}: no rule of the script fits the request"
            return RequestRefused(message, model=self._name)
        last = request.messages[-1]["content"] if request.messages else ""
        return Completion(json.dumps(instance(request.json_schema, Random(f"{seed} {last}"))))


def _match(rule: Rule, request: ChatRequest) -> Mapping[str, str] | None:
    """Return the named groups of a rule that fits the request; None when it doesn't fit."""
    when = rule.when
    if when.purpose is None:
        if rule.say and request.json_schema is not None:
            return None
    elif when.purpose != request.purpose:
        return None
    if when.turn is not None and when.turn != _turn(request):
        return None
    groups: dict[str, str] = {}
    for pattern, text in _searched(rule, request):
        found = pattern.search(text)
        if found is None:
            return None
        groups |= found.groupdict(default="")
    return groups


def _searched(rule: Rule, request: ChatRequest) -> Iterator[tuple[re.Pattern[str], str]]:
    when, messages = rule.when, request.messages
    if when.user is not None:
        said = (m["content"] for m in reversed(messages) if m["role"] == "user")
        yield when.user, next(said, "")
    if when.system is not None:
        yield when.system, "\n".join(m["content"] for m in messages if m["role"] == "system")


def _turn(request: ChatRequest) -> int:
    return 1 + sum(message["role"] == "assistant" for message in request.messages)


def _said(rule: Rule, request: ChatRequest, seed: int, groups: Mapping[str, str]) -> Completion:
    if rule.say:
        text = rule.say[seed % len(rule.say)]
        if "{" in text:
            last = request.messages[-1]["content"] if request.messages else ""
            known = {"last": last, "seed": str(seed), "turn": str(_turn(request)), **groups}
            text = PLACEHOLDER.sub(lambda found: known.get(found[1], found[0]), text)
    else:
        text = json.dumps(rule.json_, ensure_ascii=False)
    text, thought = split_thought(text)
    return Completion(text, rule.finish_reason, thought or rule.thought)
