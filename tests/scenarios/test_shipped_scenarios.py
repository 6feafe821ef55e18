import re

import pytest

from dialoom.evaluators.base import Subject
from dialoom.evaluators.persona_break import PersonaBreak
from dialoom.messages import OASST_LABELS
from dialoom.scenarios.cast import cast_for
from dialoom.scenarios.library import load_scenario, shipped_scenarios
from dialoom.scenarios.variables import assignment, opener

SHIPPED = sorted(shipped_scenarios().glob("*.yaml"))
NAMES = [file.stem for file in SHIPPED]


def test_there_are_scenarios_of_every_kind() -> None:
    kinds = ["support", "tutoring", "medical_intake", "negotiation", "meeting", "interview"]

    assert set(kinds) <= set(NAMES)


@pytest.mark.parametrize("file", SHIPPED, ids=NAMES)
def test_a_shipped_scenario_is_whole(file: object) -> None:
    loaded = load_scenario(str(file))
    scenario = loaded.scenario

    assert scenario.name == loaded.file.stem
    assert scenario.description
    assert scenario.openers
    assert scenario.variables
    assert all(member.policy for member in scenario.cast if member.role == "assistant")
    assert all(one.persona.language == scenario.language for one in loaded.personas.values())
    assert scenario.evaluate.critic is not None
    assert set(scenario.evaluate.critic.rubric) <= set(OASST_LABELS)
    assert loaded.file.read_text(encoding="utf-8").startswith(
        "# yaml-language-server: $schema=../dialoom/schemas/scenario.json\n"
    )


@pytest.mark.parametrize("file", SHIPPED, ids=NAMES)
def test_trees_of_a_shipped_scenario_begin_in_different_ways(file: object) -> None:
    loaded = load_scenario(str(file))
    begins = []
    for number in range(100):
        values = assignment(loaded, number, 1)
        cast = cast_for(loaded, values)
        begins.append((opener(loaded, number, 1, values), str(values)))
        assert "{" not in cast.model_dump_json().replace('{"', "").replace("{}", "")

    assert len(set(begins)) >= 15


@pytest.mark.parametrize("file", SHIPPED, ids=NAMES)
def test_openers_tell_no_fact_that_is_hidden(file: object) -> None:
    loaded = load_scenario(str(file))
    for number in range(50):
        values = assignment(loaded, number, 2)
        speaker = cast_for(loaded, values).players[0]
        said = opener(loaded, number, 2, values) or ""
        for fact in speaker.persona.hides_until_asked:
            assert not re.search(rf"\b{re.escape(speaker.persona.knows[fact])}\b", said)


def test_prompters_of_the_meeting_share_one_chair() -> None:
    cast = load_scenario("meeting").scenario.cast

    assert [member.role for member in cast] == ["prompter", "prompter", "assistant"]


def test_the_first_run_grows_five_short_trees_three_replies_wide() -> None:
    scenario = load_scenario("support").scenario

    assert (scenario.sample.count, scenario.turns.max) == (5, 6)
    assert (scenario.branch.assistant.width, scenario.branch.follow) == (3, "best")
    assert {rule.name for rule in scenario.stop} == {"goal_reached", "farewell", "loop"}


@pytest.mark.parametrize(
    ("name", "said", "over"),
    [
        ("support", "Fine. Thank you for the refund.", True),
        ("support", "Thanks for sorting that out!", True),
        ("support", "Thanks for nothing. I want my money!", False),
        ("tutoring", "Ohh, now I get it.", True),
        ("tutoring", "I don't get it.", False),
        ("negotiation", "All right, it's a deal.", True),
        ("negotiation", "No deal. That's too much.", False),
        ("meeting", "Agreed. Who tells the customers?", True),
        ("meeting", "We never agreed on that.", False),
        ("code_review", "I fixed it and added a test.", True),
        ("code_review", "I see, but why would it be empty?", False),
    ],
)
def test_goals_are_seen_in_what_is_said(name: str, said: str, over: bool) -> None:
    (pattern,) = [rule.pattern for rule in load_scenario(name).scenario.stop if rule.pattern]

    assert bool(re.search(pattern, said, re.IGNORECASE)) is over


def test_the_assistant_of_real_peoples_messages_may_say_what_it_is() -> None:
    loaded = load_scenario("on_policy")
    cast = cast_for(loaded, assignment(loaded, 0, 0))
    said = "As an AI language model, I can't taste food, but people say that it is good."
    subject = Subject(said, "helper", "assistant", names=cast.names, persona=cast["helper"].persona)
    assert list(PersonaBreak().check(subject)) == []
