"""Arguments and options that several commands take, each said once."""

from pathlib import Path
from typing import Annotated

import typer

from dialoom.cli.completion import scenarios

__all__ = [
    "At",
    "BaseUrl",
    "Concurrency",
    "Context",
    "Figures",
    "From",
    "Model",
    "Plain",
    "Prices",
    "RoleModel",
    "Sample",
    "Scenario",
    "Seed",
    "Timeout",
    "Trees",
    "TreesOut",
    "Turns",
    "Urls",
]

Scenario = Annotated[
    str,
    typer.Argument(
        help="A scenario's YAML file, or the name of a shipped scenario.",
        autocompletion=scenarios,
    ),
]
Trees = Annotated[Path, typer.Argument(help="A run's directory or an OASST trees file.")]
TreesOut = Annotated[Path | None, typer.Option(help="Trees file to write.")]

Model = Annotated[
    str | None,
    typer.Option(
        help="Model of every role: embedded/smollm2-135m, gguf/PATH, ollama/NAME, openai/NAME or "
        "scripted/FILE."
    ),
]
RoleModel = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ROLE=NAME",
        help="Model of one role (prompter, assistant, critic, selector) or member. Give a role "
        "several times to draw its candidates from several models in turn.",
    ),
]
BaseUrl = Annotated[str | None, typer.Option(help="Endpoint of openai/ or ollama/ models.")]
Urls = Annotated[
    list[str] | None,
    typer.Option(
        "--base-url",
        help="Endpoint of openai/ or ollama/ models. Give it several times for servers of the "
        "same models: each gets what it finishes.",
    ),
]
Timeout = Annotated[
    float, typer.Option(min=0.1, help="Seconds that one attempt of a model call may take.")
]
Context = Annotated[
    int | None, typer.Option(min=256, help="Tokens of context to ask local models for.")
]

From = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="TREES",
        help="Trees to go on from, a file or a run: the assistant's replies to messages of theirs "
        "are drawn, and nothing else.",
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        metavar="last_user|every_user|turn=K",
        help="Which messages of the user in --from get replies; the last of each thread.",
    ),
]
Turns = Annotated[
    int | None,
    typer.Option(min=0, help="Messages to grow after a reply to a message of --from; none."),
]
Sample = Annotated[
    int | None, typer.Option("--sample", "-n", min=1, help="How many dialogues to grow.")
]
Seed = Annotated[int | None, typer.Option(min=0, max=2**31 - 1, help="Seed of all that is drawn.")]
Concurrency = Annotated[int | None, typer.Option(min=1, help="Trees to grow at a time.")]
Prices = Annotated[
    Path | None, typer.Option(help="A table of prices that goes over the shipped one.")
]

Figures = Annotated[bool, typer.Option("--json", help="Print the figures as JSON on stdout.")]
Plain = Annotated[
    bool, typer.Option("--plain", help="Tell the progress in lines, as where no terminal is.")
]
