from collections.abc import Callable
from pathlib import Path

import pytest

from dialoom.errors import InputError
from dialoom.scenarios.cast import cast_for
from dialoom.scenarios.library import LoadedScenario

pytest_plugins = ["projects"]

Load = Callable[..., LoadedScenario]

PLAY = """
name: play
language: de
setting: "{{ place }} at noon."
cast:
  - persona: ada
    role: prompter
    name: buyer
    display_name: "{{ who }}"
    goal: "Buy for {{ price }}."
    knows: {price: "{{ price }}", vip: yes, size: 13, gone: "{% if price > 99 %}x{% endif %}"}
    hides_until_asked: [price, gone]
    doesnt_know: ["what {{ who }} is", "{% if price > 99 %}x{% endif %}"]
  - {persona: bob, role: assistant, policy: "{% if price > 5 %}Give a discount.{% endif %}"}
  - {persona: bob, role: assistant, name: other, display_name: Rob, system: "Be {{ place }}."}
variables: {place: Shop, who: [Mia], price: [9]}
"""


def test_texts_are_filled_in_and_facts_merged(project: Load) -> None:
    cast = cast_for(project(cast=PLAY), {"place": "Shop", "who": "Mia", "price": 9})
    buyer = cast["buyer"]

    assert (cast.setting, cast.language) == ("Shop at noon.", "de")
    assert [player.name for player in cast.players] == ["buyer", "bob", "other"]
    assert cast.names == {"buyer": "Mia", "bob": "Bob", "other": "Rob"}
    assert buyer.goal == "Buy for 9."
    assert buyer.persona.name == "ada"
    assert buyer.persona.knows == {"size": "13", "colour": "red", "price": "9", "vip": "yes"}
    assert buyer.persona.hides_until_asked == ("price",)
    assert buyer.persona.doesnt_know == ("what Mia is",)
    assert cast["bob"].policy == "Give a discount."
    assert cast["bob"].system is None
    assert cast["other"].system == "Be Shop."


def test_texts_of_a_persona_are_templates_too(project: Load) -> None:
    Path("personas/eve.yaml").write_text(
        "name: eve\ndisplay_name: Eve\ndescription: A fan of {{ thing }}.\n"
        "traits: {love: '{{ thing }}'}\nexample_lines: ['{{ thing }}!']\n"
        "knows: {best: '{{ thing }}'}\nhides_until_asked: [best]\n",
        encoding="utf-8",
    )
    play = "name: play\nvariables: {thing: tea}\ncast:\n"
    play += "- {persona: eve, role: prompter, goal: g}\n- {persona: bob, role: assistant}\n"

    persona = cast_for(project(cast=play), {"thing": "tea"})["eve"].persona

    assert persona.description == "A fan of tea."
    assert persona.traits == {"love": "tea"}
    assert persona.example_lines == ("tea!",)
    assert persona.knows == {"best": "tea"}
    assert persona.hides_until_asked == ("best",)


def test_a_persona_may_stand_in_the_scenario_itself(project: Load) -> None:
    play = (
        "name: play\ncast:\n"
        "- {persona: {name: zoe, display_name: Zoe, description: New.}, role: prompter, goal: g}\n"
        "- {persona: bob, role: assistant}\n"
    )
    loaded = project(cast=play)

    assert cast_for(loaded, {})["zoe"].persona.description == "New."
    assert loaded.personas["zoe"].file == Path("scenarios/play.yaml")
    assert set(loaded.digests) == {"scenarios/play.yaml", "personas/bob.yaml"}


def test_values_that_do_not_fit_are_all_named(project: Load) -> None:
    loaded = project(cast=PLAY)

    with pytest.raises(InputError) as caught:
        cast_for(loaded, {"place": "Shop", "who": "Mia", "price": "nine"})

    assert str(caught.value).splitlines() == [
        "scenarios/play.yaml:10: cast[0].knows: can't be filled in: '>' not supported between "
        "instances of 'str' and 'int'",
        "scenarios/play.yaml:12: cast[0].doesnt_know: can't be filled in: '>' not supported "
        "between instances of 'str' and 'int'",
        "scenarios/play.yaml:13: cast[1].policy: can't be filled in: '>' not supported between "
        "instances of 'str' and 'int'",
    ]


def test_a_persona_left_without_a_description_is_a_fault(project: Load) -> None:
    Path("personas/eve.yaml").write_text(
        "name: eve\ndisplay_name: Eve\ndescription: '{% if kind %}Kind.{% endif %}'\n",
        encoding="utf-8",
    )
    play = "name: play\nvariables: {kind: [yes, no]}\ncast:\n"
    play += "- {persona: eve, role: prompter, goal: g}\n- {persona: bob, role: assistant}\n"

    with pytest.raises(InputError, match=r"personas/eve.yaml:3: description: is empty for these"):
        project(cast=play)
