"""The two programs: `dialoom` with its commands, and `simulate`, which is `dialoom run`."""

import typer

from dialoom.cli.run import run

__all__ = ["dialoom", "simulate"]

SETTINGS = {"help_option_names": ["-h", "--help"]}

dialoom = typer.Typer(
    name="dialoom",
    help="Simulate multi-agent conversations and turn them into fine-tuning data.",
    no_args_is_help=True,
    context_settings=SETTINGS,
    pretty_exceptions_enable=False,
)
dialoom.command("run")(run)

simulate = typer.Typer(
    name="simulate",
    add_completion=False,
    context_settings=SETTINGS,
    pretty_exceptions_enable=False,
)
simulate.command()(run)
