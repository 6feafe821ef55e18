"""What an OpenAI-compatible endpoint says of itself and of a model, asked once at the start."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, NamedTuple

from pydantic_core import to_json

from dialoom.agents.clients.base import ModelTraits
from dialoom.agents.clients.foreign import Site
from dialoom.agents.clients.openai_address import Address
from dialoom.agents.clients.openai_connection import Connection
from dialoom.agents.clients.openai_wire import REASONING
from dialoom.agents.clients.sizes import SMALL, named_parameters
from dialoom.errors import (
    AuthenticationFailed,
    ModelError,
    ModelUnavailable,
    OutOfCredit,
    TransientModelError,
    UnknownModel,
)
from dialoom.spec import nearest

__all__ = ["assumed_traits", "probed_traits"]

CONTEXTS = ("max_model_len", "context_length", "context_window", "max_context_length")
"""Where vLLM, OpenRouter and Together, Groq, and Mistral tell the context in the list of models."""


ATTEMPTS = 3
"""Times that a question is put to an endpoint that answers simpler ones."""
DELAYS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds after each request that fails, while an endpoint answers nothing."""


class Entry(NamedTuple):
    """A model in an endpoint's list."""

    context: int | None = None
    parameters: int | None = None


def assumed_traits(address: Address, model: str, context: int | None) -> ModelTraits:
    """Return the traits before anything was asked."""
    hosted = address.is_openai or address.is_azure
    return _traits(
        model,
        Entry(context),
        siblings_together=hosted,
        logprobs=hosted and not REASONING.search(model),
        in_flight=32 if hosted else 16,
    )


async def probed_traits(
    connection: Connection, site: Site, model: str, *, context: int | None, timeout: float
) -> ModelTraits:
    """Return a model's traits as its endpoint shows them.

    Asks for the list of models and, except at OpenAI and Azure, which are known to take `n`, for
    two completions of one token.

    Args:
        connection: To the endpoint.
        site: Whom errors are about.
        model: The model's name at the endpoint.
        context: What the user says of the context, tokens; it goes before what the endpoint says.
        timeout: Seconds for each question.

    Raises:
        ModelError: nothing answers, the key is refused, or the model is not there.
    """
    address = connection.address
    if address.key is None and address.is_openai:
        message = f"{site.url} wants a key; put it in OPENAI_API_KEY, in the environment or in .env"
        raise site.error(AuthenticationFailed, message)
    entry = await _entry(connection, site, model, timeout)
    if address.is_openai or address.is_azure:
        return assumed_traits(address, model, context or entry.context)
    props = await _props(connection, site, timeout) if entry.context is None else {}
    settings = props.get("default_generation_settings")
    told = settings.get("n_ctx") if isinstance(settings, Mapping) else None
    choices, logprobs = await _two_tokens(connection, site, model, timeout)
    slots = props.get("total_slots")
    return _traits(
        model,
        Entry(context or entry.context or _count(told), entry.parameters),
        siblings_together=choices == 2,
        logprobs=logprobs,
        in_flight=_count(slots) or (64 if entry.context else 16),
    )


def _traits(
    model: str, entry: Entry, *, siblings_together: bool, logprobs: bool, in_flight: int
) -> ModelTraits:
    parameters = entry.parameters or named_parameters(model)
    is_small = parameters is not None and parameters < SMALL
    return ModelTraits(
        context=entry.context,
        parameters=parameters,
        compact=is_small,
        judges=not is_small,
        siblings_together=siblings_together,
        logprobs=logprobs,
        in_flight=in_flight,
        streams=True,
    )


async def _entry(connection: Connection, site: Site, model: str, timeout: float) -> Entry:
    """Return the model's entry in the endpoint's list; an empty one where there is no list."""
    try:
        listed = _models(await connection.get("/models", site, timeout))
    except TransientModelError as error:
        raise site.error(ModelUnavailable, _mend(connection.address, error)) from error
    except AuthenticationFailed:
        raise
    except ModelError:
        return Entry()  # some servers have no list; the first request will tell
    if not listed or connection.address.is_azure:
        return Entry()
    # as Google, Ollama and OpenRouter have it
    for name in (model, f"models/{model}", f"{model}:latest", model.rpartition(":")[0]):
        if name in listed:
            return _read(listed[name])
    hint = nearest(model, listed) or f"; there is {', '.join(sorted(listed)[:5])}"
    raise site.error(UnknownModel, f"{site.url} has no model {model!r}{hint}")


def _models(payload: Any) -> dict[str, Mapping[str, Any]]:
    items = payload.get("data") if isinstance(payload, Mapping) else payload
    return dict(_named(items)) if isinstance(items, list) else {}


def _named(items: list[Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for item in items:
        if isinstance(item, Mapping) and isinstance(item.get("id"), str):
            yield item["id"], item


def _read(item: Mapping[str, Any]) -> Entry:
    context = next((found for key in CONTEXTS if (found := _count(item.get(key)))), None)
    meta = item.get("meta")  # llama-server's
    return Entry(context, _count(meta.get("n_params")) if isinstance(meta, Mapping) else None)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


async def _props(connection: Connection, site: Site, timeout: float) -> Mapping[str, Any]:
    """Return llama-server's `/props`, which tells the context of a slot and the number of slots."""
    url = f"{connection.address.url.removesuffix('/v1')}/props"
    try:
        props = await connection.get(url, site, timeout)
    except ModelError:
        return {}  # another server
    return props if isinstance(props, Mapping) else {}


async def _two_tokens(
    connection: Connection, site: Site, model: str, timeout: float
) -> tuple[int, bool]:
    """Return how many choices come when two are asked for, and whether with log probabilities.

    Prompts and so the keys of calls follow from the answer: a server that is overloaded for a
    moment must not be taken for one that can't.

    Raises:
        ModelError: the key is refused, the model is not there, or nothing is answered.
    """
    hello = {"model": model, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1}

    async def ask(extra: Mapping[str, Any]) -> tuple[int, bool]:
        reply = await connection.chat(to_json({**hello, **extra}), site, timeout)
        choices = reply["choices"]
        logprobs = (choices[0].get("logprobs") or {}).get("content")
        return len(choices), bool(logprobs)

    for extra in ({"n": 2, "logprobs": True, "top_logprobs": 1}, {"n": 2}):
        for _ in range(ATTEMPTS):
            try:
                return await ask(extra)
            except (AuthenticationFailed, OutOfCredit, UnknownModel):
                raise
            except TransientModelError:
                await _answering(lambda: ask({}), site)
            except (ModelError, LookupError, TypeError, AttributeError):
                break  # it does not take so much; the next question asks for less
    return 1, False


async def _answering(ask: Callable[[], Awaitable[object]], site: Site) -> None:
    """Return when a plain request is answered, be it by a refusal.

    Raises:
        ModelUnavailable: it fails each time.
    """
    for delay in DELAYS:
        try:
            await ask()
            return
        except TransientModelError as error:
            failure = error
            await asyncio.sleep(max(delay, min(error.retry_after or 0.0, DELAYS[-1])))
        except (ModelError, LookupError, TypeError, AttributeError):
            return
    what = str(failure).partition(": ")[2]
    message = f"{what}; it is there and answers no request: look at its log, or try again later"
    raise site.error(ModelUnavailable, message) from failure


def _mend(address: Address, error: ModelError) -> str:
    what = str(error).partition(": ")[2]
    if address.is_openai or address.is_azure:
        return f"{what}; check the network"
    return (
        f"{what}; start a server there (`vllm serve MODEL`, `llama-server -m FILE`), or say where "
        "it is with --base-url or OPENAI_BASE_URL"
    )
