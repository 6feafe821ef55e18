"""Models in this process: `embedded/NAME` with carried weights, `gguf/PATH` with any GGUF file."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from autogen_core import CancellationToken

from dialoom.agents.clients.answers import Answers, chat_body
from dialoom.agents.clients.base import ClientOptions, ModelClient, ModelTraits
from dialoom.agents.clients.llamacpp import Engine, EngineSettings, borrow, give_back
from dialoom.agents.clients.processors import compute_threads
from dialoom.agents.clients.sizes import SMALL
from dialoom.agents.clients.thoughts import Spoken
from dialoom.agents.clients.waiting import all_of
from dialoom.agents.clients.weights import Weights, carried_weights, read_weights
from dialoom.chat import ChatRequest, Completion
from dialoom.errors import ModelTimeout, RequestRefused

__all__ = ["EmbeddedClient", "embedded", "gguf"]

DIALOGUE = 4
"""Slots that a dialogue takes: one for its prompter, three for the assistant's candidates. With
more dialogues at once they push each other's prompts out of the cache, and gain nothing."""
SLOTS = 2 * DIALOGUE
"""Sequences decoded together where the user says nothing."""
CACHE = 3 << 29
"""Bytes of cache that default slots may take together, one dialogue's slots aside."""
CONTEXT = 4096
"""Tokens a slot holds where the user says nothing and the model was trained for as many."""


def embedded(model_name: str, options: ClientOptions) -> "EmbeddedClient":
    """Return a client of the weights that a Python package carries, like `smollm2-135m`."""
    return EmbeddedClient(f"embedded/{model_name}", partial(carried_weights, model_name), options)


def gguf(model_name: str, options: ClientOptions) -> "EmbeddedClient":
    """Return a client of a GGUF file; `~` stands for the home directory."""
    name = f"gguf/{model_name}"
    return EmbeddedClient(name, partial(read_weights, Path(model_name).expanduser(), name), options)


