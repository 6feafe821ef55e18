import asyncio
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from tagging import (
    CAST,
    HOPELESS,
    KIM,
    ROOT,
    SAM,
    Says,
    critic,
    done_without_waiting,
    judged_texts,
    quality,
    replies,
    tag,
)

from dialoom.agents.clients.base import ModelTraits
from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.chat import ChatRequest, Completion, Logprob
from dialoom.evaluators.base import Heuristic, Said, Subject
from dialoom.evaluators.tagger import Tagger
from dialoom.messages import Label
from dialoom.tree import Node
from dialoom.verdicts import EvaluatorFailure, Severity, Verdict


class Breaks(Heuristic):
    """Raises an exception on messages that say a word."""

    name = "breaks"
    label = "breaks"
    version = "2"
    severity: ClassVar[Severity] = "note"

    def check(self, subject: Subject) -> Iterator[Verdict]:
        if "bad" in subject.text:
            raise KeyError("bad")
        yield self.verdict(subject, "did not break")


class Sees(Heuristic):
    """Keeps what it is shown."""

    name = "sees"
    label = "sees"
    version = "1"
    severity: ClassVar[Severity] = "note"

    def __init__(self) -> None:
        self.subjects: list[Subject] = []

    def check(self, subject: Subject) -> Iterator[Verdict]:
        self.subjects.append(subject)
        yield from ()


def test_a_group_gets_verdicts_labels_scores_and_ranks() -> None:
    siblings = replies("a rude 5", "level 4", "utterly hopeless")
    tag(Tagger([Says("rude"), HOPELESS], critic()), siblings)
    first, second, third = siblings
    assert [(node.score, node.basis, node.rank, node.rejected) for node in siblings] == [
        (0.5, "heuristics+critic", 1, False),
        (0.75, "heuristics+critic", 0, False),
        (0.0, "heuristics", None, True),
    ]
    assert [(v.evaluator, v.reason) for v in first.verdicts] == [
        ("says", "says 'rude'"),
        ("critic", "It says 5."),
    ]
    assert first.labels == {
        "quality": Label(value=1.0, count=1),
        "says": Label(value=1.0, count=1),
        "score": Label(value=0.5, count=1),
    }
    assert set(second.labels) == {"quality", "score"}
    assert set(third.labels) == {"says", "score"}


class Counting(ScriptedClient):
    """Counts how many calls are under way at a time."""

    now = most = 0

    async def complete(self, request: ChatRequest, **options: Any) -> list[Completion]:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        return await super().complete(request, **options)


@pytest.mark.parametrize(("small", "at_a_time"), [(False, 3), (True, 1)])
def test_siblings_are_judged_together_but_by_a_small_local_model_in_turn(
    small: bool, at_a_time: int
) -> None:
    five = Completion("5", logprobs=(Logprob("5", 0.0, (("5", 0.0),)),))
    client = Counting(
        lambda request, seed: five if small else quality(request),
        traits=ModelTraits(compact=small, logprobs=True),
    )
    tag(Tagger([], critic(client)), replies("one way", "another", "a third"))
    assert (client.most, len(client.requests)) == (at_a_time, 3)


def test_identical_texts_are_judged_once_and_stay_unranked() -> None:
    client = ScriptedClient(quality)
    tagger = Tagger([], critic(client))
    siblings = replies("level 4", "level 4", "level 4")
    tag(tagger, siblings)
    assert len(client.requests) == 1
    assert [node.score for node in siblings] == [0.75] * 3
    assert [node.rank for node in siblings] == [None] * 3
    assert (tagger.tally.calls_saved, tagger.tally.judged) == (2, 1)
    siblings[0].verdicts.clear()
    assert siblings[1].verdicts


def test_equal_scores_make_no_rank() -> None:
    siblings = replies("one way to do it 4", "a quite different 4", "the worst 2")
    tag(Tagger([], critic()), siblings)
    assert [node.rank for node in siblings] == [0, None, 1]


