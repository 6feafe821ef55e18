"""`simulate SCENARIO`, which is `dialoom run` under its own name."""

import json
from typing import TYPE_CHECKING

import typer

from dialoom.cli import parameters, run_parameters
from dialoom.cli.command import command_line
from dialoom.cli.errors import reported, run_async

if TYPE_CHECKING:
    from dialoom.build import RunOptions

__all__ = ["run"]


@reported
def run(
    call: typer.Context,
    scenario: run_parameters.Begun = None,
    model: parameters.Model = None,
    role_model: parameters.RoleModel = None,
    source: parameters.From = None,
    at: parameters.At = None,
    keep_replies: run_parameters.KeepReplies = False,
    turns: parameters.Turns = None,
    sample: parameters.Sample = None,
    seed: parameters.Seed = None,
    out: run_parameters.Out = None,
    fresh: run_parameters.Fresh = False,
    retry_failed: run_parameters.RetryFailed = False,
    cache: run_parameters.Cache = "run",
    replay: run_parameters.Replay = False,
    budget: run_parameters.Budget = "",
    prices: parameters.Prices = None,
    concurrency: parameters.Concurrency = None,
    base_url: parameters.Urls = None,
    rpm: run_parameters.Rpm = None,
    tpm: run_parameters.Tpm = None,
    in_flight: run_parameters.InFlight = None,
    timeout: parameters.Timeout = 120.0,
    context: parameters.Context = None,
    as_json: parameters.Figures = False,
    quiet: run_parameters.Quiet = False,
    plain: parameters.Plain = False,
    verbose: run_parameters.Verbose = False,
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
        scenario, options = begun(options, given=_given(call))
    _simulate(scenario, options, as_json=as_json, quiet=quiet, plain=plain)


def _given(call: typer.Context) -> set[str]:
    """Return the names of the options that stand on the command line."""
    sources = {name: call.get_parameter_source(name) for name in call.params}
    return {name for name, source in sources.items() if source and source.name == "COMMANDLINE"}


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
