"""`simulate SCENARIO`, which is `dialoom run` under its own name."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dialoom.cli.command import command_line
from dialoom.cli.completion import scenarios
from dialoom.cli.errors import reported, run_async

if TYPE_CHECKING:
    from dialoom.build import RunOptions

__all__ = ["run"]


@reported
def run(
    scenario: Annotated[
        str | None,
        typer.Argument(
            help="A scenario's YAML file, or the name of a shipped scenario. With --out alone, a "
            "run that was begun there goes on as it was begun.",
            autocompletion=scenarios,
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="Model of every role: embedded/smollm2-135m, gguf/PATH, ollama/NAME, "
            "openai/NAME or scripted/FILE."
        ),
    ] = None,
    role_model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROLE=NAME",
            help="Model of one role (prompter, assistant, critic, selector) or member. Give a "
            "role several times to draw its candidates from several models in turn.",
        ),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="TREES",
            help="Trees to go on from, a file or a run: the assistant's replies to messages of "
            "theirs are drawn, and nothing else.",
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="last_user|every_user|turn=K",
            help="Which messages of the user in --from get replies; the last of each thread.",
        ),
    ] = None,
    keep_replies: Annotated[
        bool,
        typer.Option("--keep-replies", help="Rank the replies that --from has with the new ones."),
    ] = False,
    turns: Annotated[
        int | None,
        typer.Option(min=0, help="Messages to grow after a reply to a message of --from; none."),
    ] = None,
    sample: Annotated[int | None, typer.Option(min=1, help="How many dialogues to grow.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**31 - 1, help="Seed of the run.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Directory of the run. One that holds the same run is taken up again."),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin a new run, even where one is unfinished.")
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Grow the trees again that lost a branch.")
    ] = False,
    cache: Annotated[
        str,
        typer.Option(
            metavar="off|run|DIR",
            help="Where answers of models are looked up and kept: in the run's own journal, "
            "nowhere (off), or also in a folder that runs share or the directory of another run.",
        ),
    ] = "run",
    replay: Annotated[
        bool,
        typer.Option("--replay", help="Ask no model; stop at the first call that is not kept."),
    ] = False,
    budget: Annotated[
        str,
        typer.Option(
            metavar="usd=…,tokens=…,time=…",
            help="The most that the run may spend, like usd=5,tokens=2M,time=90m; trees that "
            "are not finished by then are left, and a larger budget goes on with them.",
        ),
    ] = "",
    prices: Annotated[
        Path | None, typer.Option(help="A table of prices that goes over the shipped one.")
    ] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, help="Trees to grow at a time.")] = None,
    base_url: Annotated[
        list[str] | None,
        typer.Option(
            help="Endpoint of openai/ or ollama/ models. Give it several times for servers of the "
            "same models: each gets what it finishes."
        ),
    ] = None,
    rpm: Annotated[
        int | None, typer.Option(min=1, help="Requests a minute to one endpoint, at most.")
    ] = None,
    tpm: Annotated[
        int | None,
        typer.Option(min=1, help="Tokens a minute at one endpoint, at most, prompts and replies."),
    ] = None,
    in_flight: Annotated[
        int | None, typer.Option(min=1, help="Requests at a time to one endpoint, at most.")
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds that one attempt of a model call may take.")
    ] = 120.0,
    context: Annotated[
        int | None, typer.Option(min=256, help="Tokens of context to ask local models for.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the run's figures as JSON on stdout.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print errors and the run's directory only.")
    ] = False,
    plain: Annotated[
        bool,
        typer.Option("--plain", help="Tell the progress in lines, as where no terminal is."),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Write a line for each model call to log.txt.")
    ] = False,
) -> None:
    """Grow, tag and export the conversations of a scenario.

    Examples:
      simulate scenarios/support.yaml

      simulate support --model ollama/llama3.2 --sample 50

      simulate support --role-model assistant=openai/small --role-model assistant=openai/big
    """
    from dialoom.agents.clients.base import ClientOptions
    from dialoom.build import RunOptions
    from dialoom.build.beginnings import tree_source
    from dialoom.build.budget import Budget, parse_budget
    from dialoom.build.models import roles_of
    from dialoom.build.options import cache_of
    from dialoom.build.resuming import begun

    options = RunOptions(
        source=tree_source(source, at, keep_replies=keep_replies, turns=turns),
        model=model,
        role_models=roles_of(role_model or []),
        sample=sample,
        seed=seed,
        out=out,
        fresh=fresh,
        retry_failed=retry_failed,
        concurrency=concurrency,
        cache=cache_of(cache),
        replay=replay,
        budget=parse_budget(budget) if budget else Budget(),
        prices=prices,
        client=ClientOptions(
            base_url=next(iter(base_url or ()), None),
            other_urls=tuple(base_url or ())[1:],
            timeout=timeout,
            context=context,
            rpm=rpm,
            tpm=tpm,
            in_flight=in_flight,
        ),
        log_level="DEBUG" if verbose else "INFO",
        command=command_line(),
    )
    if scenario is None:
        scenario, options = begun(options)
    _simulate(scenario, options, as_json=as_json, quiet=quiet, plain=plain)


def _simulate(
    scenario: str, options: "RunOptions", *, as_json: bool, quiet: bool, plain: bool
) -> None:
    from dialoom.build import simulate_run
    from dialoom.cli.progress import RunProgress
    from dialoom.cli.summary import run_report
    from dialoom.cli.text import stderr
    from dialoom.log import quiet_console

    quiet_console("ERROR")
    console = stderr()
    with RunProgress(console, quiet=quiet, plain=plain) as progress:
        done = run_async(simulate_run(scenario, options, listeners=[progress]))
    if not quiet:
        console.print(run_report(done, width=console.width))
    elif done.summary.state == "budget":
        typer.echo(done.summary.notices[-1], err=True)
    typer.echo(json.dumps(done.summary.figures()) if as_json else str(done.directory))
    if done.summary.state != "finished":
        raise typer.Exit(1)
