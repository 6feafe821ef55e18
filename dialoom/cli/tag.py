"""`dialoom tag TREES`: labels, scores and ranks for trees from anywhere."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dialoom.cli import parameters, tag_parameters
from dialoom.cli.errors import reported, run_async
from dialoom.display import printable
from dialoom.wording import counted

if TYPE_CHECKING:
    from dialoom.build.tagged import TagFiles, Tagged

__all__ = ["tag"]


@reported
def tag(
    source: parameters.Trees,
    out: parameters.TreesOut = None,
    scenario: tag_parameters.Speakers = None,
    heuristic: tag_parameters.Heuristic = None,
    critic: tag_parameters.Critic = None,
    rubric: tag_parameters.Rubric = None,
    canaries: tag_parameters.Canaries = None,
    trust: tag_parameters.Trust = None,
    scorer: tag_parameters.Scorer = None,
    keep: tag_parameters.Keep = None,
    against: tag_parameters.Against = None,
    ngram: tag_parameters.Ngram = 8,
    what_if: tag_parameters.WhatIf = None,
    seed: tag_parameters.TagSeed = 0,
    base_url: parameters.BaseUrl = None,
    as_json: parameters.Figures = False,
) -> None:
    """Tag every message of the trees; labels and ranks that are there already stay.

    Beside the trees it writes who said what of which message and why, and quality.json.

    What models answer is kept there too: the same command goes on after an interruption.

    Examples:
      dialoom tag trees.jsonl --out tagged.jsonl --critic ollama/llama3.2

      dialoom tag chats.jsonl --scenario shop.yaml

      dialoom tag runs/support-1 --what-if 'quality >= 0.6'
    """
    from dialoom.agents.clients.base import ClientOptions
    from dialoom.build.tagged import TagFiles
    from dialoom.build.tagging import TagOptions, choices_of, tag_file
    from dialoom.cli.progress import TagProgress
    from dialoom.cli.text import stderr

    if what_if:
        evaluators = {"heuristic": heuristic, "critic": critic, "rubric": rubric, "scorer": scorer}
        tests = {"canaries": canaries, "trust": trust}
        _check_alone({"out": out, "scenario": scenario, **evaluators, **tests, "keep": keep})
        _preview(source, what_if, tuple(against or ()), ngram, as_json=as_json)
        return
    files = TagFiles.beside(out or Path(f"{source.stem}.tagged.jsonl"))
    options = TagOptions(
        scenario=scenario,
        heuristics=choices_of(heuristic or [], "--heuristic"),
        critics=tuple(critic or ()),
        rubric=tuple(rubric or ()),
        canaries=canaries,
        trust=trust,
        scorers=choices_of(scorer or [], "--scorer"),
        keep=tuple(keep or ()),
        against=tuple(against or ()),
        ngram=ngram,
        seed=seed,
        client=ClientOptions(base_url=base_url),
    )
    try:
        tagged = run_async(tag_file(source, files, options, listener=TagProgress(stderr())))
    except KeyboardInterrupt:
        if critic or scorer:
            typer.echo(f"the same command goes on with the answers in {files.calls}", err=True)
        raise
    _print(tagged, files, as_json=as_json)


def _check_alone(options: Mapping[str, object]) -> None:
    """Check that nothing is said of tagging where nothing is tagged.

    Raises:
        InputError: an option was given.
    """
    from dialoom.errors import InputError

    given = [f"--{name}" for name, value in options.items() if value is not None]
    if given:
        raise InputError(f"--what-if tags nothing and takes no {' and no '.join(given)}")


def _preview(
    source: Path, rules: list[str], against: tuple[Path, ...], ngram: int, *, as_json: bool
) -> None:
    from dialoom.build.tagging import rules_of
    from dialoom.build.what_if import what_if
    from dialoom.cli.funnel import what_if_figures, what_if_lines
    from dialoom.evaluators.contamination import Contamination

    files = {str(file): file for file in against}
    contamination = Contamination(files, ngram=ngram) if against else None
    found = what_if(source, rules_of(rules), contamination)
    if as_json:
        typer.echo(json.dumps(what_if_figures(found)))
        return
    for warning in found.warnings:
        typer.echo(f"! {printable(warning)}", err=True)
    for line in what_if_lines(found):
        typer.echo(printable(line))


def _print(tagged: "Tagged", files: "TagFiles", *, as_json: bool) -> None:
    from dataclasses import fields

    from dialoom.cli.funnel import funnel_lines
    from dialoom.quality import Quality

    if as_json:
        figures = {field.name: getattr(tagged, field.name) for field in fields(tagged)}
        figures["funnel"] = [step.model_dump(mode="json") for step in tagged.funnel]
        written = {"out": files.trees, "verdicts": files.verdicts, "quality": files.quality}
        typer.echo(json.dumps({**figures, **{name: str(file) for name, file in written.items()}}))
        return
    evidence = Quality.model_validate_json(files.quality.read_bytes())
    counts = f"{counted(tagged.trees, 'tree')}, {counted(tagged.messages, 'message')}"
    typer.echo(f"{counts}, {tagged.ranked:,} ranked, {tagged.rejected:,} rejected")
    for critic in evidence.critics:
        typer.echo(f"test of critic: {printable(critic.test)}")
        if critic.measured:
            typer.echo(f"  it {critic.measured}")
    _list("found", tagged.findings)
    _list("failed judgements", tagged.failures)
    for line in funnel_lines(tagged.funnel[1:]):
        typer.echo(printable(line))
    typer.echo(f"{files.trees}\n{files.verdicts}\n{files.quality}")
    if files.calls.exists():
        typer.echo(f"{files.calls} (the models' answers, for tagging again)")


def _list(title: str, counts: Mapping[str, int]) -> None:
    if counts:
        typer.echo(f"{title}: " + ", ".join(f"{name} {n:,}" for name, n in sorted(counts.items())))