class EmbeddedClient(ModelClient):
    """A GGUF model run by llama.cpp in this process; weights are shared by all its clients."""

    def __init__(self, name: str, weights: Callable[[], Weights], options: ClientOptions) -> None:
        super().__init__(name, ModelTraits(siblings_together=True, logprobs=True, streams=True))
        self.settings: EngineSettings | None = None
        """Slots, threads, context and batch in use; None until `prepare`."""
        self._weights = weights
        self._options = options
        self._engine: Engine | None = None
        self._loading = asyncio.Lock()
        self._threads: ThreadPoolExecutor | None = None

    async def prepare(self) -> None:
        """Load the weights in a thread, and settle `traits` and `settings`.

        Raises:
            ModelUnavailable: the engine or the weights are missing, or can't be loaded.
            UnknownModel: no carried model has that name.
        """
        async with self._loading:
            if self._engine is None:
                weights, engine = await asyncio.to_thread(self._load)
                self.settings = engine.settings
                self.traits = _traits(weights, engine.settings)
                self._threads = ThreadPoolExecutor(engine.settings.slots, "dialoom-embedded")
                self._engine = engine

    async def complete(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> list[Completion]:
        """Return one completion for each seed of the request, in that order.

        A completion is what its own seed gives, alone or among siblings. Consecutive seeds are
        one request to the engine, which computes their prompt once; the first of them carries
        its tokens. A cancelled call stops at the next token and frees its slots.

        Raises:
            ModelError: the model gave no usable answer.
        """
        await self.prepare()
        slots = self.settings.slots if self.settings else 1
        answers = await all_of(
            self._ask(request, seeds, cancellation_token)
            for seeds in consecutive(request.seeds, most=slots)
        )
        completions = [completion for answer in answers for completion in answer]
        self.count(completions)
        return completions

    async def stream(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> AsyncIterator[str | Completion]:
        """Yield the text of one completion piece by piece, and the completion itself last.

        A leading `<think>` block is kept back; the completion has it as its thought.
        """
        await self.prepare()
        pieces: asyncio.Queue[str | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def pass_on(piece: str) -> None:
            loop.call_soon_threadsafe(pieces.put_nowait, piece)

        task = asyncio.create_task(
            self._ask(request, request.seeds[:1], cancellation_token, pass_on)
        )
        task.add_done_callback(lambda _: pieces.put_nowait(None))
        try:
            spoken = Spoken()
            while (piece := await pieces.get()) is not None:
                if shown := spoken.add(piece):
                    yield shown
            (completion,) = await task
            if rest := spoken.rest():
                yield rest
            self.count([completion])
            yield completion
        finally:
            task.cancel()

    async def close(self) -> None:
        """Stop what is under way, and free the weights when no other client uses them."""
        engine, self._engine = self._engine, None
        if engine is not None and self._threads is not None:
            await asyncio.to_thread(self._threads.shutdown)
            await asyncio.to_thread(give_back, engine)

    def _load(self) -> tuple[Weights, Engine]:
        weights = self._weights()
        context = self._options.context or min(CONTEXT, weights.context or CONTEXT)
        settings = EngineSettings(
            slots=self._options.slots or _slots(weights, context),
            threads=self._options.threads or compute_threads(),
            context=context,
        )
        return weights, borrow(weights, settings, self.name)

    async def _ask(
        self,
        request: ChatRequest,
        seeds: Sequence[int],
        token: CancellationToken | None,
        pass_on: Callable[[str], None] | None = None,
    ) -> list[Completion]:
        """Have one thread ask the engine; a cancelled caller stops the engine."""
        assert self._threads is not None
        stop = Event()
        future = asyncio.get_running_loop().run_in_executor(
            self._threads, self._answer, request, seeds, stop, pass_on
        )
        if token is not None:
            token.link_future(future)
        try:
            return await future
        finally:
            stop.set()

    def _answer(
        self,
        request: ChatRequest,
        seeds: Sequence[int],
        stop: Event,
        pass_on: Callable[[str], None] | None,
    ) -> list[Completion]:
        """Return the answers to consecutive seeds; blocks until they are whole or stopped."""
        assert self._engine is not None
        schema = request.json_schema
        answers = Answers(len(seeds), json=schema is not None)
        started = time.monotonic()
        overdue = False

        def take(chunk: Mapping[str, Any]) -> bool:
            nonlocal overdue
            piece = answers.add(chunk)
            if piece and pass_on is not None and not stop.is_set():
                pass_on(piece)
            overdue = time.monotonic() - started > self._options.timeout
            return overdue or stop.is_set()

        try:
            if not stop.is_set():
                grammar = "" if schema is None else self._engine.grammar(schema)
                self._engine.ask(chat_body(request, seeds, grammar=grammar), take)
        except ValueError as error:
            raise RequestRefused(f"{self.name}: {error}", model=self.name) from error
        if overdue:
            raise ModelTimeout(
                f"{self.name}: no whole reply within {self._options.timeout:g} s", model=self.name
            )
        return answers.completions(self.name, time.monotonic() - started)


def consecutive(seeds: Sequence[int], *, most: int) -> list[Sequence[int]]:
    """Return the seeds cut into runs that go up by one, of at most so many.

    >>> consecutive((7, 8, 9, 20), most=2)
    [(7, 8), (9,), (20,)]
    """
    cuts = [0]
    for place in range(1, len(seeds)):
        if seeds[place] != seeds[place - 1] + 1 or place - cuts[-1] == most:
            cuts.append(place)
    return [seeds[start:end] for start, end in zip(cuts, [*cuts[1:], len(seeds)], strict=True)]


def _slots(weights: Weights, context: int) -> int:
    affordable = CACHE // max(1, weights.token_bytes * context)
    return max(DIALOGUE, min(SLOTS, affordable))


def _traits(weights: Weights, settings: EngineSettings) -> ModelTraits:
    small = weights.parameters < SMALL
    return ModelTraits(
        context=settings.context,
        parameters=weights.parameters,
        compact=small,
        judges=not small,
        siblings_together=True,
        logprobs=True,
        in_flight=max(1, settings.slots // DIALOGUE),
        streams=True,
        revision=weights.sha256,
        adapts=False,
    )
