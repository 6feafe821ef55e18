"""`dialoom push DIR REPO`: a data set to the Hugging Face Hub."""

from pathlib import Path
from typing import Annotated

import typer

from dialoom.cli.errors import reported

__all__ = ["push"]


@reported
def push(
    folder: Annotated[Path, typer.Argument(help="What `export --as hub` wrote.")],
    repo: Annotated[str, typer.Argument(help="The data set's name, OWNER/NAME.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check, list what would go, and reach no server.")
    ] = False,
    public: Annotated[
        bool,
        typer.Option("--public", help="Make a new repository a public one; else it is private."),
    ] = False,
    message: Annotated[str, typer.Option(help="Of the commit.")] = "Upload with dialoom",
    ignore_secrets: Annotated[
        bool,
        typer.Option("--ignore-secrets", help="Upload what looks like a key or a password."),
    ] = False,
) -> None:
    """Upload a data set; needs the extra hub, and a token (hf auth login).

    Example: dialoom push dataset me/support-dialogues --dry-run
    """
    from dialoom.hub.push import push as upload
    from dialoom.hub.push import pushing_of

    pushing = pushing_of(folder, repo, private=not public, ignore_secrets=ignore_secrets)
    if pushing.license == "unknown":
        typer.echo("the card says `license: unknown`; choose one before you publish", err=True)
    if not dry_run:
        typer.echo(upload(pushing, message=message))
        return
    for path, size in pushing.files.items():
        typer.echo(f"{size:>14,}  {path}")
    kind = "private" if pushing.private else "public"
    total = sum(pushing.files.values())
    typer.echo(
        f"{len(pushing.files)} files, {total:,} bytes, would go to {repo} ({kind} if it is new)",
        err=True,
    )
