"""The seam between what is typed and what happens: a command, and the desk it works at."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from rich.console import RenderableType

from dialoom.repl.scene import YOU, Scene
from dialoom.repl.session import Session

__all__ = ["Command", "Desk", "Screen", "nothing", "players"]


class Screen(Protocol):
    """Where commands show things. The terminal is one; a test may be another."""

    @property
    def live(self) -> bool:
        """Whether a person watches: replies are shown as they come, with seconds."""
        ...

    @property
    def colour(self) -> bool:
        """Whether styles can be seen."""
        ...

    @property
    def width(self) -> int | None:
        """In cells; None: lines are as long as they are."""

    def show(self, view: RenderableType) -> None:
        """Show something."""

    def speaking(self, head: RenderableType) -> AbstractContextManager[Callable[[str], None]]:
        """Show a heading, then what is written, piece by piece."""
        ...

    async def compose(self, text: str, *, suffix: str) -> str:
        """Return a text as the user's editor leaves it.

        Raises:
            InputError: there is no editor, or it fails.
        """
        ...


@dataclass(slots=True)
class Desk:
    """A session with what commands need beside it."""

    session: Session
    screen: Screen
    rebuild: Callable[[], Scene]
    """Reads the scene's files again."""
    preferences: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    """How often each of two models was chosen, and neither: three counts."""
    written: set[Path] = field(default_factory=set)
    """Files this session wrote, which it may write over."""
    saved: int = 0
    """How many messages the tree held when it was last saved."""
    watching: bool = False
    """Whether changed files of the cast are picked up by themselves."""
    done: bool = False


def nothing(session: Session, typed: str) -> Iterable[str]:
    """Return no completions."""
    return ()


def players(session: Session, typed: str) -> Iterable[str]:
    """Return the names of the cast that have a sheet; yours has none."""
    return [player.name for player in session.cast.players if player.name != YOU]


@dataclass(frozen=True, slots=True)
class Command:
    """One thing the user can do, with all that `/help` says of it."""

    name: str
    usage: str
    """Without the slash, like `retry [N | seed=S]`."""
    summary: str
    """One line."""
    run: Callable[[Desk, str], Awaitable[None]]
    """Does it; the text is what stands behind the name."""
    details: str = ""
    """Further sentences and examples."""
    words: Callable[[Session, str], Iterable[str]] = nothing
    """What may stand behind the name, for completion; told what stands there already."""
    changes: bool = True
    """Whether `/undo` takes it back."""
