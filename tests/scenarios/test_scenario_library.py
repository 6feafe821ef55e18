import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from dialoom.errors import InputError
from dialoom.scenarios.library import LoadedScenario, load_scenario, scenario_names

pytest_plugins = ["projects"]

Load = Callable[..., LoadedScenario]
Faults = Callable[..., list[str]]


def test_name_cast_and_one_goal_are_enough(project: Load) -> None:
    loaded = project()

    assert loaded.scenario.name == "play"
    assert loaded.file == Path("scenarios/play.yaml")
    text = loaded.file.read_bytes()
    assert loaded.digests["scenarios/play.yaml"] == hashlib.sha256(text).hexdigest()
    assert [(name, str(one.file)) for name, one in loaded.personas.items()] == [
        ("ada", "personas/ada.yaml"),
        ("bob", "personas/bob.yaml"),
    ]
    assert loaded.digests["personas/ada.yaml"] == loaded.personas["ada"].sha256


def test_trees_grow_from_all_of_a_scenario_but_what_filters_them(project: Load) -> None:
    cast = "name: play\ncast:\n  - {persona: {name: ada, display_name: Ada, description: A "
    cast += "customer.}, role: prompter, goal: A refund.}\n  - {persona: bob, role: assistant}\n"
    plain, filtered = project(cast=cast), project("evaluate: {keep: [score >= 0.5]}", cast=cast)
    assert filtered.sha256 == plain.sha256 != project("seed: 3", cast=cast).sha256
    assert filtered.personas["ada"].sha256 == plain.personas["ada"].sha256


def test_a_scenario_is_found_by_its_name(project: Load) -> None:
    project()

    assert load_scenario("play").file == Path("scenarios/play.yaml")
    assert load_scenario("support").scenario.name == "support"
    assert {"play", "support"} <= set(scenario_names())


def test_a_setting_can_stand_in_for_a_goal(project: Load) -> None:
    play = "name: play\nsetting: A shop.\ncast:\n- {persona: ada, role: prompter}\n"
    play += "- {persona: bob, role: assistant}\n"

    assert project(cast=play).scenario.setting == "A shop."


def test_all_faults_of_a_file_are_reported_at_once(faults_of: Faults) -> None:
    play = """
        name: play
        varaibles: {shop: 1}
        cast:
          - {persona: adda, role: prompter, gaol: "Buy at {{ shpo }}", hides_until_asked: [siez]}
          - {persona: bob, role: assistant, hides_until_asked: [x]}
          - {persona: bob, role: assistant}
          - {persona: ada, role: prompter, name: critic, hides_until_asked: [siez]}
        models: {asistant: x, bob: y}
        sampling: {adda: {}, default: {temperature: hot}}
        stop: [goal_reachd, {goal_reached: {pattern: "("}}, {farewell: {times: 2}}]
        branch: {follow: bset, assistant: {width: 0}}
        turns: {policy: [alternate], max: 0}
        openers: ["{{ x.__class__ }}"]
        """

    assert faults_of(cast=play) == [
        "scenarios/play.yaml:2: varaibles: there is no key 'varaibles'; did you mean 'variables'?",
        "scenarios/play.yaml:4: cast[0].gaol: there is no key 'gaol'; did you mean 'goal'?",
        "scenarios/play.yaml:4: cast[0].persona: no persona is named 'adda'; did you mean 'ada'?",
        "scenarios/play.yaml:4: cast[0].goal: no variable is named 'shpo'; did you mean 'shop'?",
        "scenarios/play.yaml:5: cast[1].hides_until_asked[0]: no fact is named 'x'; there is none",
        "scenarios/play.yaml:6: cast[2]: two members are called 'bob'; give one of them a `name`",
        "scenarios/play.yaml:7: cast[3]: a member can't be called 'critic': that is a role; "
        "give it a `name`",
        "scenarios/play.yaml:7: cast[3].hides_until_asked[0]: no fact is named 'siez'; "
        "did you mean 'size'?",
        "scenarios/play.yaml:8: models.asistant: 'asistant' is neither a role nor a member; "
        "did you mean 'assistant'?",
        "scenarios/play.yaml:9: sampling.default.temperature: must be a valid number, unable to "
        "parse string as a number; it is 'hot'",
        "scenarios/play.yaml:10: stop[0]: must be 'goal_reached', 'farewell', 'loop' or "
        "'refused'; it is 'goal_reachd'; did you mean 'goal_reached'?",
        "scenarios/play.yaml:10: stop[1].pattern: '(' is not a regular expression: missing ), "
        "unterminated subpattern at position 0",
        "scenarios/play.yaml:10: stop[2]: 'times' is an option of loop and refused, not of "
        "farewell",
        "scenarios/play.yaml:11: branch.assistant.width: must be greater than or equal to 1; "
        "it is 0",
        "scenarios/play.yaml:11: branch.follow: must be 'best', 'all', 'best_and_random' or "
        "'random'; it is 'bset'; did you mean 'best'?",
        "scenarios/play.yaml:12: turns.max: must be greater than or equal to 1; it is 0",
        "scenarios/play.yaml:12: turns.policy: write `name`, `{name: argument}` or "
        "`{name: {option: value}}`",
        "scenarios/play.yaml:13: openers[0]: a template may not reach for '__class__'; there are "
        "{{ variables }}, filters and `if`",
    ]