def test_heuristics_alone_never_wait() -> None:
    siblings = replies("fine", "a rude one")
    assert done_without_waiting(Tagger([Says("rude")]).tag(siblings, CAST, 1))
    assert [node.rank for node in siblings] == [0, 1]


def test_a_heuristic_that_breaks_is_recorded_where_it_broke_and_the_others_go_on() -> None:
    siblings = replies("a bad rude one", "fine")
    tagger = Tagger([Breaks(), Says("rude")])
    tag(tagger, siblings)
    assert siblings[0].failures == [EvaluatorFailure("breaks", "2", "KeyError", "'bad'")]
    assert [verdict.evaluator for verdict in siblings[0].verdicts] == ["says"]
    assert (siblings[1].failures, len(siblings[1].verdicts)) == ([], 1)
    assert tagger.tally.heuristics_failed == 1


def test_only_the_configured_roles_are_judged() -> None:
    client = ScriptedClient(quality)
    prompter = [Node("p", ROOT, "kim", "prompter", "level 2")]
    tag(Tagger([Says("x")], critic(client)), prompter)
    assert (client.requests, prompter[0].basis) == ([], "heuristics")
    tag(Tagger([Says("x")], critic(client, roles=["prompter"])), prompter)
    assert (prompter[0].score, prompter[0].basis) == (0.25, "heuristics+critic")


def test_a_prompters_message_is_scored_and_rejected_and_never_ranked() -> None:
    siblings = [Node(text, ROOT, "kim", "prompter", text) for text in ("rude", "x", "hopeless")]
    tag(Tagger([Says("rude"), HOPELESS]), siblings)
    assert [(node.score, node.rank, node.rejected) for node in siblings] == [
        (0.5, None, False),
        (1.0, None, False),
        (0.0, None, True),
    ]


def test_a_changed_text_is_judged_anew() -> None:
    client = ScriptedClient(quality)
    tagger, siblings = Tagger([], critic(client)), replies("level 2")
    tag(tagger, siblings)
    siblings[0].text = "level 5"
    tag(tagger, siblings)
    assert judged_texts(client) == ["level 2", "level 5"]
    assert [verdict.value for verdict in siblings[0].verdicts] == [1.0]


def test_redrawn_candidates_are_ranked_with_the_first_and_no_saving_is_counted_twice() -> None:
    tagger, siblings = Tagger([HOPELESS], critic()), replies("hopeless 1", "hopeless 2")
    tag(tagger, siblings)
    assert tagger.tally.calls_saved == 2
    siblings += replies("hopeless 3", "level 4", "grade 2")
    tag(tagger, siblings)
    assert tagger.tally.calls_saved == 3
    assert [node.rank for node in siblings] == [None, None, None, 0, 1]


def test_rules_see_the_whole_situation() -> None:
    sees = Sees()
    node = Node("m", ROOT, "sam", "assistant", "Ja?", model="x/y", finish_reason="length")
    node.thought = "hm"
    authored = Node("n", ROOT, "sam", "assistant", "Nein.")
    asyncio.run(Tagger([sees]).tag([node, authored], CAST, 1, systems={"sam": "You are Sam."}))
    assert sees.subjects[0] == Subject(
        text="Ja?",
        speaker="sam",
        role="assistant",
        thread=(Said("kim", "prompter", "My parcel is late."),),
        siblings=("Ja?", "Nein."),
        candidate=0,
        language="de",
        names={"kim": "Kim Ono", "sam": "Sam Hill"},
        persona=SAM,
        personas={"kim": KIM, "sam": SAM},
        goal="Calm Kim.",
        policy="Be short.",
        setting="A chat.",
        system="You are Sam.",
        finish_reason="length",
        thought="hm",
        synthetic=True,
    )
    assert (sees.subjects[1].candidate, sees.subjects[1].synthetic) == (1, False)
