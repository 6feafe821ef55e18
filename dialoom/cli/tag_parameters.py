"""Options that `dialoom tag` alone takes."""

from pathlib import Path
from typing import Annotated, Literal

import typer

__all__ = [
    "Against",
    "Canaries",
    "Critic",
    "Heuristic",
    "Keep",
    "Ngram",
    "Rubric",
    "Scorer",
    "Speakers",
    "TagSeed",
    "Trust",
    "WhatIf",
]

Speakers = Annotated[
    str | None,
    typer.Option(
        "--scenario",
        metavar="SCENARIO",
        help="A file, or the name of a shipped one, that says who speaks in the trees, what they "
        "know and want, and what critics are asked. A run's own when left out.",
    ),
]
Heuristic = Annotated[
    list[str] | None,
    typer.Option(
        metavar="HEURISTIC",
        help="A heuristic, with its options as in a scenario: '{length: {max: 80}}'; may be "
        "given several times. None given takes the scenario's, without one all.",
    ),
]
Critic = Annotated[
    list[str] | None,
    typer.Option(
        metavar="MODEL",
        help="Model of a critic, as provider/model; may be given several times. None given: no "
        "critic.",
    ),
]
Rubric = Annotated[
    list[str] | None,
    typer.Option(
        metavar="LABEL",
        help="An OASST label the critic is asked for; may be given several times. None given: "
        "what the scenario asks.",
    ),
]
Canaries = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=1000,
        help="Replies to spoil, to see whether a critic notices; what the scenario says, or 24, "
        "when left out.",
    ),
]
Trust = Annotated[
    Literal["auto", "always", "never"] | None,
    typer.Option(
        help="Whether critics decide scores; auto lets their canaries decide. What the scenario "
        "says, or auto, when left out."
    ),
]
Scorer = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SCORER",
        help="A scorer with its options, as in a scenario: '{reward: {url: "
        "http://localhost:8000/pooling, model: NAME}}'; may be given several times.",
    ),
]
Keep = Annotated[
    list[str] | None,
    typer.Option(
        metavar="RULE",
        help="What a message must be like to be exported later, like 'quality >= 0.6', 'score "
        "top 40%' or 'without pii'; may be given several times.",
    ),
]
Against = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE",
        help="A file that no message may share words with; several times for more.",
    ),
]
Ngram = Annotated[
    int, typer.Option(min=3, max=50, help="Words in a row that are too many to share.")
]
WhatIf = Annotated[
    list[str] | None,
    typer.Option(
        metavar="RULE",
        help="Show what a rule, in place of those of the run, would leave, and write nothing; "
        "several times for more.",
    ),
]
TagSeed = Annotated[
    int,
    typer.Option("--seed", min=0, max=2**31 - 1, help="Seed of the critics' judgements."),
]
