"""Models that an Ollama server runs, through its native chat."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import ollama
from autogen_core import CancellationToken

from dialoom.agents.clients.base import ClientOptions, ModelClient, ModelTraits
from dialoom.agents.clients.ollama_server import Server, Shown
from dialoom.agents.clients.ollama_window import Window
from dialoom.agents.clients.ollama_wire import arguments, completion, joined
from dialoom.agents.clients.sizes import SMALL, named_parameters
from dialoom.agents.clients.thoughts import Spoken
from dialoom.agents.clients.waiting import cancellable
from dialoom.chat import ChatRequest, Completion

__all__ = ["OllamaClient"]

IN_FLIGHT = 2
"""One request computed and one waiting; Ollama works on few at a time."""


class OllamaClient(ModelClient):
    """`ollama/NAME`: a model that was pulled into the server at OLLAMA_HOST.

    Candidates are asked for one after another, so that each reuses the prompt that the one before
    left in the cache. Models that can think do so where the reply has room for it, 1,024 tokens or
    no limit, and no JSON is asked for. Nothing is ever pulled.
    """

    def __init__(self, model_name: str, options: ClientOptions) -> None:
        """Take the model's name as `ollama list` shows it; nothing is asked before `prepare`.

        Raises:
            InputError: the host is none, or `.env` can't be read.
        """
        shown = Shown(parameters=named_parameters(model_name))
        super().__init__(f"ollama/{model_name}", _traits(shown, options.context))
        self._model, self._context = model_name, options.context
        self._server = Server(model_name, options)
        self._shown, self._window = shown, Window(asked=options.context)

    async def prepare(self) -> None:
        """Ask the server for the model; see `ModelClient.prepare`."""
        self._shown = await self._server.shown()
        self._window = Window(asked=self._context, most=self._shown.context)
        self.traits = _traits(self._shown, self._context)

    async def complete(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> list[Completion]:
        """Return one completion for each seed; see `ModelClient.complete`."""
        async with self._server.turn():
            answer = [
                await self._reply(request, seed, cancellation_token) for seed in request.seeds
            ]
        self.count(answer)
        return answer

    async def stream(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> AsyncIterator[str | Completion]:
        """Yield one reply piece by piece as it is made, without its thoughts, and then whole."""
        spoken, seen = Spoken(), []
        parts = self._server.parts(self._arguments(request, request.seeds[0]))
        async with self._server.turn(), aclosing(parts):
            while part := await cancellable(_next(parts), cancellation_token):
                seen.append(part)
                if piece := spoken.add(part.message.content or ""):
                    yield piece
        if piece := spoken.rest():
            yield piece
        whole = self._checked(request, joined(seen))
        self.count([whole])
        yield whole

    async def close(self) -> None:
        """Let the connection go; the model stays loaded for a while."""
        await self._server.close()

    async def _reply(
        self, request: ChatRequest, seed: int, token: CancellationToken | None
    ) -> Completion:
        reply = self._server.chat(self._arguments(request, seed))
        return self._checked(request, await cancellable(reply, token))

    def _arguments(self, request: ChatRequest, seed: int) -> dict[str, Any]:
        return arguments(
            request,
            self._model,
            seed,
            self._window.fit(request, self._server.site),
            thinks=self._shown.thinks,
            family=self._shown.family,
        )

    def _checked(self, request: ChatRequest, reply: ollama.ChatResponse) -> Completion:
        self._window.check(request, reply.prompt_eval_count or 0, self._server.site)
        return completion(reply)


async def _next(parts: AsyncGenerator[ollama.ChatResponse]) -> ollama.ChatResponse | None:
    return await anext(parts, None)


def _traits(shown: Shown, context: int | None) -> ModelTraits:
    is_small = shown.parameters is not None and shown.parameters < SMALL
    return ModelTraits(
        context=context or shown.context,
        parameters=shown.parameters,
        compact=is_small,
        judges=not is_small,
        in_flight=IN_FLIGHT,
        streams=True,
        revision=shown.digest,
    )
