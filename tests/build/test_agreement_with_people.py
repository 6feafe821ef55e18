"""How far a critic agrees with people who ranked 212 groups of replies of 100 real trees.

Source: Open-Assistant, `model/model_eval/manual/data/en_100_tree.jsonl`.
"""

import asyncio
from collections.abc import Callable
from math import log
from pathlib import Path

import pytest

from dialoom.agents.clients.base import ModelTraits
from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build.tagged import TagFiles
from dialoom.build.tagging import TagOptions, tag_file
from dialoom.chat import ChatRequest, Completion, Logprob
from dialoom.imports.oasst import read_records
from dialoom.messages import messages
from dialoom.quality import CriticQuality, Quality
from dialoom.spec import Choice

TREES = Path(__file__).parents[1] / "data" / "oasst_en_100_trees.jsonl.gz"
CRITIC = "scripted/critic"
SMALL = ModelTraits(compact=True, logprobs=True, judges=False, in_flight=64)
LAST = 9


class People:
    """The ranks that people gave to replies, each where it was said; `LAST` without one."""

    def __init__(self) -> None:
        self._ranks = {
            (message.text, reply.text): LAST if reply.rank is None else reply.rank
            for record in read_records(TREES)
            for message in messages(record.tree)
            for reply in message.replies or ()
        }
        self._parents: dict[str, list[str]] = {}
        for parent, reply in self._ranks:
            self._parents.setdefault(reply, []).append(parent)

    def rank(self, said: str, text: str) -> int | None:
        """Return the rank of a reply to what was said last; None when it was not said there."""
        parents = [one for one in self._parents.get(text, ()) if said.endswith(one)]
        return self._ranks[parents[0], text] if parents else None


def scored(value: float) -> Completion:
    shares = (("5", log(max(value, 1e-9))), ("1", log(max(1 - value, 1e-9))))
    return Completion("5", "length", logprobs=(Logprob("5", shares[0][1], shares),))


def tagged(folder: Path, value: Callable[[str, str], float]) -> CriticQuality:
    """Tag the trees with a critic that gives each reply a value by what was said and its text."""

    def answer(request: ChatRequest, seed: int) -> Completion:
        prompt = request.messages[-1]["content"]
        end = prompt.rindex("\n\nMessage by ")
        start = prompt.index("\n", end + 2) + 1
        return scored(value(prompt[:end], prompt[start : prompt.rindex("\n\nHow good")]))

    client = ScriptedClient(answer, name=CRITIC, traits=SMALL, record=False)
    options = TagOptions(
        heuristics=(Choice.parse("empty"),), critics=(CRITIC,), rubric=("quality",)
    )
    files = TagFiles.beside(folder / "tagged.jsonl")
    asyncio.run(
        tag_file(TREES, files, options, listener=lambda event: None, clients={CRITIC: client})
    )
    quality = Quality.model_validate_json((folder / "tagged.quality.json").read_bytes())
    (critic,) = quality.critics
    return critic


def test_a_critic_that_knows_the_ranks_agrees_in_every_pair(tmp_path: Path) -> None:
    people = People()

    def value(said: str, text: str) -> float:
        rank = people.rank(said, text)
        return 0.1 if rank is None else 0.9 - rank / 20

    critic = tagged(tmp_path, value)
    assert critic.people is not None
    assert (critic.people.value, critic.people.count) == (1.0, 754)
    assert critic.measured.startswith("agrees with people in 100% (96% to 100%) of 754 pairs")
    assert critic.canary is not None
    assert critic.canary.value == 1.0
    assert critic.trusted


def test_a_critic_that_ranks_the_other_way_round_agrees_in_none(tmp_path: Path) -> None:
    people = People()
    critic = tagged(tmp_path, lambda said, text: 0.1 + (people.rank(said, text) or 0) / 20)
    assert critic.people is not None
    assert critic.people.value == pytest.approx(0, abs=0.01)


def test_a_critic_that_follows_length_agrees_more_often_than_not(tmp_path: Path) -> None:
    critic = tagged(tmp_path, lambda said, text: min(0.95, len(text) / 5000))
    assert critic.people is not None
    assert 0.6 < critic.people.low < critic.people.value < 0.8  # people, too, like longer replies
    assert critic.length_slope is not None
    assert critic.length_slope.low > 0
    assert not critic.trusted
