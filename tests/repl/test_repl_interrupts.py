"""Ctrl-C while a reply is drawn."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from autogen_core import CancellationToken
from repl_play import ADA, MODEL, persona_file

from dialoom.agents.clients.base import ClientOptions, ModelClient, ModelTraits
from dialoom.build import ModelBook, RunOptions, models_by_role
from dialoom.chat import ChatRequest, Completion
from dialoom.repl.command import Desk
from dialoom.repl.scene import SceneOptions, scene_of
from dialoom.repl.session import Session
from dialoom.repl.start import Loop
from dialoom.repl.terminal import Terminal


class Lines:
    """A reader of given lines."""

    def __init__(self, *lines: str) -> None:
        self._lines = list(lines)

    async def read(self, prompt: str) -> str | None:
        return self._lines.pop(0) if self._lines else None

    def interrupt(self) -> None:
        return


class Endless(ModelClient):
    """Says a word, presses Ctrl-C, and would go on for ever."""

    def __init__(self) -> None:
        super().__init__(MODEL, ModelTraits(judges=False))

    async def complete(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> list[Completion]:
        return [Completion("Done.") for _ in request.seeds]

    async def stream(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> AsyncIterator[str | Completion]:
        if request.messages[-1]["content"] == "Be quick":
            yield "Done."
            yield Completion("Done.")
            return
        yield "Well, "
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()


def test_ctrl_c_stops_the_reply_and_not_the_session(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = asyncio.run(_interrupted(persona_file(tmp_path, ADA)))
    assert [node.text for node in session.talk] == ["Take your time", "Be quick", "Done."]
    assert [root.text for root in session.talk.roots] == ["Take your time", "Be quick"]
    shown = capsys.readouterr().out
    assert "Well,\n" in shown.replace(" \n", "\n")
    assert "stopped; nothing of it is kept" in shown
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


async def _interrupted(persona: Path) -> Session:
    options = SceneOptions(persona=str(persona), role="assistant")
    scene = scene_of(options)
    names = models_by_role(scene.loaded.scenario, RunOptions(model=MODEL))
    book = ModelBook(names, ClientOptions(), clients={MODEL: Endless()})
    session = Session(scene, book, created=datetime(2026, 1, 2, tzinfo=UTC), heuristics=())
    terminal = Terminal(live=False)
    desk = Desk(session, terminal, lambda: scene_of(options))
    loop = Loop(desk, terminal, Lines("Take your time", "Be quick"))
    assert await loop.run() == 0
    return session
