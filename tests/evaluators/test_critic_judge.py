import asyncio
import json

import pytest

from dialoom.agents.clients.base import ModelTraits
from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.errors import InputError, ModelTimeout
from dialoom.evaluators.base import Said, Subject
from dialoom.evaluators.critic import CriticJudge
from dialoom.scenarios.model import Critic
from dialoom.verdicts import EvaluatorFailure, Verdict

SUBJECT = Subject(
    text="Which order is it?",
    speaker="sam",
    role="assistant",
    thread=(Said("kim", "prompter", "It is late."),),
    names={"kim": "Kim Ono", "sam": "Sam Hill"},
)
GOOD = json.dumps({"quality": {"reason": "It asks back.", "answer": 4}})


def judge(client: ScriptedClient, **settings: object) -> CriticJudge:
    return CriticJudge(client, Critic.model_validate({"rubric": ["quality"], **settings}))


def outcome(critic: CriticJudge, subject: Subject = SUBJECT) -> list[Verdict] | EvaluatorFailure:
    return asyncio.run(critic.judge(subject, 3))


def test_answers_become_verdicts_of_the_critic() -> None:
    critic = judge(ScriptedClient([GOOD]))
    assert outcome(critic) == [
        Verdict(
            name="quality",
            value=0.75,
            reason="It asks back.",
            evaluator="critic",
            version=critic.agent.version,
            kind="critic",
        )
    ]


def test_speakers_are_shown_by_their_display_names_and_without_one_by_their_own() -> None:
    client = ScriptedClient([GOOD, GOOD])
    outcome(judge(client))
    outcome(judge(client), Subject("Hi.", "sam", "assistant", (Said("kim", "prompter", "Ho."),)))
    named, bare = (request.messages[1]["content"] for request in client.requests)
    assert "Kim Ono: It is late." in named
    assert "by Sam Hill:" in named
    assert "kim: Ho." in bare
    assert "by sam:" in bare


@pytest.mark.parametrize(
    ("replies", "error"),
    [
        (["no", "JSON"], "EvaluatorError"),
        ([ModelTimeout("too slow", model="scripted/test")], "ModelTimeout"),
    ],
)
def test_a_failed_judgement_is_data_and_never_a_value(replies: list[str], error: str) -> None:
    critic = judge(ScriptedClient(replies))
    failure = outcome(critic)
    assert isinstance(failure, EvaluatorFailure)
    assert (failure.evaluator, failure.version, failure.error) == (
        "critic",
        critic.agent.version,
        error,
    )
    assert failure.message


def test_a_bug_is_not_taken_for_a_failed_judgement() -> None:
    with pytest.raises(ZeroDivisionError):
        outcome(judge(ScriptedClient([ZeroDivisionError("a bug")])))


@pytest.mark.parametrize(
    ("trust", "judges", "trusted", "doubted"),
    [
        ("auto", True, True, False),
        ("auto", False, False, True),
        ("always", False, True, False),
        ("never", True, False, False),
    ],
)
def test_trust_is_the_users_choice_or_else_the_models(
    trust: str, judges: bool, trusted: bool, doubted: bool
) -> None:
    client = ScriptedClient([], traits=ModelTraits(judges=judges))
    critic = judge(client, trust=trust, canaries=0)
    assert (critic.trusted, critic.doubted) == (trusted, doubted)


def test_what_its_canaries_show_goes_before_what_is_known_of_the_model() -> None:
    critic = judge(ScriptedClient([], traits=ModelTraits(judges=False)))
    critic.decide(True)
    assert (critic.trusted, critic.doubted) == (True, False)


def test_the_default_rubric_is_the_scenarios_default() -> None:
    critic = CriticJudge(ScriptedClient([]))
    assert [item.name for item in critic.agent.rubric] == ["quality", "helpfulness", "toxicity"]
    assert critic.roles == {"assistant"}


def test_an_unknown_label_is_refused_when_the_judge_is_made() -> None:
    with pytest.raises(InputError, match="did you mean 'humor'"):
        judge(ScriptedClient([]), rubric=["humour"])
