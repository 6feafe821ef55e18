"""Who has told what: the facts of every persona's sheet, followed through a conversation.

What is open may be told at any time, what is hidden only once somebody asked for it, and what a
persona doesn't know it can't tell at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from dialoom.evaluators.base import Said
from dialoom.evaluators.facts import Fact, asks_for, facts_of, told_at
from dialoom.evaluators.text import quoted
from dialoom.evaluators.topics import stated_at
from dialoom.personas.model import Persona

__all__ = [
    "STANDS",
    "Entry",
    "Ledger",
    "Move",
    "Standing",
    "beginning",
    "ledger_of",
    "moved",
    "telling",
]

Standing = Literal["open", "said", "hidden", "asked", "told", "leaked", "unknown", "invented"]
"""How it stands with a fact.

`open`: known and not told yet. `said`: told, as it may be at any time, or after somebody else
did. `hidden`: to be told only when asked, and nobody asked. `asked`: asked for, and not told.
`told`: told after it was asked for. `leaked`: told before anybody asked. `unknown`: a topic that
the persona doesn't know. `invented`: such a topic, and it states something about it.
"""

STANDS: Mapping[Standing, str] = {
    "open": "not told yet",
    "said": "told",
    "hidden": "hidden until asked",
    "asked": "asked for, not told",
    "told": "told when asked",
    "leaked": "leaked before anybody asked",
    "unknown": "not known",
    "invented": "invented",
}
"""Standings in words."""
_DOES = {
    "said": "tells {}",
    "told": "tells {}, which was asked for",
    "leaked": "leaks {} before anybody asked",
    "invented": "invents {}",
}


class Move(NamedTuple):
    """A fact that comes to stand otherwise."""

    turn: int
    """The message that does it: its place in the thread, 0 for the prompt."""
    speaker: str
    """Whose fact it is."""
    fact: str
    """Its name in the sheet; the topic itself where the persona doesn't know it."""
    standing: Standing
    span: tuple[int, int] | None = None
    """Where the message tells it; None when the message asks for it."""

    @property
    def is_fault(self) -> bool:
        """Whether the sheet forbids it."""
        return self.standing in ("leaked", "invented")

    def sentence(self, text: str) -> str:
        """Return in words what the message does, given its text.

        >>> Move(1, "rita", "order", "told", (5, 13)).sentence("It's QX204913.")
        'tells order, which was asked for: "QX204913"'
        """
        if self.span is None:
            return f"asks {self.speaker} for {self.fact.replace('_', ' ')}"
        does = _DOES[self.standing].format(self.fact.replace("_", " "))
        return f"{does}: {quoted(text[slice(*self.span)], limit=50)}"


class Entry(NamedTuple):
    """A fact and how it stands."""

    speaker: str
    fact: str
    standing: Standing

    @property
    def key(self) -> tuple[str, str]:
        """Whose fact it is, and its name."""
        return self.speaker, self.fact


@dataclass(frozen=True, slots=True)
class Ledger:
    """The facts of everyone on the stage, from the first message of a thread to its last."""

    beginning: tuple[Entry, ...]
    """All facts as they stand before anybody speaks, in the order of the sheets."""
    moves: tuple[Move, ...]
    """In the order of the messages."""

    def at(self, turn: int) -> tuple[Entry, ...]:
        """Return how all facts stand after a message; before the first one with -1."""
        last = self.last(turn)
        return tuple(
            line._replace(standing=last[line.key].standing if line.key in last else line.standing)
            for line in self.beginning
        )

    def last(self, turn: int) -> dict[tuple[str, str], Move]:
        """Return what moved each fact last until a message, by `Entry.key`."""
        return {(move.speaker, move.fact): move for move in self.moves if move.turn <= turn}


def ledger_of(thread: Sequence[Said], personas: Mapping[str, Persona]) -> Ledger:
    """Return the ledger of a thread.

    Args:
        thread: From the prompt on.
        personas: By speaker, the scenario's facts merged in.
    """
    first = beginning(personas)
    standings = {line.key: line.standing for line in first}
    moves = [
        move
        for turn in range(len(thread))
        for move in moved(thread[: turn + 1], personas, standings)
    ]
    return Ledger(first, tuple(moves))


def beginning(personas: Mapping[str, Persona]) -> tuple[Entry, ...]:
    """Return how all facts stand before anybody speaks, in the order of the sheets."""
    return tuple(line for name, persona in personas.items() for line in _lines(name, persona))


def moved(
    thread: Sequence[Said],
    personas: Mapping[str, Persona],
    standings: dict[tuple[str, str], Standing],
) -> list[Move]:
    """Return how the last message of a thread moves the facts of everybody.

    Args:
        thread: From the prompt on, at least one message.
        personas: By speaker.
        standings: By `Entry.key`, as they are before the message; brought up to date.
    """
    moves = []
    for name, persona in personas.items():
        for move in _moves(thread, len(thread) - 1, name, persona):
            if _goes_on(standings[name, move.fact], move.standing):
                standings[name, move.fact] = move.standing
                moves.append(move)
    return moves


def telling(
    fact: Fact, text: str, before: Sequence[Said]
) -> tuple[Standing, tuple[int, int]] | None:
    """Return how a fact stands once its owner has said a text, and where the text tells it.

    None when the text does not tell it, or its owner told it before.

    Args:
        fact: Of the one who speaks.
        text: What is said.
        before: The thread until then.
    """
    span = told_at(fact, text)
    if span is None or any(s.speaker == fact.speaker and told_at(fact, s.text) for s in before):
        return None
    others = [said.text for said in before if said.speaker != fact.speaker]
    if not fact.hidden or any(told_at(fact, text) for text in others):
        return "said", span
    return ("told" if any(asks_for(fact, text) for text in others) else "leaked"), span


def _lines(speaker: str, persona: Persona) -> list[Entry]:
    known = [
        Entry(speaker, fact.name, "hidden" if fact.hidden else "open")
        for fact in facts_of(speaker, persona)
    ]
    return known + [Entry(speaker, topic, "unknown") for topic in persona.doesnt_know]


def _moves(thread: Sequence[Said], turn: int, name: str, persona: Persona) -> list[Move]:
    """Return how a message moves the facts of one persona; not all of it need be new."""
    said, before = thread[turn], thread[:turn]
    facts = list(facts_of(name, persona))
    if said.speaker != name:
        asked = [fact for fact in facts if fact.hidden and asks_for(fact, said.text)]
        return [Move(turn, name, fact.name, "asked") for fact in asked]
    moves = [
        Move(turn, name, fact.name, *told)
        for fact in facts
        if (told := telling(fact, said.text, before))
    ]
    others = [one.text for one in before if one.speaker != name]
    return moves + [
        Move(turn, name, topic, "invented", span)
        for topic in persona.doesnt_know
        if (span := stated_at(topic, said.text, language=persona.language, others=others))
    ]


def _goes_on(here: Standing, there: Standing) -> bool:
    """Return whether a fact can come to stand so: what is told stays told."""
    return here in ("open", "hidden", "asked", "unknown") and here != there
