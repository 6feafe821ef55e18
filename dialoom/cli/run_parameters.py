"""Arguments and options that `simulate` alone takes."""

from pathlib import Path
from typing import Annotated

import typer

from dialoom.cli.completion import scenarios

__all__ = [
    "Begun",
    "Budget",
    "Cache",
    "Fresh",
    "InFlight",
    "KeepReplies",
    "Out",
    "Quiet",
    "Replay",
    "RetryFailed",
    "Rpm",
    "Tpm",
    "Verbose",
]

Begun = Annotated[
    str | None,
    typer.Argument(
        help="A scenario's YAML file, or the name of a shipped scenario. With --out alone, a run "
        "that was begun there goes on as it was begun.",
        autocompletion=scenarios,
    ),
]
KeepReplies = Annotated[
    bool, typer.Option("--keep-replies", help="Rank the replies that --from has with the new ones.")
]
Out = Annotated[
    Path | None,
    typer.Option(help="Directory of the run. One that holds the same run is taken up again."),
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Begin a new run, even where one is unfinished.")
]
RetryFailed = Annotated[
    bool, typer.Option("--retry-failed", help="Grow the trees again that lost a branch.")
]
Cache = Annotated[
    str,
    typer.Option(
        metavar="off|run|DIR",
        help="Where answers of models are looked up and kept: in the run's own journal, nowhere "
        "(off), or also in a folder that runs share or the directory of another run.",
    ),
]
Replay = Annotated[
    bool, typer.Option("--replay", help="Ask no model; stop at the first call that is not kept.")
]
Budget = Annotated[
    str,
    typer.Option(
        metavar="usd=…,tokens=…,time=…",
        help="The most that the run may spend, like usd=5,tokens=2M,time=90m; trees that are not "
        "finished by then are left, and a larger budget goes on with them.",
    ),
]
Rpm = Annotated[int | None, typer.Option(min=1, help="Requests a minute to one endpoint, at most.")]
Tpm = Annotated[
    int | None,
    typer.Option(min=1, help="Tokens a minute at one endpoint, at most, prompts and replies."),
]
InFlight = Annotated[
    int | None, typer.Option(min=1, help="Requests at a time to one endpoint, at most.")
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print errors and the run's directory only.")
]
Verbose = Annotated[
    bool, typer.Option("--verbose", help="Write a line for each model call to log.txt.")
]
