"""False alarms: what the rules say of messages that people wrote and reviewed."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

import dialoom.personas
from dialoom.evaluators.base import HEURISTICS, Subject
from dialoom.evaluators.subjects import MessageSubject
from dialoom.messages import Role
from dialoom.personas.model import Persona
from dialoom.spec import Choice

RULES = tuple(sorted(set(HEURISTICS.names()) - {"answer"}))
"""All but the one that must be told what the answer is."""

MOST = 0.02
"""Share of real messages that a rule may flag, and that all rules together may without cause."""

EXPLAINED: dict[str, dict[str, tuple[str, ...]]] = {
    "near_identical": {
        "the replies really are almost the same, word for word": (
            *("400d30c0", "f4c9cb3b", "8b0ffd4b", "8f8135aa", "cc32ba01", "2906f766"),
            *("c4269c29", "a1f4e74b", "f83ccbd7", "e4400a6c", "c30717ba"),
        )
    },
    "echo": {
        "the prompter gave a text and asked for it back with other capitals": (
            *("8abbe477", "8b0ffd4b", "8f8135aa", "cc32ba01", "2906f766", "c4269c29"),
            *("a1f4e74b", "f83ccbd7"),
        )
    },
    "repetition": {
        "the prompter asked for the same text or code with a change": (
            *("43e1f65f", "400d30c0", "97925c4d", "2e9f69ec", "a5bb3186", "e4400a6c"),
            *("d1284c31", "c30717ba", "9649ebb8", "912f17d2"),
        ),
        "a song with a refrain": ("729f81f3", "4fd8f1c5", "6ef07255"),
    },
    "refusal": {
        "a refusal by rote, three of them as an AI": (
            "c41b74aa",
            "175b7013",
            "bfb7d771",
            "96924f3c",
        ),
    },
    "role_flip": {
        "the prompter plays a chat between a bot and a user": ("eb5ce270", "5361d488"),
    },
    "toxicity": {
        "a hash of a slur is asked for, and given": ("e23f1c19", "7bd64b98"),
    },
    "length": {
        "a single word or more than 600": (
            *("d19e530e", "628b1ca0", "9290c267", "cabb72d9", "cbd3da14", "b781e0e5"),
            *("44c2e2ba", "a5bb3186", "e4400a6c", "af3f8a4d", "5361d488", "59e11d53"),
        )
    },
}
"""By rule and cause: messages flagged for what they really are, by the start of their id."""


def flagged(rule: str, messages: Sequence[MessageSubject], *, synthetic: bool) -> set[str]:
    """Return the ids of messages that a rule flags when a model is said to have written all."""
    heuristic = HEURISTICS.make(Choice.parse(rule))
    subjects = (
        (message, replace(subject, synthetic=True) if synthetic else subject)
        for message, subject in messages
    )
    return {message.message_id[:8] for message, subject in subjects if [*heuristic.check(subject)]}


def explained(rule: str) -> set[str]:
    return {name for names in EXPLAINED.get(rule, {}).values() for name in names}


@pytest.mark.parametrize("synthetic", [False, True], ids=["as-marked", "as-if-a-model-wrote-it"])
@pytest.mark.parametrize("rule", RULES)
def test_a_rule_flags_few_real_messages(
    rule: str, synthetic: bool, real_messages: tuple[MessageSubject, ...]
) -> None:
    found = flagged(rule, real_messages, synthetic=synthetic)
    assert len(found) <= MOST * len(real_messages), sorted(found)


def test_all_rules_together_flag_few_real_messages_without_cause(
    real_messages: tuple[MessageSubject, ...],
) -> None:
    found = {
        (rule, name)
        for rule in RULES
        for name in flagged(rule, real_messages, synthetic=False) - explained(rule)
    }
    assert len({name for _, name in found}) <= MOST * len(real_messages), sorted(found)


@pytest.mark.parametrize("rule", EXPLAINED)
def test_every_explained_alarm_still_sounds(
    rule: str, real_messages: tuple[MessageSubject, ...]
) -> None:
    assert explained(rule) <= flagged(rule, real_messages, synthetic=False)


@pytest.mark.parametrize("rule", RULES)
def test_no_real_message_is_hopeless(rule: str, real_messages: tuple[MessageSubject, ...]) -> None:
    heuristic = HEURISTICS.make(Choice.parse(rule))
    hopeless = [
        verdict.reason
        for _, subject in real_messages
        for verdict in heuristic.check(subject)
        if verdict.severity == "hopeless"
    ]
    assert hopeless == []


@pytest.mark.parametrize("rule", RULES)
def test_reasons_are_short_and_spans_lie_in_the_text(
    rule: str, real_messages: tuple[MessageSubject, ...]
) -> None:
    heuristic = HEURISTICS.make(Choice.parse(rule))
    for _, subject in real_messages:
        for verdict in heuristic.check(subject):
            assert verdict.evaluator == rule
            assert verdict.user_fault == (subject.role == "prompter")
            assert len(verdict.reason) <= 160
            assert "\n" not in verdict.reason
            if verdict.span:
                start, end = verdict.span
                assert 0 <= start < end <= len(subject.text)


@pytest.mark.parametrize("rule", RULES)
def test_no_line_that_a_shipped_persona_may_say_is_flagged(rule: str) -> None:
    heuristic = HEURISTICS.make(Choice.parse(rule))
    files = sorted(Path(dialoom.personas.__file__).parent.glob("*.yaml"))
    personas = [Persona.model_validate(yaml.safe_load(file.read_text("utf-8"))) for file in files]
    names = {persona.name: persona.display_name for persona in personas}
    roles: tuple[Role, ...] = ("prompter", "assistant")
    flagged = [
        verdict.reason
        for persona in personas
        for line in persona.example_lines
        for role in roles
        for verdict in heuristic.check(
            Subject(line, persona.name, role, language=persona.language, names=names)
        )
    ]
    assert len(personas) >= 12
    assert flagged == []
