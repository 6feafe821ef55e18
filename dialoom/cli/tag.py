"""`dialoom tag TREES`: labels, scores and ranks for trees from anywhere."""

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dialoom.cli.errors import reported, run_async

__all__ = ["tag"]


class Trust(StrEnum):
    """As a scenario's `evaluate.critic.trust`."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@reported
def tag(
    source: Annotated[Path, typer.Argument(help="An OASST trees file or a run's directory.")],
    out: Annotated[Path | None, typer.Option(help="Trees file to write.")] = None,
    heuristic: Annotated[
        list[str] | None,
        typer.Option(help="A heuristic; may be given several times. None given takes all."),
    ] = None,
    critic: Annotated[
        list[str] | None,
        typer.Option(
            help="Model of a critic, as provider/model; may be given several times. None given: "
            "no critic."
        ),
    ] = None,
    rubric: Annotated[
        list[str] | None, typer.Option(help="An OASST label the critic is asked for.")
    ] = None,
    canaries: Annotated[
        int,
        typer.Option(min=0, max=1000, help="Replies to spoil, to see whether a critic notices."),
    ] = 24,
    trust: Annotated[
        Trust, typer.Option(help="Whether critics decide scores; auto lets their canaries decide.")
    ] = Trust.AUTO,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1)] = 0,
    base_url: Annotated[str | None, typer.Option(help="Endpoint of the critic's model.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the figures as JSON on stdout.")
    ] = False,
) -> None:
    """Tag every message of the trees; labels and ranks that are there already stay.

    Beside the trees a file of verdicts is written (who said what of which message, and why) and
    a quality.json with the evidence for trusting them.

    Example: dialoom tag trees.jsonl --out tagged.jsonl --critic ollama/llama3.2
    """
    from dataclasses import fields

    from dialoom.agents.clients.base import ClientOptions
    from dialoom.build.tagging import TagOptions, quality_beside, tag_file
    from dialoom.cli.progress import notices_to
    from dialoom.cli.text import stderr

    target = out or Path(f"{source.stem}.tagged.jsonl")
    verdicts = target.with_name(f"{target.name.removesuffix('.jsonl')}.verdicts.jsonl")
    options = TagOptions(
        heuristics=tuple(heuristic or ()),
        critics=tuple(critic or ()),
        rubric=tuple(rubric or ()),
        canaries=canaries,
        trust=trust.value,
        seed=seed,
        client=ClientOptions(base_url=base_url),
    )
    tagged = run_async(tag_file(source, target, verdicts, options, listener=notices_to(stderr())))
    if as_json:
        figures = {field.name: getattr(tagged, field.name) for field in fields(tagged)}
        files = {"out": target, "verdicts": verdicts, "quality": quality_beside(target)}
        typer.echo(json.dumps({**figures, **{name: str(file) for name, file in files.items()}}))
        return
    counts = f"{tagged.trees:,} trees, {tagged.messages:,} messages"
    typer.echo(f"{counts}, {tagged.ranked:,} ranked, {tagged.rejected:,} rejected")
    _list("found", tagged.findings)
    _list("failed judgements", tagged.failures)
    typer.echo(f"{target}\n{verdicts}\n{quality_beside(target)}")


def _list(title: str, counts: Mapping[str, int]) -> None:
    if counts:
        typer.echo(f"{title}: " + ", ".join(f"{name} {n:,}" for name, n in sorted(counts.items())))
