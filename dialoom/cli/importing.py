"""`dialoom import FILE`: conversations from elsewhere into message trees."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from dialoom.cli import parameters
from dialoom.cli.errors import reported
from dialoom.wording import counted

if TYPE_CHECKING:
    from dialoom.build.importing import Imported, Preview, Synthetic
    from dialoom.imports.reading import Reading

__all__ = ["import_"]


@reported
def import_(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help="Files of one format: JSON lines, a JSON array, CSV or parquet, packed with gzip "
            "or not; or a data set of the Hub, as hf:owner/name.",
        ),
    ],
    out: parameters.TreesOut = None,
    format_: Annotated[
        str | None,
        typer.Option("--as", metavar="FORMAT", help="What the rows are, where they don't show it."),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="FIELD=COLUMN",
            help="Which column is what, like prompt=question; may be given several times.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Say what the columns are taken for, show the first conversation."
        ),
    ] = False,
    lang: Annotated[str | None, typer.Option(help="Language of rows that don't say it.")] = None,
    synthetic: Annotated[
        str | None,
        typer.Option(metavar="none|assistant|all", help="Whose messages a model wrote."),
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Where the conversations are from, if the rows don't say it.")
    ] = None,
    license_: Annotated[
        str | None, typer.Option("--license", help="Licence of rows that don't say it.")
    ] = None,
    scores: Annotated[
        str | None, typer.Option(metavar="LOW:HIGH", help="What the file's scores lie between.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Rows to read at most.")] = None,
    split: Annotated[str, typer.Option(help="Split of a data set of the Hub.")] = "train",
    config: Annotated[
        str | None, typer.Option(help="Configuration of a data set of the Hub.")
    ] = None,
    as_json: parameters.Figures = False,
) -> None:
    """Bring conversations of any common format into message trees.

    What can't be read goes to a .quarantine.jsonl file beside the trees, with the reason.

    Examples:
      dialoom import chats.jsonl --out trees.jsonl

      dialoom import questions.csv --map prompt=question --map response=answer --dry-run
    """
    from dialoom.build.importing import ImportOptions, import_files, preview
    from dialoom.errors import InputError
    from dialoom.imports.mapping import given_columns
    from dialoom.imports.scores import parse_range

    if synthetic not in (None, "none", "assistant", "all"):
        raise InputError(f"--synthetic is none, assistant or all; not {synthetic!r}")
    options = ImportOptions(
        format=format_,
        columns=given_columns(columns or []),
        lang=lang,
        synthetic=cast("Synthetic | None", synthetic),
        source=source,
        license=license_,
        scores=parse_range(scores) if scores else None,
        limit=limit,
        split=split,
        config=config,
    )
    if dry_run:
        _show(preview(sources, options), as_json=as_json)
        return
    if out is None:
        raise InputError("say where the trees go: --out TREES.jsonl (or --dry-run for a look)")
    done = import_files(sources, out, options)
    _report(done, out, as_json=as_json)
    if done.quarantined:
        raise typer.Exit(1)


def _report(done: "Imported", out: Path, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_figures(done, out)))
        return
    for line in _reading(done.reading):
        typer.echo(line, err=True)
    for note, count in sorted(done.notes.items()):
        typer.echo(f"{note}: {count:,}", err=True)
    if done.quarantine is not None:
        typer.echo(f"not read, {counted(sum(done.quarantined.values()), 'row')}:", err=True)
        for reason, count in done.quarantined.most_common(10):
            typer.echo(f"  {reason} ({count:,})", err=True)
        typer.echo(f"they are in {done.quarantine}", err=True)
    made = f"{counted(done.trees, 'tree')}, {counted(done.messages, 'message')}"
    typer.echo(f"{made} from {counted(done.rows, 'row')}")
    typer.echo(str(out))


def _figures(done: "Imported", out: Path) -> dict[str, object]:
    return {
        **_described(done.reading),
        "rows": done.rows,
        "trees": done.trees,
        "messages": done.messages,
        "quarantined": done.quarantined,
        "notes": done.notes,
        "quarantine": done.quarantine and str(done.quarantine),
        "out": str(out),
    }


def _described(reading: "Reading") -> dict[str, object]:
    columns: Mapping[str, str] = reading.map.columns if reading.map else {}
    return {
        "kind": reading.kind,
        "format": reading.format,
        "columns": dict(columns),
        "scores": reading.scores,
        "unread": reading.unread,
    }


def _reading(reading: "Reading") -> list[str]:
    """Return what a file is taken for, in lines."""
    from dialoom.imports.fields import FIELDS

    lines = [f"read as {reading.format}, from {reading.kind}"]
    if reading.map is not None:
        width = max(map(len, reading.map.columns))
        for field, column in reading.map.columns.items():
            lines.append(f"  {field:<{width}}  from {column!r}: {FIELDS[field].says}")
    if reading.scores is not None:
        low, high = reading.scores
        lines.append(f"  scores lie between {low:g} and {high:g} (--scores says otherwise)")
    if reading.unread:
        lines.append(f"  not used: {', '.join(map(repr, reading.unread))}")
    return lines


def _show(found: "Preview", *, as_json: bool) -> None:
    from dialoom.cli.text import stdout
    from dialoom.cli.threads import tree_text
    from dialoom.imports.prompts import systems_of
    from dialoom.tree import TreeRecord

    if as_json:
        typer.echo(json.dumps({**_described(found.reading), "quarantined": found.quarantined}))
        return
    for line in _reading(found.reading):
        typer.echo(line)
    for reason, count in found.quarantined.most_common(10):
        typer.echo(f"  of the first rows not read: {reason} ({count:,})")
    if found.first is not None:
        console = stdout()
        for system in systems_of(found.first).values():
            typer.echo(f"system: {system}")
        console.print(tree_text(TreeRecord(found.first), width=console.width))
