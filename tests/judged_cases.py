"""A case to be judged, and critics that answer in writing or by odds."""

import asyncio
import json
from math import log

from dialoom.agents.briefing import Case
from dialoom.agents.clients.base import ModelTraits
from dialoom.agents.critic import CriticAgent
from dialoom.chat import Completion, Logprob

__all__ = ["CASE", "SMALL", "judged", "odds", "written"]

SMALL = ModelTraits(compact=True, logprobs=True)
CASE = Case(
    thread=(("Kim", "My parcel is 6 days late."),),
    speaker="Sam",
    text="I am sorry. Which order is it?",
)


def written(**answers: int | str) -> str:
    return json.dumps({name: {"reason": "so", "answer": a} for name, a in answers.items()})


def odds(*top: tuple[str, float]) -> Completion:
    shares = tuple((token, log(share)) for token, share in top)
    return Completion(top[0][0], "length", logprobs=(Logprob(*shares[0], shares),))


def judged(critic: CriticAgent, case: Case = CASE, seed: int = 7) -> dict[str, float | None]:
    answers = asyncio.run(critic.judge(case, seed))
    return {answer.criterion.name: answer.value for answer in answers}
