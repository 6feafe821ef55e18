"""Criteria of a scenario's own, answers that they don't apply, and means of several judgements."""

import asyncio
import json
from math import log

import pytest

from dialoom.agents.briefing import Case
from dialoom.agents.clients.base import ModelTraits
from dialoom.agents.clients.scripted import Reply, ScriptedClient
from dialoom.agents.critic import CriticAgent
from dialoom.chat import Completion, Logprob
from dialoom.errors import EvaluatorError
from dialoom.scenarios.model import OwnCriterion, Scale

CASE = Case((("Kim", "My parcel is late."),), "Sam", "Which order is it?")
SMALL = ModelTraits(compact=True, logprobs=True)
TACT = OwnCriterion(
    name="tact",
    question="How tactful is the agent?",
    scale=Scale(low="blunt", high="tactful"),
    may_not_apply=True,
)
OFFER = OwnCriterion(name="offer", question="Does the voucher come up?", may_not_apply=True)


def written(**answers: int | str) -> str:
    return json.dumps({name: {"reason": "so", "answer": a} for name, a in answers.items()})


def odds(**shares: float) -> Completion:
    top = tuple((token.strip("_"), log(share)) for token, share in shares.items())
    return Completion(top[0][0], "length", logprobs=(Logprob(*top[0], top),))


def asked(
    *replies: Reply,
    rubric: tuple[str | OwnCriterion, ...],
    samples: int = 1,
    compact: bool = False,
    logprobs: bool = False,
) -> tuple[list[float | None], ScriptedClient, list[str]]:
    client = ScriptedClient(list(replies), traits=ModelTraits(compact=compact, logprobs=logprobs))
    critic = CriticAgent(client, rubric, samples=samples)
    answers = asyncio.run(critic.judge(CASE, 7))
    return [one.value for one in answers], client, [one.reason for one in answers]


def test_a_criterion_of_ones_own_is_asked_with_its_anchors() -> None:
    values, client, _ = asked(written(tact=4), rubric=(TACT,))
    prompt = "\n".join(message["content"] for message in client.requests[0].messages)
    assert values == [0.75]
    assert "tact: How tactful is the agent? 1 = blunt, 5 = tactful." in prompt
    assert '"answer": 1 to 5, or "n/a" if it does not apply' in prompt


@pytest.mark.parametrize("answer", [{"tact": "n/a", "offer": "n/a"}])
def test_not_applicable_is_no_value(answer: dict[str, str]) -> None:
    values, _, _ = asked(written(**answer), rubric=(TACT, OFFER))
    assert values == [None, None]


def test_what_always_applies_cannot_be_declined() -> None:
    always = TACT.model_copy(update={"may_not_apply": False})
    with pytest.raises(EvaluatorError, match=r"tact\.answer: 'n/a' is not one of"):
        asked(written(tact="n/a"), written(tact="n/a"), rubric=(always,))


def test_by_odds_the_likeliest_answer_may_be_that_it_does_not_apply() -> None:
    replies = [odds(_0=0.6, _5=0.2, _1=0.2), odds(none=0.2, yes=0.6, no=0.2)]
    values, client, reasons = asked(*replies, rubric=(TACT, OFFER), compact=True, logprobs=True)
    assert values == [None, pytest.approx(0.75)]
    assert reasons[0].startswith("P(0)=.60")
    questions = [request.messages[-1]["content"] for request in client.requests]
    assert questions[0].endswith("Say one digit, or 0 if it does not apply.")
    assert questions[1].endswith("Say yes or no, or none if it does not apply.")


def test_samples_are_drawn_at_other_seeds_and_their_mean_counts() -> None:
    replies = [written(quality=2), written(quality=5), written(quality=4)]
    values, client, reasons = asked(*replies, rubric=("quality",), samples=3)
    assert values == [pytest.approx(2 / 3)]
    assert reasons == ["so (mean of 0.25, 1.00, 0.75)"]
    assert [request.seeds for request in client.requests] == [(7,), (8,), (9,)]
    assert {request.sampling.temperature for request in client.requests} == {0.7}


@pytest.mark.parametrize(
    ("answers", "value"), [(["n/a", 5, 1], 0.5), (["n/a", "n/a", 5], None), (["n/a", 5], None)]
)
def test_samples_that_do_not_rate_are_left_out_and_a_majority_of_them_decides(
    answers: list[int | str], value: float | None
) -> None:
    replies = [written(tact=answer) for answer in answers]
    values, _, _ = asked(*replies, rubric=(TACT,), samples=len(answers))
    assert values == [value]


def test_odds_are_read_once_however_many_samples_are_asked_for() -> None:
    values, client, _ = asked(
        odds(_5=1.0), rubric=("quality",), samples=5, compact=True, logprobs=True
    )
    assert (values, len(client.requests)) == ([1.0], 1)


def test_the_number_of_samples_shows_in_the_version() -> None:
    one, two = (CriticAgent(ScriptedClient([]), ["quality"], samples=n) for n in (1, 2))
    assert one.version != two.version
    assert (one.calls, two.calls) == (1, 2)
