"""The two programs: `dialoom` with its commands, and `simulate`, which is `dialoom run`."""

import sys
from io import TextIOWrapper
from typing import Any

import typer

from dialoom.cli.check import check
from dialoom.cli.compare import compare
from dialoom.cli.errors import told
from dialoom.cli.export import export
from dialoom.cli.importing import import_
from dialoom.cli.list import list_names
from dialoom.cli.models import models
from dialoom.cli.new import new
from dialoom.cli.plan import plan
from dialoom.cli.push import push
from dialoom.cli.repl import repl
from dialoom.cli.report import report
from dialoom.cli.run import run
from dialoom.cli.schema import schema
from dialoom.cli.show import show
from dialoom.cli.tag import tag
from dialoom.cli.trace import trace
from dialoom.cli.watch import watch

__all__ = ["dialoom", "simulate"]

SETTINGS = {"help_option_names": ["-h", "--help"]}


class _Program(typer.Typer):
    """A program that also says what the terminal's encoding has no characters for.

    Its help, too, tells in a sentence that it can't be written.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):  # not so where a test or a library put another
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().__call__(*args, **kwargs)
        except OSError as error:  # of the help; commands tell their own
            sys.exit(told(error))


dialoom = _Program(
    name="dialoom",
    help="Simulate multi-agent conversations and turn them into fine-tuning data.",
    epilog="Examples: `simulate support` · `dialoom repl support_agent` · `dialoom report RUN`",
    no_args_is_help=True,
    context_settings=SETTINGS,
    pretty_exceptions_enable=False,
)
dialoom.command("run")(run)
dialoom.command("watch")(watch)
dialoom.command("check")(check)
dialoom.command("plan")(plan)
dialoom.command("show")(show)
dialoom.command("tag")(tag)
dialoom.command("import")(import_)
dialoom.command("export")(export)
dialoom.command("push")(push)
dialoom.command("trace")(trace)
dialoom.command("models")(models)
dialoom.command("repl")(repl)
dialoom.command("report")(report)
dialoom.command("compare")(compare)
dialoom.add_typer(new, name="new")
dialoom.command("list")(list_names)
dialoom.command("schema")(schema)

simulate = _Program(
    name="simulate",
    add_completion=False,
    context_settings=SETTINGS,
    pretty_exceptions_enable=False,
)
simulate.command()(run)
