import asyncio
import json
from random import Random
from typing import Any

from tagging import (
    CAST,
    HOPELESS,
    Says,
    critic,
    judged_texts,
    quality,
    replies,
    tag,
)

from dialoom.agents.clients.base import ModelTraits
from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.chat import ChatRequest, Completion
from dialoom.errors import ServerFault
from dialoom.evaluators.base import Heuristic
from dialoom.evaluators.critic import CriticJudge
from dialoom.evaluators.tagger import Tagger
from dialoom.events import Event, Notice
from dialoom.messages import Label
from dialoom.scenarios.model import Critic
from dialoom.tree import Node


def test_what_is_hopeless_is_not_sent_to_the_critic_and_the_saving_is_counted() -> None:
    client = ScriptedClient(quality)
    tagger = Tagger([HOPELESS], critic(client))
    tag(tagger, replies("hopeless 1", "level 4", "hopeless 2"))
    assert judged_texts(client) == ["level 4"]
    assert (tagger.tally.calls_saved, tagger.tally.judged, tagger.tally.failed) == (2, 1, 0)


def test_a_saved_judgement_counts_all_the_calls_it_would_have_cost() -> None:
    small = ScriptedClient([], traits=ModelTraits(compact=True, logprobs=True))
    judge = CriticJudge(small, Critic(rubric=("quality", "spam", "toxicity")))
    tagger = Tagger([HOPELESS], judge)
    tag(tagger, replies("hopeless"))
    assert tagger.tally.calls_saved == 3


def test_the_critic_sees_neither_model_nor_verdicts_nor_siblings() -> None:
    def prompts(siblings: list[Node], *rules: Heuristic) -> set[str]:
        client = ScriptedClient(quality)
        tag(Tagger(rules, critic(client)), siblings)
        return {json.dumps(request.messages) for request in client.requests}

    plain = prompts(replies("a rude 5", "level 4"))
    swapped = replies("level 4", "a rude 5")
    for node in swapped:
        node.model, node.thought = "openai/secret-model", "a secret thought"
    assert prompts(swapped, Says("rude")) == plain
    alone = prompts(replies("a rude 5"))
    assert alone < plain


def test_every_sibling_is_judged_with_the_same_seed() -> None:
    client = ScriptedClient(quality)
    tag(Tagger([], critic(client)), replies("level 4", "grade 2"), seed=99)
    assert [request.seeds for request in client.requests] == [(99,), (99,)]


class Unhurried(ScriptedClient):
    """Answers after a number of turns of the event loop drawn at random."""

    chance = Random(5)

    async def complete(self, request: ChatRequest, **options: Any) -> list[Completion]:
        for _ in range(self.chance.randrange(50)):
            await asyncio.sleep(0)
        return await super().complete(request, **options)


def test_judgements_that_finish_in_any_order_stay_with_their_messages() -> None:
    client = Unhurried(quality)
    tagger = Tagger([], critic(client))
    groups = [replies(*(f"{n} says group {g}" for n in (1, 2, 3, 4, 5))) for g in "abcdefgh"]

    async def all_at_once() -> None:
        async with asyncio.TaskGroup() as tasks:
            for group in groups:
                tasks.create_task(tagger.tag(group, CAST, 1))

    asyncio.run(all_at_once())
    assert judged_texts(client) != sorted(judged_texts(client))
    for group in groups:
        assert [node.verdicts[-1].value for node in group] == [0, 0.25, 0.5, 0.75, 1]
        assert [node.rank for node in group] == [4, 3, 2, 1, 0]
    assert tagger.tally.judged == 40


def fails_on(word: str) -> ScriptedClient:
    def answer(request: ChatRequest, seed: int) -> str | Exception:
        if word in request.messages[-1]["content"].split("=====")[-2]:
            return ServerFault("down", model="scripted/test")
        return quality(request)

    return ScriptedClient(answer)


def test_a_sibling_that_could_not_be_judged_leaves_its_group_to_the_heuristics() -> None:
    heard: list[Event] = []
    tagger = Tagger([Says("rude")], critic(fails_on("gone")), listener=heard.append)
    for _ in range(2):
        siblings = replies("a rude 5", "gone 4", "level 1")
        tag(tagger, siblings)
    assert [(node.score, node.basis) for node in siblings] == [
        (0.5, "heuristics"),
        (1.0, "heuristics"),
        (1.0, "heuristics"),
    ]
    assert [node.rank for node in siblings] == [1, 0, None]
    assert "quality" not in siblings[1].labels
    assert [failure.error for failure in siblings[1].failures] == ["ServerFault"]
    assert siblings[0].labels["quality"] == Label(value=1.0, count=1)
    assert (tagger.tally.failed, tagger.tally.groups_without_critic) == (2, 2)
    (notice,) = heard
    assert isinstance(notice, Notice)
    assert "could not judge every message (ServerFault: down)" in notice.message


def test_a_doubted_critic_gives_labels_and_no_scores_and_says_so_once() -> None:
    heard: list[Event] = []
    client = ScriptedClient(quality, traits=ModelTraits(judges=False))
    tagger = Tagger([Says("rude")], critic(client, canaries=0), listener=heard.append)
    for _ in range(2):
        siblings = replies("a rude 5", "level 1", "grade 4")
        tag(tagger, siblings)
    assert [(node.score, node.basis, node.rank) for node in siblings] == [
        (0.5, "heuristics", 1),
        (1.0, "heuristics", 0),
        (1.0, "heuristics", None),
    ]
    assert [node.labels["quality"].value for node in siblings] == [1.0, 0.0, 0.75]
    (notice,) = heard
    assert isinstance(notice, Notice)
    assert notice.message.startswith("scripted/test is taken to judge at chance level")


def test_a_doubted_critic_decides_when_the_user_trusts_it() -> None:
    heard: list[Event] = []
    client = ScriptedClient(quality, traits=ModelTraits(judges=False))
    siblings = replies("grade 1", "level 5")
    tag(Tagger([], critic(client, trust="always"), listener=heard.append), siblings)
    assert [(node.score, node.basis) for node in siblings] == [(0.0, "critic"), (1.0, "critic")]
    assert heard == []
