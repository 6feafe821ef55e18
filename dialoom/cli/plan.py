"""`dialoom plan SCENARIO`: what a run would take, before it asks anything."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dialoom.cli import parameters
from dialoom.cli.errors import reported, run_async
from dialoom.wording import counted

if TYPE_CHECKING:
    from rich.table import Table

    from dialoom.build.plan import Plan

__all__ = ["plan"]


@reported
def plan(
    scenario: parameters.Scenario,
    model: parameters.Model = None,
    role_model: parameters.RoleModel = None,
    source: parameters.From = None,
    at: parameters.At = None,
    turns: parameters.Turns = None,
    sample: parameters.Sample = None,
    seed: parameters.Seed = None,
    concurrency: parameters.Concurrency = None,
    pilot: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            help="A finished small run of the same scenario and models, whose figures are taken "
            "instead of guesses.",
        ),
    ] = None,
    prices: parameters.Prices = None,
    as_json: parameters.Figures = False,
) -> None:
    """Say what a run would take: calls, tokens, money, disk and time. Asks no model.

    Examples:
      dialoom plan support --model openai/gpt-4o-mini --sample 1000

      dialoom plan support --model ollama/llama3.2 --sample 1000 --pilot runs/pilot
    """
    from dialoom.build import RunOptions
    from dialoom.build.beginnings import tree_source
    from dialoom.build.models import roles_of
    from dialoom.build.pilot import planned
    from dialoom.cli.text import stdout

    options = RunOptions(
        source=tree_source(source, at, turns=turns),
        model=model,
        role_models=roles_of(role_model or []),
        sample=sample,
        seed=seed,
        concurrency=concurrency,
        prices=prices,
    )
    found = run_async(planned(scenario, options, pilot=pilot))
    if as_json:
        typer.echo(json.dumps(found.figures()))
        return
    stdout().print(_table(found))
    for line in _notes(found):
        typer.echo(line)


def _table(plan: "Plan") -> "Table":
    from rich.table import Table

    from dialoom.cli.figures import amount, money

    table = Table(box=None, padding=(0, 2, 0, 0))
    for head in ("", "model", "calls", "tokens in", "tokens out", "cost"):
        table.add_column(head, overflow="fold")
    for row in plan.rows:
        counts = (amount(one) for one in (row.calls, row.prompt_tokens, row.completion_tokens))
        table.add_row(row.purpose, row.model, *counts, money(row.usd))
    counts = (amount(one) for one in (plan.calls, plan.prompt_tokens, plan.completion_tokens))
    table.add_row("all", "", *counts, money(plan.usd))
    return table


def _notes(plan: "Plan") -> list[str]:
    from dialoom.cli.figures import duration, size

    trees = counted(plan.trees, "tree")
    lines = [f"{trees}, time {duration(plan.seconds)}, disk {size(plan.bytes)}"]
    if plan.pilot:
        lines.append(f"drawn from the run {plan.pilot}")
    else:
        lines.append(
            "likely (low to high); prompts are the scenario's own, the length of replies and time "
            "a guess. A small run narrows it: --pilot RUN"
        )
    if plan.unpriced:
        named = ", ".join(plan.unpriced)
        lines.append(f"no price is known for {named}: --prices FILE takes a table of yours")
    elif plan.usd is not None and plan.usd.high and plan.prices_of:
        lines.append(f"list prices as of {plan.prices_of}, check them; --prices FILE takes yours")
    elif plan.usd is not None and plan.usd.high:
        lines.append("prices as given, where they say nothing the shipped list prices")
    return lines