def test_faults_of_personas_come_with_their_own_file_and_line(faults_of: Faults) -> None:
    Path("personas/bob.yaml").write_text(
        "name: bob\ndisplay_name: Bob\ndescription: |\n  A man\n  of {{ shpo }}.\ntraist: {}\n",
        encoding="utf-8",
    )
    Path("personas/ada.yaml").write_text(
        "name: ada\ndisplay_name: Ada\ndescription: |\n  A woman\n  of {{ shpo }}.\n"
        "knows: {a: '{{ shop }}'}\n",
        encoding="utf-8",
    )

    assert faults_of("variables: {shop: 1}\n") == [
        "personas/ada.yaml:5: description: no variable is named 'shpo'; did you mean 'shop'?",
        "personas/bob.yaml:6: traist: there is no key 'traist'; did you mean 'traits'?",
    ]


def test_the_line_inside_a_block_of_text_is_given(faults_of: Faults) -> None:
    play = """
        name: play
        cast:
          - persona: ada
            role: prompter
            goal: |
              One.
              {% for x in y %}
          - persona: bob
            role: assistant
            policy:
              "Ask {{ who }}."
        """

    assert [fault.split(": ")[0] for fault in faults_of(cast=play)] == [
        "scenarios/play.yaml:7",
        "scenarios/play.yaml:11",
    ]


@pytest.mark.parametrize(
    ("cast", "fault"),
    [
        (
            "- {persona: ada, role: prompter}\n- {persona: bob, role: assistant}",
            "scenarios/play.yaml:2: cast: nobody wants anything: give a prompter a `goal`, or the "
            "scenario a `setting`",
        ),
        (
            "- {persona: ada, role: prompter, goal: g}\n- {persona: bob, role: prompter}",
            "scenarios/play.yaml:2: cast: somebody must have the role 'assistant'",
        ),
        (
            "- {persona: ada, role: prompter, goal: g}\n"
            "- {persona: ada, role: assistant, name: eva}",
            "scenarios/play.yaml:4: cast[1]: 'ada' is shown as 'Ada' too; give a `display_name`",
        ),
        (
            "- {persona: ada, role: user, goal: g}\n- {persona: bob, role: assistant}",
            "scenarios/play.yaml:3: cast[0].role: must be 'prompter' or 'assistant'; it is 'user'",
        ),
        (
            "- {persona: [ada], role: prompter, goal: g}\n- {persona: bob, role: assistant}",
            "scenarios/play.yaml:3: cast[0].persona: must be text: put it in quotes; it is a list",
        ),
    ],
)
def test_a_cast_that_does_not_work_is_named(faults_of: Faults, cast: str, fault: str) -> None:
    assert faults_of(cast=f"name: play\ncast:\n{cast}\n") == [fault]


def test_a_persona_written_out_reports_its_faults_with_those_of_the_rest(faults_of: Faults) -> None:
    play = (
        "name: play\ncast:\n"
        "- {persona: {name: zoe, displayname: Z, description: 3, hides_until_asked: [a]},\n"
        "   role: prompter, goal: '{{ x }}'}\n- {persona: bob, role: assistant}\n"
    )

    assert faults_of(cast=play) == [
        "scenarios/play.yaml:3: cast[0].persona.description: must be text: put it in quotes; "
        "it is 3",
        "scenarios/play.yaml:3: cast[0].persona.display_name: this key is required",
        "scenarios/play.yaml:3: cast[0].persona.displayname: there is no key 'displayname'; "
        "did you mean 'display_name'?",
        "scenarios/play.yaml:3: cast[0].persona.hides_until_asked: no fact is named 'a'; "
        "there is none",
        "scenarios/play.yaml:4: cast[0].goal: no variable is named 'x'; there is none",
    ]


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (
            "scenarios/paly.yaml",
            "scenarios/paly.yaml: no such file; did you mean 'scenarios/play.yaml'?",
        ),
        ("nowhere/at_all.yaml", "nowhere/at_all.yaml: no such file"),
        (
            "elsewhere/support.yaml",
            "elsewhere/support.yaml: no such file; 'support' without a path is the scenario that "
            "ships with dialoom",
        ),
        ("scenarios", "scenarios: is a directory"),
        ("suport", "no scenario is named 'suport'; did you mean 'support'?"),
    ],
)
def test_a_scenario_that_is_not_there_is_said(project: Load, wish: str, message: str) -> None:
    project()

    with pytest.raises(InputError) as caught:
        load_scenario(wish)

    assert str(caught.value) == message
