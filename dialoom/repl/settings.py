"""What a user may change during a session; a value, so that every change can be taken back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dialoom.chat import Sampling
from dialoom.personas.model import Persona
from dialoom.repl.breaks import Break
from dialoom.repl.edits import Edit
from dialoom.scenarios.cast import Cast
from dialoom.verdicts import Verdict

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything about a session but what was said."""

    you: str | None = None
    """The member you speak for; None: you watch."""
    base: Cast | None = None
    """The cast as the files make it when they were read again; None: as the session began."""
    edits: tuple[Edit, ...] = ()
    """Changes to the cast, in order, made on top of the files."""
    personas: Mapping[str, Persona] = field(default_factory=dict)
    """Personas written anew in an editor, by member; `edits` go on top."""
    models: Mapping[str, str] = field(default_factory=dict)
    """By member or role, over those the session began with."""
    sampling: Mapping[str, Sampling] = field(default_factory=dict)
    """By member, and `default`, over the scenario's."""
    breaks: tuple[Break, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """Message ids by the names the user gave them."""
    opinions: Mapping[str, tuple[Verdict, ...]] = field(default_factory=dict)
    """What the user says of messages, by message id."""
    rankings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The user's orders of siblings, message ids best first, by the parent's id."""
    veiled: Mapping[str, str] = field(default_factory=dict)
    """Letters of replies whose model is a secret until the user has chosen, by message id."""
