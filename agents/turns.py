"""Turn policies: who has the word next. Stateless; the thread alone decides."""

import json
from abc import ABC, abstractmethod

from dialoom.agents.clients.base import ModelClient
from dialoom.chat import ChatRequest, Sampling
from dialoom.errors import BadReply
from dialoom.registry import Registry
from dialoom.scenarios.cast import Cast, Player
from dialoom.tree import Node, path_to

__all__ = ["TURNS", "Alternate", "RoundRobin", "Selector", "TurnPolicy"]


class TurnPolicy(ABC):
    """Names the next speaker. The first message is always a prompter's, as OASST wants it."""

    asks: bool = False
    """True when a model is asked."""

    @abstractmethod
    async def next(self, cast: Cast, here: Node | None, *, client: ModelClient, seed: int) -> str:
        """Return the name of the member that speaks after `here`.

        Raises:
            ModelError: a model had to be asked and gave no answer.
        """


class Alternate(TurnPolicy):
    """A prompter, then an assistant, and so on; members of one role take turns.

    The only policy whose trees alternate strictly whatever the cast, which Open-Assistant's own
    training loader demands.
    """

    async def next(self, cast: Cast, here: Node | None, *, client: ModelClient, seed: int) -> str:
        role = "assistant" if here is not None and here.role == "prompter" else "prompter"
        players = [player for player in cast.players if player.role == role]
        turns = sum(node.role == role for node in path_to(here)) if here is not None else 0
        return players[turns % len(players)].name


class RoundRobin(TurnPolicy):
    """Everyone in the order of the cast, beginning with the first prompter."""

    async def next(self, cast: Cast, here: Node | None, *, client: ModelClient, seed: int) -> str:
        names = [player.name for player in cast.players]
        if here is None:
            return _first_prompter(cast).name
        return names[(names.index(here.speaker) + 1) % len(names)]


class Selector(TurnPolicy):
    """A model chooses who would naturally speak next."""

    asks = True

    def __init__(self, *, window: int = 6) -> None:
        """Make a selector.

        Args:
            window: How many of the last messages the model sees, at least 1.
        """
        if window < 1:
            raise ValueError("window must be at least 1")
        self.window = window

    async def next(self, cast: Cast, here: Node | None, *, client: ModelClient, seed: int) -> str:
        if here is None:
            return _first_prompter(cast).name
        candidates = [player for player in cast.players if player.name != here.speaker]
        if len(candidates) == 1:
            return candidates[0].name
        said = "\n".join(
            f"{cast[node.speaker].display_name}: {node.text}"
            for node in path_to(here)[-self.window :]
        )
        people = "\n".join(
            f"- {p.name}: {p.display_name}. {p.persona.description}" for p in candidates
        )
        request = ChatRequest(
            messages=(
                {
                    "role": "system",
                    "content": "You direct a conversation. You say who speaks next.",
                },
                {
                    "role": "user",
                    "content": f"{said}\n\nWho would speak next?\n{people}\n"
                    'Answer with JSON: {"speaker": "<name>"}',
                },
            ),
            sampling=Sampling(temperature=0, max_tokens=40),
            seeds=(seed,),
            json_schema=_speaker_schema([player.name for player in candidates]),
            purpose="selector",
        )
        (completion,) = await client.complete(request)
        return _chosen(completion.text, candidates)


TURNS: Registry[TurnPolicy] = Registry("turn")


def _first_prompter(cast: Cast) -> Player:
    return next(player for player in cast.players if player.role == "prompter")


def _speaker_schema(names: list[str]) -> dict[str, object]:
    return {
        "type": "object",
        "properties": {"speaker": {"type": "string", "enum": names}},
        "required": ["speaker"],
        "additionalProperties": False,
    }


def _chosen(text: str, candidates: list[Player]) -> str:
    try:
        speaker = json.loads(text)["speaker"]
    except (ValueError, TypeError, KeyError):
        speaker = text
    if not any(player.name == speaker for player in candidates):
        raise BadReply(f"the selector named {speaker!r:.80}, who is not among the candidates")
    return str(speaker)
