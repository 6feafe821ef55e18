"""`dialoom tag` says now and then how far it is."""

from io import StringIO

from rich.console import Console

from dialoom.cli.progress import TagProgress
from dialoom.events import CallFinished, CallRetried, CriticTested, Event, Notice, TreeTagged

CALL = CallFinished("m/x", "critic", 1, 10, 5, 0, 0.1, replayed=False)
KEPT = CallFinished("m/x", "critic", 1, 10, 5, 0, 0.1, replayed=True)
RETRIED = CallRetried("m/x", "ServerFault", "m/x: 503", 1, 2.0)


def said(*moments: tuple[float, Event]) -> list[str]:
    seconds = [0.0]
    console = Console(file=StringIO(), width=200)
    progress = TagProgress(console, clock=lambda: seconds[0])
    for at, event in moments:
        seconds[0] = at
        progress(event)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue().splitlines()


def test_a_quick_command_says_nothing() -> None:
    assert said((1.0, CALL), (4.0, TreeTagged(12))) == []


def test_lines_come_now_and_then() -> None:
    moments = [(1.0, KEPT), (6.0, CALL), (7.0, TreeTagged(12)), (8.0, CALL), (12.0, TreeTagged(3))]
    assert said(*moments) == [
        "no tree is tagged yet; calls 1, 1 answered before",
        "2 trees, 15 messages tagged; calls 2, 1 answered before",
    ]


def test_how_far_the_test_of_the_critic_is_is_told_before_any_tree() -> None:
    lines = said((6.0, CriticTested("m/x", 7, 30)), (12.0, CALL), (19.0, TreeTagged(12)))
    assert lines == [
        "testing the critic: 7 of 30",
        "testing the critic: 7 of 30; calls 1",
        "1 tree, 12 messages tagged; calls 1",
    ]


def test_without_a_critic_no_calls_are_counted() -> None:
    assert said((6.0, TreeTagged(12))) == ["1 tree, 12 messages tagged"]


def test_notices_and_the_first_retries_are_told_at_once() -> None:
    lines = said((0.1, Notice("look [at] this")), *[(0.2, RETRIED)] * 9)
    assert lines == ["look [at] this", *["m/x: 503; again in 2.0 s"] * 5]
