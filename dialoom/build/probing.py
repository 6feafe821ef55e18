"""Which models work here: each is prepared as a run would, and let go again."""

from collections.abc import Sequence
from typing import NamedTuple

from dialoom.agents.clients.base import CLIENTS, ClientOptions, ModelClient
from dialoom.build.models import DEFAULT_MODEL, make_client
from dialoom.errors import InputError, ModelError

__all__ = ["ModelStatus", "probe"]

EXAMPLES = {
    "embedded": DEFAULT_MODEL,
    "ollama": "ollama/llama3.2",
    "openai": "openai/gpt-4o-mini",
    "scripted": "scripted/demo",
}
"""The model that is tried of a provider when none is named."""


class ModelStatus(NamedTuple):
    """What came of trying one model."""

    model: str
    works: bool
    detail: str
    """What it offers, or what is wrong and what mends it."""


async def probe(names: Sequence[str], options: ClientOptions) -> list[ModelStatus]:
    """Return the status of the named models, or of one of each provider when none is named."""
    if names:
        return [await _status(name, options) for name in names]
    found = []
    for provider in CLIENTS.names():
        if provider in EXAMPLES:
            found.append(await _status(EXAMPLES[provider], options))
        else:
            need = f"name a model of it to try one: dialoom models {provider}/…"
            found.append(ModelStatus(f"{provider}/…", True, need))
    return found


async def _status(name: str, options: ClientOptions) -> ModelStatus:
    try:
        client = make_client(name, options)
        try:
            await client.prepare()
        finally:
            await client.close()
    except (InputError, ModelError) as error:
        return ModelStatus(name, False, str(error))
    return ModelStatus(name, True, _offer(client))


def _offer(client: ModelClient) -> str:
    traits = client.traits
    parts = [f"{traits.in_flight} requests at a time"]
    if traits.context:
        parts.append(f"{traits.context:,} tokens of context")
    if traits.parameters:
        parts.append(f"{traits.parameters / 1e6:,.0f} M weights")
    parts += [
        said
        for holds, said in (
            (traits.siblings_together, "siblings in one request"),
            (traits.logprobs, "log probabilities"),
            (traits.json_schema, "JSON schemas"),
            (traits.compact, "short prompts"),
            (not traits.judges, "doubtful as a critic"),
        )
        if holds
    ]
    settings = getattr(client, "settings", None)
    return ", ".join(parts) + (f"\n{settings}" if settings else "")
