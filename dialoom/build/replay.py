"""Running on kept calls alone: clients that answer nothing and reach nothing."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, Protocol

from autogen_core import CancellationToken

from dialoom.agents.clients.base import ModelClient, ModelTraits
from dialoom.chat import ChatRequest, Completion
from dialoom.errors import MissingCall

__all__ = ["Described", "ReplayClient", "description", "replay_client"]


class Described(Protocol):
    """Where it is kept what was found out about models."""

    def described(self, model: str) -> dict[str, Any] | None:
        """Return it, or None."""


class ReplayClient(ModelClient):
    """Stands for a model whose answers all are kept; being asked is an error."""

    async def complete(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> list[Completion]:
        """Never return.

        Raises:
            MissingCall: always, since a call that is kept is not asked.
        """
        last = request.messages[-1]["content"]
        raise MissingCall(
            f"--replay: no kept call of {self.name} ({request.purpose}) for the prompt that ends "
            f"with {last[-60:]!r}; without --replay the model would be asked"
        )


def replay_client(model: str, kept: Described) -> ReplayClient:
    """Return the stand-in of a model, with the traits it had when its calls were made."""
    about = kept.described(model)
    known = {field.name for field in fields(ModelTraits)}
    given: Mapping[str, Any] = about["traits"] if about else {}
    return ReplayClient(model, ModelTraits(**{k: v for k, v in given.items() if k in known}))


def description(traits: ModelTraits, place: str) -> dict[str, Any]:
    """Return what to keep of a model for a replay."""
    return {"place": place, "traits": asdict(traits)}
