"""`dialoom report RUN`: one HTML page to look at a run instead of reading it."""

from pathlib import Path
from typing import Annotated

import typer

from dialoom.cli import parameters
from dialoom.cli.errors import reported

__all__ = ["report"]


@reported
def report(
    source: parameters.Trees,
    out: Annotated[
        Path | None, typer.Option(help="The page; by default report.html in the run.")
    ] = None,
) -> None:
    """Write a page with a run's figures, charts, examples and trees, for any browser.

    The page is one file that needs no network.

    Examples:
      dialoom report runs/support-20261122-163000-7f3a

      dialoom report trees.jsonl --out trees.html
    """
    from dialoom.cli.text import printable
    from dialoom.report import write_report

    page = out or (source / "report.html" if source.is_dir() else source.with_suffix(".html"))
    gathered = write_report(source, page)
    for notice in gathered.notices:
        typer.echo(f"! {printable(notice.text)}", err=True)
    typer.echo(str(page))
