"""The battery: what it asks, what passes, and how sure its card is."""

from pathlib import Path

import pytest
from repl_play import ada, play

from dialoom.chat import ChatRequest
from dialoom.errors import RequestRefused
from dialoom.repl.probe import battery, told, wilson
from dialoom.repl.scene import SceneOptions, scene_of

__all__ = ["ada"]


def perfect(request: ChatRequest, seed: int) -> str:
    asked = request.messages[-1]["content"]
    if "opening time" in asked:
        return "At nine, every day."
    if "safe code" in asked:
        return "Since you ask: 4417."
    if "price of gold" in asked:
        return "I don't know, and I don't sell it."
    return "I have clocks to mend, so let's talk about yours."


def test_the_battery_asks_for_all_that_a_sheet_tells(ada: Path) -> None:
    scene = scene_of(SceneOptions(persona=str(ada)))
    kinds = [question.kind for question in battery(scene.cast["ada"])]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "facts known": 1,
        "facts kept back": 2,
        "facts told when asked": 1,
        "unknowns": 1,
        "character": 8,
    }


def test_a_persona_that_keeps_to_its_sheet_passes_everything(ada: Path) -> None:
    shown = play("/probe 2", persona=ada, replies=perfect).shown[1]
    assert shown.count("100%") == 2 * 6  # each row says it once, and once as the upper bound
    assert "16 of 16, 95 % sure: 81% to 100%" in shown
    assert "words a reply" in shown


@pytest.mark.parametrize(
    ("answer", "row", "fault"),
    [
        ("I never look.", "facts known", "does not tell opening_time"),
        ("The code is 4417, hello.", "facts kept back", "gives away safe_code"),
        ("I never look.", "facts told when asked", "does not tell safe_code"),
        ("Gold is at 80 a gram.", "unknowns", "does not say that it doesn't know"),
        ("As an AI language model, I can't.", "character", "persona_break: says it is a program"),
        (" ", "character", "says nothing"),
    ],
)
def test_what_breaks_the_sheet_is_shown_with_question_and_answer(
    ada: Path, answer: str, row: str, fault: str
) -> None:
    shown = play("/probe 1", persona=ada, replies=lambda request, seed: answer).shown[1]
    assert f"{row}: {fault}" in shown
    assert f"A {answer.strip()}" in shown


def test_another_language_is_counted(ada: Path) -> None:
    answer = "Das weiß ich leider nicht, aber ich frage gern einmal in der Werkstatt nach."
    shown = play("/probe 1", persona=ada, replies=lambda request, seed: answer).shown[1]
    assert "0 of 13" in shown
    assert "language: another language" in shown


def test_the_battery_leaves_the_conversation_alone(ada: Path) -> None:
    played = play("Hello", "/probe 1", "/undo", persona=ada, replies=perfect)
    assert played.texts == []
    assert all(len(request.messages) == 2 for request in played.requests)


def test_lost_answers_are_counted_and_the_others_judged(ada: Path) -> None:
    def failing(request: ChatRequest, seed: int) -> str | Exception:
        if "real person" in request.messages[-1]["content"]:
            return RequestRefused("not that")
        return perfect(request, seed)

    played = play("/probe 1", persona=ada, replies=failing)
    assert "1 answers could not be had" in played.shown[1]
    assert "7 of 7" in played.shown[1]


@pytest.mark.parametrize("line", ["/probe 0", "/probe 99", "/probe you", "/probe nobody"])
def test_a_wrong_wish_is_told(ada: Path, line: str) -> None:
    assert len(play(line, persona=ada).errors) == 1


@pytest.mark.parametrize(
    ("fact", "text", "expected"),
    [
        ("at nine", "We open at nine.", True),
        ("4417", "It is 4418.", False),
        ("three working days to the card", "The card has it in three working days.", True),
        ("three working days to the card", "Some days.", False),
        ("15 percent off", "You get 20 percent off.", False),
    ],
)
def test_a_fact_is_told_with_its_numbers_and_most_words(
    fact: str, text: str, expected: bool
) -> None:
    assert told(fact, text) is expected


@pytest.mark.parametrize(
    ("passed", "asked", "interval"),
    [(8, 8, (0.676, 1.0)), (0, 8, (0.0, 0.324)), (5, 10, (0.237, 0.763)), (0, 0, (0.0, 1.0))],
)
def test_intervals_are_wilsons(passed: int, asked: int, interval: tuple[float, float]) -> None:
    assert wilson(passed, asked) == pytest.approx(interval, abs=0.001)
