"""The `reward` scorer: a reward model or classifier behind a URL."""

import math
import os
from collections.abc import Sequence
from typing import ClassVar

from dialoom.agents.clients.scoring import KINDS, ScoreServer
from dialoom.evaluators.base import Subject
from dialoom.evaluators.scorers import Scorer, conversation
from dialoom.messages import Role

__all__ = ["KEY_VARIABLE", "Reward"]

KEY_VARIABLE = "DIALOOM_SCORER_KEY"
"""Environment variable with the key of the server."""


class Reward(Scorer):
    """Asks a server, like vLLM's, for the reward of each reply in its conversation.

    Rewards have no bounds, so the logistic function brings them to 0 to 1: by the model of
    Bradley and Terry it is the chance that the reply is preferred to one of reward 0. The order
    of replies stays.

    Args:
        url: With its path, the last part of which says how it is asked: `/pooling` (reward
            models), `/classify` or `/score`.
        model: The name that the server knows it by.
        label: What its numbers are called.
        scale: `sigmoid` for rewards, `none` for a number that is from 0 to 1 already.
        roles: Whose messages are scored.

    Raises:
        ValueError: an option has a value it can't have.
    """

    name: ClassVar[str] = "reward"
    apart = True

    def __init__(
        self,
        url: str,
        model: str = "",
        *,
        label: str = "reward",
        scale: str = "sigmoid",
        roles: Sequence[Role] = ("assistant",),
    ) -> None:
        if str(url).rstrip("/").rpartition("/")[2] not in KINDS or "://" not in str(url):
            raise ValueError(f"url is {url!r}; it ends with /{', /'.join(KINDS)}")
        if scale not in ("sigmoid", "none"):
            raise ValueError(f"scale is {scale!r}; it is sigmoid or none")
        if not str(label).isidentifier() or label == "score":
            raise ValueError(f"label is {label!r}; it is a name of letters, digits and _")
        wrong = [role for role in roles if role not in ("prompter", "assistant")]
        if isinstance(roles, str) or wrong or not roles:
            raise ValueError(f"roles is {roles!r}; it is a list of prompter and assistant")
        self.label, self.roles, self._scale = str(label), tuple(roles), scale
        self.version = f"{model or url.rstrip('/').rpartition('/')[2]}/{scale}"
        self._server = ScoreServer(str(url), str(model), os.environ.get(KEY_VARIABLE, ""))

    async def score(self, subjects: Sequence[Subject]) -> Sequence[float]:
        """Return the reward of each candidate, 0 to 1."""
        values = await self._server.values([conversation(subject) for subject in subjects])
        return [_logistic(value) for value in values] if self._scale == "sigmoid" else values


def _logistic(value: float) -> float:
    if value < 0:
        return math.exp(max(value, -700)) / (1 + math.exp(max(value, -700)))
    return 1 / (1 + math.exp(-value))
