"""Models behind OpenAI's chat completions: OpenAI, Azure, vLLM, llama-server and their like."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import Any

from autogen_core import CancellationToken

from dialoom.agents.clients.base import ClientOptions, ModelClient
from dialoom.agents.clients.openai_address import address
from dialoom.agents.clients.openai_connection import CONNECTIONS, Connection
from dialoom.agents.clients.openai_probe import assumed_traits, probed_traits
from dialoom.agents.clients.openai_wire import Dialect, chat_body, completions
from dialoom.agents.clients.streams import Gathered
from dialoom.agents.clients.waiting import all_of, cancellable
from dialoom.chat import ChatRequest, Completion
from dialoom.errors import BadReply

__all__ = ["OpenAIClient"]


class OpenAIClient(ModelClient):
    """`openai/NAME`: a model at the endpoint that the options or the environment name.

    Siblings are asked for in one request where the endpoint takes `n`, and at the same time
    where it doesn't. One request carries one seed, so siblings asked for together are
    reproducible as a group.

    OpenAI's own models that reason (o-series, gpt-5) refuse temperature, top_p, penalties and
    stop sequences, and OpenAI and Azure know no top_k, min_p and repeat_penalty: these settings
    are not sent to them.
    """

    def __init__(self, model_name: str, options: ClientOptions) -> None:
        """Take the model's name at the endpoint; nothing is asked before `prepare`.

        Raises:
            InputError: the base URL is none, or `.env` can't be read.
        """
        self._address = address(options)
        hosted = self._address.is_openai or self._address.is_azure
        super().__init__(
            f"openai/{model_name}", assumed_traits(self._address, model_name, options.context)
        )
        self._model, self._options = model_name, options
        self._site = self._address.site(self.name)
        self._dialect = Dialect.of(model_name, hosted=hosted)
        self._connection: Connection | None = None

    async def prepare(self) -> None:
        """Ask the endpoint whether it has the model, and what it can do; see `ModelClient`."""
        self.traits = await probed_traits(
            self._connected(),
            self._site,
            self._model,
            context=self._options.context,
            timeout=self._options.timeout,
        )

    async def complete(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> list[Completion]:
        """Return one completion for each seed; see `ModelClient.complete`."""
        answer = await cancellable(self._answer(request), cancellation_token)
        self.count(answer)
        return answer

    async def stream(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> AsyncIterator[str | Completion]:
        """Yield one reply piece by piece as it is made, without its thoughts, and then whole."""
        body = chat_body(request, self._model, request.seeds[:1], self._dialect, stream=True)
        gathered = Gathered()
        chunks = self._connected().chunks(body, self._site, self._options.timeout)
        async with aclosing(chunks):
            while chunk := await cancellable(_next(chunks), cancellation_token):
                with self._formed(chunk):
                    piece = gathered.add(chunk)
                if piece:
                    yield piece
        if piece := gathered.rest():
            yield piece
        (completion,) = self._read(gathered.payload(), request)
        self.count([completion])
        yield completion

    async def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection = None
            await CONNECTIONS.release(self._address)

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = CONNECTIONS.take(self._address, lambda: Connection(self._address))
        return self._connection

    async def _answer(self, request: ChatRequest) -> list[Completion]:
        seeds = request.seeds
        if len(seeds) == 1 or self.traits.siblings_together:
            return await self._ask(request, seeds)
        found = await all_of(self._ask(request, (seed,)) for seed in seeds)
        return [completion for (completion,) in found]

    async def _ask(self, request: ChatRequest, seeds: Sequence[int]) -> list[Completion]:
        body = chat_body(request, self._model, seeds, self._dialect)
        payload = await self._connected().chat(body, self._site, self._options.timeout)
        return self._read(payload, request)[: len(seeds)]

    def _read(self, payload: Any, request: ChatRequest) -> list[Completion]:
        with self._formed(payload):
            found = completions(payload, request)
        if not found:
            raise self._site.error(BadReply, f"{self._site.url} sent a reply without a choice")
        return found

    @contextmanager
    def _formed(self, payload: Any) -> Iterator[None]:
        try:
            yield
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            message = f"{self._site.url} sent a reply of another form: {payload!r:.120}"
            raise self._site.error(BadReply, message) from error


async def _next(chunks: AsyncGenerator[Any]) -> Any:
    return await anext(chunks, None)
