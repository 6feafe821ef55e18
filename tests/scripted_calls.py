"""Requests to scripted models, and what they answer."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from dialoom.agents.clients.base import ClientOptions
from dialoom.agents.clients.scripted import ScriptedClient, scripted
from dialoom.chat import ChatMessage, ChatRequest, Completion, Sampling

__all__ = ["ask", "from_yaml", "request", "texts"]


def request(
    last: str = "Hello",
    *,
    seeds: tuple[int, ...] = (0,),
    system: str = "You are Ada.",
    purpose: str = "assistant",
    json_schema: Mapping[str, object] | None = None,
    said: tuple[str, ...] = (),
) -> ChatRequest:
    before: list[ChatMessage] = [{"role": "system", "content": system}]
    for own in said:
        before += [{"role": "user", "content": "Go on"}, {"role": "assistant", "content": own}]
    return ChatRequest(
        messages=(*before, {"role": "user", "content": last}),
        sampling=Sampling(),
        seeds=seeds,
        json_schema=json_schema,
        purpose=purpose,
    )


def ask(client: ScriptedClient, asked: ChatRequest) -> list[Completion]:
    return asyncio.run(client.complete(asked))


def texts(client: ScriptedClient, asked: ChatRequest) -> list[str]:
    return [completion.text for completion in ask(client, asked)]


def from_yaml(folder: Path, text: str) -> ScriptedClient:
    file = folder / "script.yaml"
    file.write_text(text, encoding="utf-8")
    return scripted(str(file), ClientOptions())
