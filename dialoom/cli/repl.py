"""`dialoom repl PERSONA`: talk to a persona, or watch two talk step by step."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dialoom.cli import parameters
from dialoom.cli.completion import personas, scenarios
from dialoom.cli.errors import reported, run_async

if TYPE_CHECKING:
    from dialoom.repl.scene import SceneOptions

__all__ = ["repl"]


@reported
def repl(
    persona: Annotated[
        str | None,
        typer.Argument(
            help="A persona's name or YAML file, or a member of --in.", autocompletion=personas
        ),
    ] = None,
    partner: Annotated[
        str | None,
        typer.Option(
            "--with",
            metavar="PERSONA",
            help="Who is on the other side.",
            autocompletion=personas,
        ),
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(
            "--in",
            metavar="SCENARIO",
            help="A scenario: its cast, goals and rules.",
            autocompletion=scenarios,
        ),
    ] = None,
    role: Annotated[
        Literal["prompter", "assistant"] | None,
        typer.Option(help="Role of PERSONA; the one it has in the scenarios when left out."),
    ] = None,
    tree: Annotated[
        int, typer.Option(min=0, help="Tree of the scenario: its variables and opener.")
    ] = 0,
    var: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Value of a template variable.")
    ] = None,
    at: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="RUN MESSAGE_ID", help="Go on from a message of a finished run."),
    ] = None,
    model: parameters.Model = None,
    role_model: parameters.RoleModel = None,
    seed: parameters.Seed = None,
    base_url: parameters.BaseUrl = None,
    timeout: parameters.Timeout = 120.0,
    context: parameters.Context = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Hear the last reply anew whenever a file changes.")
    ] = False,
) -> None:
    """Talk to a persona, or watch two personas talk, and look into every reply.

    Examples:
      dialoom repl support_agent

      dialoom repl frustrated_customer --with support_agent --model ollama/llama3.2

      dialoom repl support_agent --in support --tree 3

      dialoom repl --at runs/support-20261122-163000-7f3a 5f1c0a2b

      dialoom repl support_agent < commands.txt
    """
    from dialoom.agents.clients.base import ClientOptions
    from dialoom.build import RunOptions
    from dialoom.build.models import roles_of
    from dialoom.repl.scene import SceneOptions

    run = RunOptions(
        model=model,
        role_models=roles_of(role_model or []),
        seed=seed,
        client=ClientOptions(base_url=base_url, timeout=timeout, context=context),
    )
    options = SceneOptions(
        persona=persona,
        partner=partner,
        scenario=scenario,
        role=role,
        tree=tree,
        variables=_variables(var or []),
        run=run,
    )
    _repl(options, at=at, watch=watch)


def _repl(options: "SceneOptions", *, at: tuple[str, str] | None, watch: bool) -> None:
    from dialoom.log import quiet_console
    from dialoom.repl.past import run_options_at, scene_at
    from dialoom.repl.scene import scene_of
    from dialoom.repl.start import run_session

    quiet_console("ERROR")
    run = options.run
    build = partial(scene_of, options)
    if at is not None:
        build = partial(scene_at, Path(at[0]), at[1], options)
        run = run_options_at(Path(at[0]), run)
    code = run_async(run_session(build, run, watch=watch))
    if code:
        raise typer.Exit(code)


def _variables(given: list[str]) -> dict[str, str]:
    from dialoom.errors import InputError

    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InputError(f"--var takes NAME=VALUE, like order_id=AB123456; not {text!r}")
        found[name] = value
    return found
