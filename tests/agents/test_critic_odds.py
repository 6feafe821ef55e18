import asyncio
from dataclasses import replace

import pytest
from judged_cases import CASE, SMALL, judged, odds, written

from dialoom.agents.answers import Answer
from dialoom.agents.clients.base import ClientOptions, ModelTraits
from dialoom.agents.clients.embedded import embedded
from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.agents.critic import CriticAgent
from dialoom.errors import EvaluatorError


def test_a_compact_model_with_logprobs_is_asked_one_token_for_each_criterion() -> None:
    client = ScriptedClient(
        [odds(("5", 0.5), ("1", 0.5)), odds(("No", 0.8), ("Yes", 0.2))], traits=SMALL
    )
    critic = CriticAgent(client, ["quality", "spam"])
    answers = asyncio.run(critic.judge(CASE, 7))
    assert [answer.value for answer in answers] == pytest.approx([0.5, 0.2])
    assert answers[1].reason.startswith("P(no)=.80, P(yes)=.20;")
    assert critic.calls == len(client.requests) == 2
    for request in client.requests:
        assert request.json_schema is None
        assert (request.sampling.max_tokens, request.sampling.temperature) == (1, 0)
        assert (request.top_logprobs, request.seeds) == (20, (7,))


def test_the_criteria_of_one_message_share_the_prompt_up_to_the_question() -> None:
    client = ScriptedClient([odds(("5", 1.0)), odds(("1", 1.0))], traits=SMALL)
    judged(CriticAgent(client, ["quality", "toxicity"]))
    one, other = (request.messages[1]["content"] for request in client.requests)
    shared = one.index("How good")
    assert one[:shared] == other[:shared]
    assert other[shared:].startswith("How rude")
    assert CASE.text in one[:shared]


@pytest.mark.parametrize(
    ("traits", "method"),
    [
        (SMALL, "odds"),
        (replace(SMALL, compact=False), "written"),
        (replace(SMALL, logprobs=False), "written"),
    ],
)
def test_odds_are_taken_by_default_from_compact_models_that_report_them(
    traits: ModelTraits, method: str
) -> None:
    assert CriticAgent(ScriptedClient([], traits=traits), ["quality"]).method == method


def test_odds_can_be_asked_of_a_large_model_and_writing_of_a_small_one() -> None:
    large = ScriptedClient([odds(("4", 1.0))])
    assert judged(CriticAgent(large, ["quality"], method="odds")) == {"quality": 0.75}
    small = ScriptedClient([written(quality=2)], traits=SMALL)
    assert judged(CriticAgent(small, ["quality"], method="written")) == {"quality": 0.25}


def test_a_model_without_probabilities_gives_an_error_and_no_value() -> None:
    client = ScriptedClient(["5"])
    with pytest.raises(EvaluatorError, match=r"scripted/test: quality: .*reports no probabilities"):
        judged(CriticAgent(client, ["quality"], method="odds"))


def test_a_model_that_leaves_the_scale_gives_an_error_that_names_criterion_and_tokens() -> None:
    client = ScriptedClient([odds(("This", 0.9), ("5", 0.01))], traits=SMALL)
    with pytest.raises(EvaluatorError, match=r"scripted/test: quality: .*likeliest is 'This', '5'"):
        judged(CriticAgent(client, ["quality"]))


@pytest.mark.embedded
def test_the_embedded_model_is_asked_by_odds_and_can_be_asked_in_writing() -> None:
    async def both() -> tuple[list[Answer], list[Answer], CriticAgent]:
        client = embedded("smollm2-135m", ClientOptions(slots=1, context=1024))
        await client.prepare()
        try:
            by_odds = CriticAgent(client, ["helpfulness", "spam"])
            in_writing = CriticAgent(client, ["quality"], method="written")
            return await by_odds.judge(CASE, 7), await in_writing.judge(CASE, 7), by_odds
        finally:
            await client.close()

    odds_of, (answer,), critic = asyncio.run(both())
    assert (critic.method, critic.calls, critic.in_turn) == ("odds", 2, True)
    assert [item.criterion.name for item in odds_of] == ["helpfulness", "spam"]
    assert all(item.value is not None and 0 < item.value < 1 for item in odds_of)
    assert odds_of[0].reason.startswith("P(")
    assert answer.value in {0, 0.25, 0.5, 0.75, 1}
    assert answer.reason
