"""A file's faults are told all at once, however deep each lies."""

from pathlib import Path

import pytest

from dialoom.build.checking import check_scenario
from dialoom.errors import InputError

FAULTY = """\
name: x
langage: en
cast:
  - persona: impatient_customr
    rol: prompter
    gol: something
  - persona: support_agent
    role: assistnt
    polcy: be nice
turns: {polcy: alternate, max: many}
branch: {assistant: {widht: 3}}
evaluate: {heuristics: [emptyy], critic: {rubric: [qualty]}}
export: {sftt: {}}
stop: [farewel]
models: {asistant: scripted/x}
variables: {a: "{{ b }}", b: "{{ a }}"}
openers: ["{{ x.__class__ }}"]
"""


def lines_and_places(text: str, folder: Path) -> list[tuple[int | None, str]]:
    file = folder / "faulty.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        check_scenario(file)
    return [(fault.line, fault.where) for fault in caught.value.faults]


def test_keys_values_names_and_templates_are_faulted_in_one_go(tmp_path: Path) -> None:
    assert lines_and_places(FAULTY, tmp_path) == [
        (2, "langage"),
        (4, "cast[0].role"),
        (4, "cast[0].persona"),
        (5, "cast[0].rol"),
        (6, "cast[0].gol"),
        (8, "cast[1].role"),
        (9, "cast[1].polcy"),
        (10, "turns.max"),
        (10, "turns.polcy"),
        (11, "branch.assistant.widht"),
        (12, "evaluate.critic.rubric[0]"),
        (12, "evaluate.heuristics[0]"),
        (13, "export.sftt"),
        (14, "stop[0]"),
        (15, "models.asistant"),
        (16, "variables.a"),
        (17, "openers[0]"),
    ]


def test_what_stands_in_for_a_missing_key_is_not_faulted_itself(tmp_path: Path) -> None:
    text = "name: x\ncast:\n  - {role: prompter}\n  - {persona: support_agent, role: assistant}\n"
    assert lines_and_places(text, tmp_path) == [(3, "cast[0].persona")]


def test_too_much_wrong_is_still_said(tmp_path: Path) -> None:
    assert lines_and_places("name: x\ncast: 3\n", tmp_path) == [(2, "cast")]


def test_a_sound_scenario_is_returned_as_it_was_read() -> None:
    assert check_scenario("support").scenario.name == "support"


MODELS = """\
name: x
cast:
  - {persona: frustrated_customer, role: prompter, goal: a refund}
  - {persona: support_agent, role: assistant}
variables: {item: pan, customer: Dana}
models:
  assistant: [gpt-4o, openai/gpt-4o]
  critic: olama/llama3.2
"""


def test_a_model_that_is_named_like_none_is_faulted_at_its_line(tmp_path: Path) -> None:
    assert lines_and_places(MODELS, tmp_path) == [(7, "models.assistant"), (8, "models.critic")]
