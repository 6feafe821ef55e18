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

TREES = Path(__file__).parents[1] / "data" / "oasst_en_100_trees.jsonl.gz"
CRITIC = "scripted/critic"
SMALL = ModelTraits(compact=True, logprobs=True, judges=False, in_flight=64)


def ranks_of_people() -> dict[str, int]:
    return {
        message.text: message.rank
        for record in read_records(TREES)
        for message in messages(record.tree)
        if message.rank is not None
    }


def scored(value: float) -> Completion:
    shares = (("5", log(max(value, 1e-9))), ("1", log(max(1 - value, 1e-9))))
    return Completion("5", "length", logprobs=(Logprob("5", shares[0][1], shares),))


def tagged(folder: Path, value: Callable[[str], float]) -> CriticQuality:
    """Tag the trees with a critic that gives each reply a value by its text."""

    def answer(request: ChatRequest, seed: int) -> Completion:
        prompt = request.messages[-1]["content"]
        start = prompt.index("\n", prompt.rindex("\n\nMessage by ") + 2) + 1
        return scored(value(prompt[start : prompt.rindex("\n\nHow good")]))

    client = ScriptedClient(answer, name=CRITIC, traits=SMALL, record=False)
    options = TagOptions(heuristics=("empty",), critics=(CRITIC,), rubric=("quality",))
    files = TagFiles.beside(folder / "tagged.jsonl")
    asyncio.run(
        tag_file(TREES, files, options, listener=lambda event: None, clients={CRITIC: client})
    )
    quality = Quality.model_validate_json((folder / "tagged.quality.json").read_bytes())
    (critic,) = quality.critics
    return critic


def test_a_critic_that_knows_the_ranks_agrees_in_every_pair(tmp_path: Path) -> None:
    ranks = ranks_of_people()
    critic = tagged(tmp_path, lambda text: 0.9 - ranks[text] / 20 if text in ranks else 0.1)
    assert critic.people is not None
    assert (critic.people.value, critic.people.count) == (1.0, 754)
    assert critic.canary is not None
    assert critic.canary.value == 1.0
    assert critic.trusted


def test_a_critic_that_ranks_the_other_way_round_agrees_in_none(tmp_path: Path) -> None:
    ranks = ranks_of_people()
    critic = tagged(tmp_path, lambda text: 0.1 + ranks[text] / 20 if text in ranks else 0.05)
    assert critic.people is not None
    assert critic.people.value == pytest.approx(0, abs=0.01)


def test_a_critic_that_follows_length_agrees_more_often_than_not(tmp_path: Path) -> None:
    critic = tagged(tmp_path, lambda text: min(0.95, len(text) / 5000))
    assert critic.people is not None
    assert 0.6 < critic.people.low < critic.people.value < 0.8  # people, too, like longer replies
    assert critic.length_slope is not None
    assert critic.length_slope.low > 0
    assert not critic.trusted
