"""Sibling groups, a heuristic and a critic to tag them with."""

import asyncio
import json
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any, ClassVar

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.chat import ChatRequest
from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.critic import CriticJudge
from dialoom.evaluators.tagger import Tagger
from dialoom.personas.model import Persona
from dialoom.scenarios.cast import Cast, Player
from dialoom.scenarios.model import Critic
from dialoom.tree import Node
from dialoom.verdicts import Severity, Verdict

__all__ = [
    "CAST",
    "HOPELESS",
    "KIM",
    "ROOT",
    "SAM",
    "Says",
    "critic",
    "done_without_waiting",
    "judged_texts",
    "quality",
    "replies",
    "tag",
]
KIM = Persona(name="kim", display_name="Kim Ono", description="A customer.")
SAM = Persona(name="sam", display_name="Sam Hill", description="An agent.", language="de")
CAST = Cast(
    players=(
        Player(name="kim", role="prompter", persona=KIM),
        Player(name="sam", role="assistant", persona=SAM, goal="Calm Kim.", policy="Be short."),
    ),
    setting="A chat.",
)


class Says(Heuristic):
    """Fires on messages that say a word."""

    name = "says"
    label = "says"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight = 0.5

    def __init__(self, word: str, severity: Severity = "fault") -> None:
        self.word, self.as_ = word, severity

    def check(self, subject: Subject) -> Iterator[Verdict]:
        if self.word in subject.text:
            yield self.verdict(subject, f"says {self.word!r}", severity=self.as_)


HOPELESS = Says("hopeless", "hopeless")
ROOT = Node("root", None, "kim", "prompter", "My parcel is late.")


def replies(*texts: str, parent: Node | None = ROOT) -> list[Node]:
    return [
        Node(f"m{place}", parent, "sam", "assistant", text, candidate=place, model="scripted/test")
        for place, text in enumerate(texts)
    ]


def quality(request: ChatRequest, seed: int = 0) -> str:
    """Answer with the first digit of the message under judgement."""
    text = request.messages[-1]["content"].split("=====")[-2]
    digit = next((int(sign) for sign in text if sign in "12345"), 3)
    return json.dumps({"quality": {"reason": f"It says {digit}.", "answer": digit}})


def critic(client: ScriptedClient | None = None, **settings: object) -> CriticJudge:
    client = ScriptedClient(quality) if client is None else client
    return CriticJudge(client, Critic.model_validate({"rubric": ["quality"], **settings}))


def tag(tagger: Tagger, siblings: Sequence[Node], seed: int = 1) -> None:
    asyncio.run(tagger.tag(siblings, CAST, seed))


def judged_texts(client: ScriptedClient) -> list[str]:
    prompts = [request.messages[-1]["content"] for request in client.requests]
    return [prompt.split("=====")[-2].strip() for prompt in prompts]


def done_without_waiting(coroutine: Coroutine[Any, Any, object]) -> bool:
    try:
        coroutine.send(None)
    except StopIteration:
        return True
    coroutine.close()
    return False
