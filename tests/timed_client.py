"""A model that takes time to answer, for tests on a virtual clock."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from autogen_core import CancellationToken

from dialoom.agents.clients.base import ModelClient, ModelTraits
from dialoom.chat import ChatRequest, Completion, Sampling, Usage

__all__ = ["Sent", "TimedClient", "ask_for"]

ANSWER = Completion("Yes.", usage=Usage(30, 20))


@dataclass
class Sent:
    """A request as it arrived."""

    at: float
    """Seconds on the loop's clock."""
    request: ChatRequest
    tokens: int = field(default=0)
    """What its answer took."""


class TimedClient(ModelClient):
    """Answers what `reply` says at some moment, after `seconds`."""

    def __init__(
        self,
        reply: Callable[[Sent], Completion | Exception] = lambda sent: ANSWER,
        *,
        seconds: float | Callable[[float], float] = 1.0,
        traits: ModelTraits | None = None,
    ) -> None:
        super().__init__("scripted/timed", traits or ModelTraits(siblings_together=True))
        self.sent: list[Sent] = []
        self.running = self.most_running = self.prepared = 0
        self._reply, self._seconds = reply, seconds

    async def prepare(self) -> None:
        self.prepared += 1
        await asyncio.sleep(0.1)

    async def complete(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> list[Completion]:
        now = asyncio.get_running_loop().time()
        sent = Sent(now, request)
        self.sent.append(sent)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            seconds = self._seconds if isinstance(self._seconds, float) else self._seconds(now)
            await asyncio.sleep(seconds)
        finally:
            self.running -= 1
        reply = self._reply(sent)
        if isinstance(reply, Exception):
            raise reply
        usage = reply.usage
        sent.tokens = usage.prompt_tokens + len(request.seeds) * usage.completion_tokens
        return [reply] + [replace(reply, usage=replace(usage, prompt_tokens=0))] * (
            len(request.seeds) - 1
        )


def ask_for(text: str | int, *, max_tokens: int | None = None, seeds: int = 1) -> ChatRequest:
    """Return a small request that differs by its text."""
    return ChatRequest(
        ({"role": "user", "content": f"Question {text}"},),
        Sampling(max_tokens=max_tokens),
        tuple(range(seeds)),
    )
