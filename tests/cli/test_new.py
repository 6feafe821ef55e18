from pathlib import Path

import pytest
from environment import clean_environment
from typer.testing import CliRunner, Result

from dialoom.build.checking import check_file
from dialoom.cli import drafts
from dialoom.cli.main import dialoom
from dialoom.cli.new import _Answers
from dialoom.errors import InputError
from dialoom.personas.library import load_persona
from dialoom.scenarios.library import load_scenario

__all__ = ["clean_environment"]

AWKWARD = [
    'A: "quoted" # no comment, it\'s true',
    "yes",
    "12",
    "- a dash",
    "null",
    "[brackets, {braces}]",
    "line one\nline two",
    "Grüße, 你好 😀",
    "x" * 500,
]


def run(*words: str) -> Result:
    return CliRunner().invoke(dialoom, list(words))


def new_persona(name: str, description: str = "Somebody.") -> Result:
    return run("new", "persona", name, "--description", description)


def test_a_new_persona_passes_the_check() -> None:
    done = new_persona("shy_student", "A student.")
    assert (done.exit_code, done.stdout) == (0, "personas/shy_student.yaml\n")
    persona = load_persona(Path("personas/shy_student.yaml"))
    assert persona.display_name == "Shy Student"
    assert persona.description == "A student."
    assert "#   temper: patient" in Path("personas/shy_student.yaml").read_text("utf-8")


def test_each_flag_of_a_persona_is_in_its_file() -> None:
    flags = ("--display-name", "Kim", "--speaking-style", "loud", "--language", "pt-BR")
    assert (
        run("new", "persona", "kim", "--description", "X.", *flags, "--folder", "f").exit_code == 0
    )
    persona = load_persona(Path("f/kim.yaml"))
    assert (persona.display_name, persona.speaking_style, persona.language) == (
        "Kim",
        "loud",
        "pt-BR",
    )


@pytest.mark.parametrize("text", AWKWARD)
def test_any_text_comes_back_as_it_was_given(text: str) -> None:
    assert new_persona("someone", text).exit_code == 0
    assert load_persona(Path("personas/someone.yaml")).description == text.strip()


def test_the_commented_lines_of_a_draft_are_valid_when_taken_in() -> None:
    draft = drafts.persona_draft(
        "kim", display_name="Kim", description="X.", speaking_style="plain", language="en"
    )
    for empty in (" {}", " []"):
        draft = draft.replace(empty, "")
    lines = [
        line.removeprefix("#") if line.startswith("#   ") else line for line in draft.split("\n")
    ]
    Path("kim.yaml").write_text("\n".join(lines), encoding="utf-8")
    persona = load_persona(Path("kim.yaml"))
    assert persona.hides_until_asked == ("order_number",)
    assert persona.traits == {"temper": "patient"}


def test_a_new_scenario_passes_the_check_and_names_new_personas() -> None:
    new_persona("shy_student")
    done = run(
        *("new", "scenario", "lesson", "--description", "A: lesson", "--goal", "Learn it: now."),
        *("--prompter", "shy_student", "--assistant", "patient_tutor"),
    )
    assert (done.exit_code, done.stdout) == (0, "scenarios/lesson.yaml\n")
    assert check_file(Path("scenarios/lesson.yaml")) == "scenario"
    scenario = load_scenario("lesson").scenario
    assert [member.persona for member in scenario.cast] == ["shy_student", "patient_tutor"]
    assert scenario.cast[0].goal == "Learn it: now."


def test_a_scenario_that_names_nobody_is_not_kept() -> None:
    done = run(
        *("new", "scenario", "lesson", "--description", "x", "--goal", "y"),
        *("--prompter", "thrifty_buyr", "--assistant", "bike_seller"),
    )
    assert done.exit_code == 2
    assert "did you mean 'thrifty_buyer'?" in done.stderr
    assert not Path("scenarios/lesson.yaml").exists()


def test_what_is_missing_is_said_at_once_where_nobody_can_be_asked() -> None:
    done = run("new", "scenario", "lesson", "--goal", "y")
    assert done.exit_code == 2
    assert "give --description, --prompter, --assistant: stdin is no terminal" in done.stderr
    assert not Path("scenarios").exists()


def test_a_file_that_is_there_is_left_alone() -> None:
    new_persona("kim", "first")
    done = new_persona("kim", "second")
    assert done.exit_code == 2
    assert "personas/kim.yaml: file exists" in done.stderr
    assert load_persona(Path("personas/kim.yaml")).description == "first"


@pytest.mark.parametrize("name", ["../evil", "a b", "1st", ""])
def test_a_name_that_can_be_no_name_writes_nothing(name: str) -> None:
    assert new_persona(name).exit_code == 2
    assert list(Path().iterdir()) == []


def test_a_terminal_is_asked_for_what_no_flag_gave(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def answer(question: str, **given: object) -> object:
        asked.append(question)
        return given.get("default", "from a question")

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("typer.prompt", answer)
    answers = _Answers()
    assert answers.given("goal", None, "What?") == "from a question"
    assert answers.given("goal", "from a flag", "Why?") == "from a flag"
    assert answers.optional(None, "How?", "so") == "so"
    answers.check()
    assert asked == ["What?", "How?"]


def test_where_nobody_can_be_asked_missing_flags_are_refused() -> None:
    answers = _Answers()
    answers.given("goal", None, "What?")
    with pytest.raises(InputError, match="give --goal"):
        answers.check()
