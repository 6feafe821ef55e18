"""The seam to chat models: AutoGen's `ChatCompletionClient`, with siblings asked for together.

A back end subclasses `ModelClient` and implements `complete`; everything AutoGen wants of a
client is written on top of it here, once.
"""

from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from autogen_core import CancellationToken
from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    ModelFamily,
    ModelInfo,
    RequestUsage,
)
from autogen_core.tools import Tool, ToolSchema
from pydantic import BaseModel

from dialoom.agents.clients.autogen import chat_request, create_result
from dialoom.chat import ChatRequest, Completion, estimated_tokens, total_usage
from dialoom.errors import InputError
from dialoom.registry import Registry

__all__ = ["CLIENTS", "ClientOptions", "ModelClient", "ModelTraits"]


@dataclass(frozen=True, slots=True)
class ModelTraits:
    """What dialoom must know of a model to prompt and schedule it well."""

    context: int | None = None
    """Tokens of prompt and reply together; None when the endpoint doesn't say."""
    parameters: int | None = None
    """How many weights, where that is known."""
    compact: bool = False
    """True for models that follow only short prompts; see `dialoom.agents.view`."""
    judges: bool = True
    """False for models taken to judge at chance level, until their canaries say otherwise."""
    siblings_together: bool = False
    """True when one request may ask for several completions."""
    logprobs: bool = False
    json_schema: bool = True
    """True when the endpoint constrains its reply to a schema."""
    in_flight: int = 16
    """Requests at a time that keep the endpoint busy without crowding it."""
    streams: bool = False
    """True when `stream` gives the reply piece by piece."""
    revision: str = ""
    """What identifies the weights: a digest, where the back end knows one."""
    adapts: bool = True
    """False keeps `in_flight` as it is, where a slow answer says nothing of too many requests."""


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How to reach models; each back end reads what concerns it."""

    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    timeout: float = 120.0
    """Seconds that one attempt may take."""
    context: int | None = None
    """Tokens of context to ask for where the back end lets one choose."""
    threads: int | None = None
    """Embedded engine: compute threads; None takes the physical cores."""
    slots: int | None = None
    """Embedded engine: sequences decoded together."""
    other_urls: tuple[str, ...] = ()
    """More servers of the same models beside `base_url`; each gets what it finishes."""
    rpm: int | None = None
    """Requests that one server may be sent in any minute."""
    tpm: int | None = None
    """Tokens, of prompts and replies together, that one server may be sent in any minute."""
    in_flight: int | None = None
    """Requests at a time to one server, at most; None takes the back end's figure."""


class ModelClient(ChatCompletionClient):
    """A chat model by name. Holds no conversation; safe to share between all agents of a run."""

    component_type = "model"
    component_config_schema = BaseModel

    def __init__(self, name: str, traits: ModelTraits) -> None:
        self.name = name
        """As the user writes it: `provider/model`."""
        self.traits = traits
        self._prompt_tokens = 0
        self._completion_tokens = 0
        self._last = RequestUsage(prompt_tokens=0, completion_tokens=0)

    @abstractmethod
    async def complete(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> list[Completion]:
        """Return one completion for each seed of the request, in that order.

        Where an endpoint gives fewer than it was asked for, they are of the first seeds, at least
        of one; `Endpoint` asks for the rest.

        Raises:
            ModelError: the model gave no usable answer; `transient` says whether asking again
                can help.
        """

    async def prepare(self) -> None:
        """Connect, load or probe, and settle `traits`; called once before the first request.

        Raises:
            ModelError: the model can't be used; the message names what would mend it.
        """
        return

    async def stream(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> AsyncIterator[str | Completion]:
        """Yield the text of one completion piece by piece, and the completion itself last."""
        (completion,) = await self.complete(request, cancellation_token=cancellation_token)
        yield completion.text
        yield completion

    def count(self, completions: Sequence[Completion]) -> None:
        """Add the usage of a finished request to the client's totals."""
        used = total_usage(completions)
        self._prompt_tokens += used.prompt_tokens
        self._completion_tokens += used.completion_tokens
        self._last = RequestUsage(
            prompt_tokens=used.prompt_tokens, completion_tokens=used.completion_tokens
        )

    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = [],
        tool_choice: Tool | Literal["auto", "required", "none"] = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        """Return one reply, as AutoGen's agents ask for it.

        Args:
            messages: The prompt.
            tools: Must be empty; personas talk, they call no tools.
            tool_choice: Ignored without tools.
            json_output: A pydantic model whose JSON Schema the reply must satisfy; True asks
                for any JSON object.
            extra_create_args: Fields of `Sampling`, and `seed`.
            cancellation_token: Stops the call.

        Raises:
            InputError: tools are given.
            ModelError: the model gave no usable answer.
        """
        self._refuse(tools)
        request = chat_request(messages, json_output, extra_create_args)
        (completion,) = await self.complete(request, cancellation_token=cancellation_token)
        return create_result(completion)

    async def create_stream(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = [],
        tool_choice: Tool | Literal["auto", "required", "none"] = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> AsyncGenerator[str | CreateResult, None]:
        """Yield one reply piece by piece, then the whole of it; see `create`."""
        self._refuse(tools)
        request = chat_request(messages, json_output, extra_create_args)
        async for piece in self.stream(request, cancellation_token=cancellation_token):
            yield create_result(piece) if isinstance(piece, Completion) else piece

    async def close(self) -> None:
        """Let go of connections and weights."""

    def actual_usage(self) -> RequestUsage:
        """Return the tokens of the last request."""
        return self._last

    def total_usage(self) -> RequestUsage:
        """Return the tokens of all requests so far."""
        return RequestUsage(
            prompt_tokens=self._prompt_tokens, completion_tokens=self._completion_tokens
        )

    def count_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = []
    ) -> int:
        """Return an estimate of the prompt's tokens: a third of its characters, rounded up."""
        return estimated_tokens(chat_request(messages, None, {}).messages)

    def remaining_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = []
    ) -> int:
        """Return how many tokens of context an estimate of the prompt leaves."""
        return (self.traits.context or 128_000) - self.count_tokens(messages, tools=tools)

    @property
    def capabilities(self) -> ModelInfo:
        """AutoGen's older name for `model_info`."""
        return self.model_info

    @property
    def model_info(self) -> ModelInfo:
        """What AutoGen's agents may ask of this model."""
        return ModelInfo(
            vision=False,
            function_calling=False,
            json_output=True,
            family=ModelFamily.UNKNOWN,
            structured_output=True,
            multiple_system_messages=False,
        )

    def _refuse(self, tools: Sequence[Tool | ToolSchema]) -> None:
        if tools:
            raise InputError(f"{self.name}: dialoom's clients call no tools")


CLIENTS: Registry[ModelClient] = Registry("provider", group="clients")
"""Back ends by provider name; a factory takes the model's name and `ClientOptions`."""
