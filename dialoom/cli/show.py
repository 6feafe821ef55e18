"""`dialoom show RUN`: trees and their labels, readably."""

from typing import Annotated

import typer

from dialoom.cli import parameters
from dialoom.cli.errors import reported

__all__ = ["show"]


@reported
def show(
    source: parameters.Trees,
    tree: Annotated[
        list[int] | None, typer.Option(help="Number of a tree, from 0; may be given several times.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Trees to print at most.")] = 10,
    reasons: Annotated[
        bool, typer.Option("--reasons", help="Say what each evaluator found, and why.")
    ] = False,
    facts: Annotated[
        bool,
        typer.Option("--facts", help="Say what each message tells or asks of personas' facts."),
    ] = False,
) -> None:
    """Print message trees with ranks, labels and, where asked, reasons.

    Example: dialoom show runs/support-20261122-163000-7f3a --tree 0 --reasons
    """
    from rich.text import Text

    from dialoom.build.casting import casting_of
    from dialoom.build.sources import records_from
    from dialoom.cli.progress import notices_to
    from dialoom.cli.text import printable, stdout
    from dialoom.cli.threads import tree_text
    from dialoom.display import stderr
    from dialoom.errors import InputError
    from dialoom.evaluators.tree_ledger import tree_ledger

    console = stdout()
    casting = casting_of(source, listener=notices_to(stderr())) if facts else None
    if facts and not source.is_dir():
        raise InputError(f"--facts: {source} doesn't say who speaks; name a run's directory")
    shown = 0
    for record in records_from(source):
        if tree and record.number not in tree:
            continue
        ledger = tree_ledger(record.tree, casting.cast(record)) if casting else None
        name = printable(record.tree.message_tree_id)
        console.print(Text(f"tree {record.number}  {name}", style="bold"))
        console.print(tree_text(record, reasons=reasons, width=console.width, ledger=ledger))
        shown += 1
        if shown >= limit and not tree:
            typer.echo(f"the first {limit} trees; --limit shows more", err=True)
            break
    if not shown:
        raise InputError(f"{source}: no such tree" if tree else f"{source}: no finished tree yet")
