"""A scene whose speakers and critics are functions, so that what a critic is like is known."""

import json
import re
from collections.abc import Callable
from hashlib import sha256

from dialoom.agents.clients.scripted import TRAITS, ScriptedClient
from dialoom.chat import ChatRequest

__all__ = [
    "CRITIC",
    "SPEAKER",
    "Bias",
    "Shown",
    "critic",
    "first_shown",
    "number",
    "oracle",
    "speaker",
]

SPEAKER, CRITIC = "scripted/speaker", "scripted/critic"
FENCED = re.compile(r"^(=====+)\n(.*?)\n\1$", re.DOTALL | re.MULTILINE)
TOPICS = ("parcel", "invoice", "bicycle", "password", "garden", "concert", "passport", "heater")


class Shown:
    """What a critic's prompt shows."""

    def __init__(self, request: ChatRequest) -> None:
        user = request.messages[-1]["content"]
        self.said, *self.texts = [found[2] for found in FENCED.finditer(user)]
        self.last = self.said.rsplit("\n", 1)[-1]
        self.items: dict[str, object] = dict((request.json_schema or {})["properties"])


Bias = Callable[[Shown, str, int], int]
"""From what is shown, a text and the seed to 1 to 5."""


def number(*parts: object) -> int:
    return int(sha256(repr(parts).encode()).hexdigest()[:8], 16)


def speaker(request: ChatRequest, seed: int) -> str:
    """Say something of some length that fits the last message and no other."""
    last = request.messages[-1]["content"]
    topic = TOPICS[number(last) % len(TOPICS)]
    more = " I can look that up." * (number(seed, last) % 4)
    return (
        f"The {topic} with the number {number(last) % 100000} is ready, and it is waiting for you. "
        f"It was sent {seed % 97} days ago.{more} Shall I go on with the {topic}?"
    )


def fits(last: str, text: str) -> bool:
    """Whether `speaker` would have said a text after the message that a critic is shown last."""
    heard = last.partition(": ")[2]
    return bool(
        re.fullmatch(
            rf"The \w+ with the number {number(heard) % 100000} is ready, and it is waiting for "
            r"you. It was sent \d+ days ago\.( I can look that up\.)* Shall I go on with the \w+\?",
            text,
        )
    )


def oracle(shown: Shown, text: str, seed: int) -> int:
    """Tell what was said from what was spoilt."""
    return 3 + number(text) % 3 if fits(shown.last, text) else 1


def first_shown(shown: Shown, text: str, seed: int) -> int:
    """Prefer what is shown first; alone, everything is the same."""
    return 3 if len(shown.texts) == 1 else 5 - min(4, shown.texts.index(text))


def _compared(shown: Shown, bias: Bias, seed: int) -> dict[str, object]:
    points = [bias(shown, text, seed) for text in shown.texts]
    if "order" in shown.items:
        order = sorted(range(len(points)), key=lambda place: -points[place])
        return {"order": [place + 1 for place in order]}
    if points[0] == points[1]:
        return {"better": "tie"}
    return {"better": 1 if points[0] > points[1] else 2}


def critic(bias: Bias) -> ScriptedClient:
    """Return a critic that is as its bias."""

    def answer(request: ChatRequest, seed: int) -> str:
        shown = Shown(request)
        if "better" in shown.items or "order" in shown.items:
            return json.dumps({"reason": "so", **_compared(shown, bias, seed)})
        points = bias(shown, shown.texts[-1], seed)
        return json.dumps({name: {"reason": "so", "answer": points} for name in shown.items})

    return ScriptedClient(answer, name=CRITIC, traits=TRAITS)
