import io
from dataclasses import replace

from rich.console import Console

from dialoom.cli.live import is_live, progress_line, progress_view
from dialoom.cli.progress import Plain, RunProgress
from dialoom.events import (
    CallRetried,
    CriticTested,
    EndpointFigures,
    Notice,
    RunFinished,
    RunProgressed,
    RunStarted,
    TreeFailed,
)

BEGUN = RunStarted("id", "runs/id", trees=50, finished=0, messages=12, judgements=0)
FIGURES = RunProgressed(
    run_id="id",
    directory="runs/id",
    phase="growing",
    at=0.0,
    trees=50,
    finished=17,
    failed=2,
    messages=210,
    dropped={"echo": 12, "refusal": 9, "loop": 4, "empty": 3, "leak": 2},
    lost=1,
    retries={"RateLimited": 7},
    endpoints=(EndpointFigures("openai/m", 512, 8, 3, 2.14, 340.2, "paused for 12 s"),),
    usd=0.1234,
    unpriced=(),
    usd_cap=5.0,
    share=0.36,
    tested=None,
    seconds=126.0,
    seconds_left=224.0,
    notices=(),
)


def shown(figures: RunProgressed, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width)
    with console.capture() as capture:
        console.print(progress_view(figures))
    return capture.get()


def listened(*events: object, terminal: bool = False, **options: bool) -> str:
    """Return what is written of events to a file."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, highlight=False)
    with RunProgress(console, **options) as progress:
        for event in events:
            progress(event)  # type: ignore[arg-type]
    return file.getvalue()


def test_the_view_shows_progress_cost_models_and_what_went_wrong() -> None:
    text = shown(FIGURES)
    assert "36% · 17 of 50 trees · 2.1 min · about 3.7 min left · $0.12 of $5.00" in text
    assert "210: 180 kept, 30 dropped (echo 12, refusal 9, loop 4, empty 3, others 2)" in text
    assert (
        "openai/m  paused for 12 s · 8 in flight, 3 waiting · 2.1 calls/s · 340 tok/s · 512 calls"
        in text
    )
    assert "2 trees failed, 1 branch lost, asked again for rate limited 7" in text


def test_what_goes_on_when_all_trees_are_there_is_said() -> None:
    assert "100% · 17 of 50 trees · 2.1 min · testing the critic" in shown(
        replace(FIGURES, share=1.0, seconds_left=None)
    )
    tested = CriticTested("openai/m", 7, 30)
    assert "2.1 min · testing the critic: 7 of 30" in shown(
        replace(FIGURES, share=1.0, seconds_left=None, tested=tested)
    )
    assert "writing files" in shown(replace(FIGURES, share=1.0, phase="writing"))


def test_a_narrow_terminal_cuts_lines_and_wraps_none() -> None:
    lines = shown(FIGURES, width=40).splitlines()
    assert len(lines) == 4
    assert max(map(len, lines)) <= 40


def test_a_price_that_is_not_known_is_said() -> None:
    assert "cost not known" in shown(replace(FIGURES, usd=0.0, unpriced=("openai/m",)))
    partly = replace(FIGURES, unpriced=("openai/x",))
    assert "$0.12 of $5.00 and what openai/x costs" in progress_line(partly)


def test_the_plain_line_says_the_same_on_one_line() -> None:
    line = progress_line(FIGURES)
    assert "\n" not in line
    for part in ("36%", "17 of 50 trees", "$0.12", "180 kept", "2.1 calls/s", "paused for 12 s"):
        assert part in line


def test_plain_lines_come_often_at_first_and_seldom_later() -> None:
    plain = Plain()
    due = [second for second in range(7200) if plain.is_due(second)]
    assert due[:3] == [5, 10, 15]
    assert len(due) < 250
    assert due[-1] - due[-2] == 60


def test_a_file_gets_lines_and_no_escapes_even_where_colour_is_forced() -> None:
    text = listened(BEGUN, FIGURES, Notice("look"), terminal=True)
    assert not is_live(Console(file=io.StringIO(), force_terminal=True))
    assert "\x1b[2K" not in text
    assert "\x1b[?25l" not in text
    assert text.splitlines()[0] == "run runs/id: 50 trees"
    assert "17 of 50 trees" in text


def test_an_interrupted_run_says_what_is_kept_and_how_to_go_on() -> None:
    text = listened(RunFinished(finished=3, failed=0, interrupted=True))
    assert "stopped: 3 finished trees are kept, and the same command goes on" in text
    assert listened(RunFinished(finished=3, failed=0, interrupted=False)) == ""


def test_quiet_says_nothing() -> None:
    assert listened(BEGUN, FIGURES, Notice("look"), TreeFailed(1, "X", "no"), quiet=True) == ""


def test_what_servers_say_obeys_no_terminal() -> None:
    hostile = "\x1b]0;owned\x07\x1b[2Jgone \u202eback"
    text = listened(
        Notice(hostile), CallRetried("m", "X", hostile, 1, 1.0), TreeFailed(1, "X", hostile)
    )
    assert text.count(r"\x1b]0;owned\x07\x1b[2Jgone \u202eback") == 3
    assert "\x1b" not in text
    model = EndpointFigures("openai/\x1b[31mred", 1, 1, 0, 1.0, 1.0, "")
    assert "\x1b" not in shown(replace(FIGURES, endpoints=(model,), dropped={"\x1b[2J": 1}))
    assert "\x1b" not in progress_line(replace(FIGURES, endpoints=(model,)))


def test_failures_without_end_are_told_five_times_and_then_counted() -> None:
    failures = [TreeFailed(number, "ServerFault", "down") for number in range(100)]
    assert listened(*failures).count("failed: down") == 5
