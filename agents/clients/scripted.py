"""Models that answer from a script: for tests, demonstrations and documents, offline.

A reply is a function of request and seed alone, so neither order nor concurrency changes it.
Sampling settings are not looked at.
"""

import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace

from autogen_core import CancellationToken

from dialoom.agents.clients.base import ClientOptions, ModelClient, ModelTraits
from dialoom.agents.clients.rules import Rules
from dialoom.agents.clients.script import Script, read_script, script_file
from dialoom.agents.clients.thoughts import split_thought
from dialoom.chat import ChatRequest, Completion, Usage, estimated_tokens
from dialoom.errors import RequestRefused

__all__ = ["Reply", "ScriptedClient", "scripted"]

Reply = str | Completion | Exception
"""A text or a completion to answer, or an exception to raise."""

TRAITS = ModelTraits(siblings_together=True, in_flight=256, streams=True)


class ScriptedClient(ModelClient):
    """Answers from a script, from a queue of replies, or with a function of request and seed."""

    def __init__(
        self,
        replies: Script | Callable[[ChatRequest, int], Reply] | Iterable[Reply],
        *,
        name: str = "scripted/test",
        traits: ModelTraits = TRAITS,
        record: bool = True,
    ) -> None:
        """Take what to answer.

        Args:
            replies: A queue is used up in the order of the requests, one reply a seed.
            name: What the user would write.
            traits: What the model claims to be able to do.
            record: Whether `requests` keeps what was asked.
        """
        super().__init__(name, traits)
        self.requests: list[ChatRequest] = []
        """What was asked, in order."""
        self._record = record
        self._answer: Callable[[ChatRequest, int], Reply]
        if isinstance(replies, Script):
            self._answer = Rules(replies, name)
        elif callable(replies):
            self._answer = replies
        else:
            self._answer = _Queue(replies, name)

    async def complete(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> list[Completion]:
        """Return the scripted reply to each seed; see `ModelClient.complete`."""
        if self._record:
            self.requests.append(request)
        completions: list[Completion] = []
        prompt = estimated_tokens(request.messages)
        for seed in request.seeds:
            reply = self._answer(request, seed)
            if isinstance(reply, Exception):
                raise reply
            completions.append(_completion(reply, 0 if completions else prompt))
        self.count(completions)
        return completions

    async def stream(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> AsyncIterator[str | Completion]:
        """Yield the reply word by word, and the completion last."""
        (completion,) = await self.complete(request)
        for piece in re.findall(r"\S+\s*|^\s+", completion.text):
            yield piece
        yield completion


def scripted(model_name: str, options: ClientOptions) -> ScriptedClient:
    """Return the model of `scripted/FILE`, or of a built-in script: `scripted/demo`.

    Raises:
        InputError: there is no such script, or it has faults.
    """
    script = read_script(script_file(model_name))
    traits = replace(TRAITS, context=options.context, revision=script.revision)
    return ScriptedClient(script, name=f"scripted/{model_name}", traits=traits, record=False)


def _completion(reply: str | Completion, prompt_tokens: int) -> Completion:
    """Return a reply with its usage estimated where it tells none."""
    if isinstance(reply, str):
        text, thought = split_thought(reply)
        return Completion(text, "stop", thought, Usage(prompt_tokens, len(text) // 3 + 1))
    if reply.usage.completion_tokens:
        return reply
    usage = Usage(prompt_tokens, len(reply.text) // 3 + 1)
    return replace(reply, usage=usage)


class _Queue:
    """Replies in the order given."""

    def __init__(self, replies: Iterable[Reply], name: str) -> None:
        self._left, self._name = deque(replies), name
        self._count = len(self._left)

    def __call__(self, request: ChatRequest, seed: int) -> Reply:
        if not self._left:
            message = f"{self._name}: all {self._count} scripted replies are used up"
            return RequestRefused(message, model=self._name)
        return self._left.popleft()
