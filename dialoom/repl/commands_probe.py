"""The command that puts a persona through the battery and shows its score card."""

import asyncio
from collections.abc import Sequence

from rich.text import Text

from dialoom.errors import InputError, ModelError
from dialoom.repl.command import Command, Desk, players
from dialoom.repl.probe import Answer, Question, Row, battery, card, in_language, judged, verbosity
from dialoom.repl.scene import YOU, member_of
from dialoom.repl.session import Session
from dialoom.repl.views import note, one_line
from dialoom.repl.voices import Asked
from dialoom.scenarios.cast import Player
from dialoom.stage import derived_seed
from dialoom.tree import Node

__all__ = ["PROBE"]

TIMES = 3
"""How often each question is asked."""
MOST = 20
BAR = 20


async def _probe(desk: Desk, text: str) -> None:
    session, screen = desk.session, desk.screen
    player, times = _asked_for(session, text)
    questions = battery(player)
    await session.voices.prepare(session.cast, session.settings)
    often = "once" if times == 1 else f"{times} times"
    screen.show(note(f"{player.name}: {len(questions)} questions, each asked {often} …"))
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_answers(session, player, number, question, times))
            for number, question in enumerate(questions)
        ]
    answers = [answer for task in tasks for answer in task.result()[0]]
    errors = [error for task in tasks for error in task.result()[1]]
    if not answers:
        raise errors[0]
    _show(desk, player, answers, lost=len(errors))


def _asked_for(session: Session, text: str) -> tuple[Player, int]:
    times, player = TIMES, session.focus
    for word in text.split():
        if word.isdecimal():
            times = int(word)
        else:
            player = member_of(word, session.cast)
    if not 0 < times <= MOST:
        raise InputError(f"each question can be asked 1 to {MOST} times; not {times}")
    if player.name == YOU:
        raise InputError("that is you; name a member that a model plays")
    return player, times


async def _answers(
    session: Session, player: Player, number: int, question: Question, times: int
) -> tuple[list[Answer], list[ModelError]]:
    """Return what a persona answers to one question, and the errors in place of answers."""
    cast = session.cast
    other = cast.others(player.name)[0]
    here = Node(f"probe-{number}", None, other.name, other.role, question.text)
    seeds = [derived_seed(session.scene.seed, number, place, "probe") for place in range(times)]
    drawn = await session.voices.draw(here, player.name, cast, session.settings, seeds=seeds)
    system = session.system(player.name)
    answers = [
        judged(question, one.completion.text, player, cast, system)
        for one in drawn
        if isinstance(one, Asked)
    ]
    return answers, [one for one in drawn if isinstance(one, ModelError)]


def _show(desk: Desk, player: Player, answers: Sequence[Answer], *, lost: int) -> None:
    language = [in_language(answer.text, player) for answer in answers]
    rows = card(answers, language)
    for row in rows:
        desk.screen.show(_line(row))
    words, width = verbosity([answer.text for answer in answers])
    desk.screen.show(note(f"  {'words a reply':<22} {words:.0f} ± {width:.0f}"))
    for row in rows:
        if row.example is not None:
            _show_example(desk, row)
    if lost:
        desk.screen.show(note(f"{lost} answers could not be had"))


def _line(row: Row) -> Text:
    low, high = row.interval
    share = row.passed / row.asked
    filled = round(BAR * share)
    style = "green" if low > 0.5 else "yellow" if high > 0.5 else "red"
    line = Text(f"  {row.name:<22} ").append("#" * filled + "." * (BAR - filled), style)
    line.append(f" {share:>4.0%}", "bold")
    return line.append(f"  {row.passed} of {row.asked}, 95 % sure: {low:.0%} to {high:.0%}", "dim")


def _show_example(desk: Desk, row: Row) -> None:
    assert row.example is not None
    width = (desk.screen.width or 100) - 6
    fault = row.example.fault if row.name != "language" else "another language"
    desk.screen.show(Text(one_line(f"{row.name}: {fault}", width), "yellow"))
    desk.screen.show(note(f"    Q {one_line(row.example.question.text, width)}"))
    desk.screen.show(note(f"    A {one_line(row.example.text, width)}"))


PROBE = (
    Command(
        "probe",
        "probe [NAME] [N]",
        "ask the persona a battery of questions and show a score card",
        _probe,
        "Facts it knows, keeps back and doesn't know, eight provocations, language and length. "
        "Each question opens a fresh conversation and is asked N times (3) with other seeds. "
        "Rules judge the answers, no model. The questions are English.",
        players,
        changes=False,
    ),
)
