"""Sessions of the REPL without a terminal: lines in, what is shown and what is asked out."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from dialoom.agents.clients.base import ClientOptions
from dialoom.agents.clients.scripted import TRAITS, Reply, ScriptedClient
from dialoom.build import ModelBook, RunOptions, models_by_role
from dialoom.chat import ChatRequest
from dialoom.errors import DialoomError, InputError
from dialoom.evaluators.base import Heuristic
from dialoom.evaluators.repetition import Repetition
from dialoom.repl.command import Desk
from dialoom.repl.commands import perform
from dialoom.repl.flow import Flow
from dialoom.repl.scene import Scene, SceneOptions, scene_of
from dialoom.repl.session import Session
from dialoom.repl.speaking import open_talk
from dialoom.repl.voices import CallMemory

__all__ = ["ADA", "BEN", "Played", "Recorder", "ada", "pair", "persona_file", "play", "told"]

MODEL = "scripted/test"
UNTRUSTED = replace(TRAITS, judges=False)
"""No critic ranks what such a model says, so that only replies are asked for."""

ADA = """\
name: ada
display_name: Ada
description: A clock maker with a shop of her own.
traits: {temper: short, hands: steady}
speaking_style: dry and brief
knows: {opening_time: at nine, safe_code: "4417"}
hides_until_asked: [safe_code]
doesnt_know: [the price of gold]
example_lines: ["Time is what I sell."]
"""
BEN = """\
name: ben
display_name: Ben
description: A traveller whose watch has stopped.
"""


def persona_file(folder: Path, text: str) -> Path:
    """Write a persona into the file that its name asks for."""
    name = text.partition("name: ")[2].partition("\n")[0]
    file = folder / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def ada(tmp_path: Path) -> Path:
    """The file of a persona who is spoken to."""
    return persona_file(tmp_path, ADA)


@pytest.fixture
def pair(tmp_path: Path) -> SceneOptions:
    """Two personas who speak with each other."""
    files = persona_file(tmp_path, ADA), persona_file(tmp_path, BEN)
    return SceneOptions(persona=str(files[0]), partner=str(files[1]), role="assistant")


def told(request: ChatRequest, seed: int) -> str:
    """Answer with all that may change a reply, so that a change of it can be seen."""
    temper = "calm" if "temper: calm" in request.messages[0]["content"] else "short"
    return f"{temper} words of {seed % 1000} to {request.messages[-1]['content'][:20]!r}"


class Recorder:
    """A screen that keeps what it is shown."""

    live = False
    colour = False
    width = None

    def __init__(self, composed: Callable[[str], str] | None = None) -> None:
        self._composed = composed
        self._file = StringIO()
        self._console = Console(file=self._file, width=200)

    @property
    def text(self) -> str:
        return self._file.getvalue()

    def show(self, view: RenderableType) -> None:
        self._console.print(view, soft_wrap=True)

    @contextmanager
    def speaking(self, head: RenderableType) -> Iterator[Callable[[str], None]]:
        self.show(head)
        flow = Flow(width=None, margin=4)
        yield lambda piece: self._write(flow.add(piece))
        self._write(flow.end())

    def _write(self, text: str) -> None:
        self._file.write(text)

    async def compose(self, text: str, *, suffix: str) -> str:
        if self._composed is None:
            raise InputError("no editor is known")
        return self._composed(text)


@dataclass
class Played:
    """A session after its lines."""

    session: Session
    screen: Recorder
    clients: Mapping[str, ScriptedClient]
    errors: list[DialoomError] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    """What each line showed, the opening first."""

    @property
    def texts(self) -> list[str]:
        """Everything said, in the order of the tree."""
        return [node.text for node in self.session.talk]

    @property
    def requests(self) -> list[ChatRequest]:
        """What the first model was asked, the critic's calls left out."""
        asked = next(iter(self.clients.values())).requests
        return [request for request in asked if request.purpose != "critic"]


def play(
    *lines: str,
    persona: Path | None = None,
    options: SceneOptions | None = None,
    replies: Callable[[ChatRequest, int], Reply] | Iterable[Reply] = told,
    clients: Mapping[str, ScriptedClient] | None = None,
    heuristics: Sequence[Heuristic] = (Repetition(),),
    composed: Callable[[str], str] | None = None,
    scene: Callable[[], Scene] | None = None,
) -> Played:
    """Hold a session and return it; an error of a line is kept, and the next line follows."""
    options = options or SceneOptions(persona=str(persona), role="assistant")
    clients = clients or {MODEL: ScriptedClient(replies, name=MODEL, traits=UNTRUSTED)}
    build = scene or (lambda: scene_of(options))
    return asyncio.run(_play(lines, build, clients, heuristics, Recorder(composed)))


async def _play(
    lines: Sequence[str],
    build: Callable[[], Scene],
    clients: Mapping[str, ScriptedClient],
    heuristics: Sequence[Heuristic],
    screen: Recorder,
) -> Played:
    scene = build()
    run = RunOptions(model=next(iter(clients)))
    book = ModelBook(
        models_by_role(scene.loaded.scenario, run), ClientOptions(), clients=dict(clients)
    )
    book.attach(CallMemory(), lambda event: None)
    created = datetime(2026, 1, 2, tzinfo=UTC)
    session = Session(scene, book, created=created, heuristics=heuristics)
    desk = Desk(session, screen, build)
    played = Played(session, screen, clients)
    await _kept(open_talk(desk), played)
    for line in lines:
        await _kept(perform(desk, line), played)
    return played


async def _kept(work: Awaitable[None], played: Played) -> None:
    before = len(played.screen.text)
    try:
        await work
    except DialoomError as error:
        played.errors.append(error)
    played.shown.append(played.screen.text[before:])
