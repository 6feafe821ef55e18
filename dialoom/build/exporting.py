"""`export`: finished trees, of a run or of any OASST file, into other formats."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from dialoom.build.exports import Exported, exported
from dialoom.build.sources import records_from
from dialoom.errors import Fault, InputError
from dialoom.exporters.base import EXPORTERS, export
from dialoom.spec import Choice

__all__ = ["export_source", "options_of"]


def export_source(
    source: Path, names: Sequence[str], out: Path, options: Mapping[str, Mapping[str, Any]]
) -> dict[str, Exported]:
    """Write the trees of a source in each named format and return what was written.

    Args:
        source: A run's directory or a `.jsonl` file of trees.
        names: Registered exporters.
        out: A directory; made when it is missing.
        options: Settings by exporter.

    Raises:
        InputError: the source, a name or an option is wrong; nothing is written then.
        ExportError: a file can't be written.
    """
    exporters = [EXPORTERS.make(Choice(name, (), options.get(name, {}))) for name in names]
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(Fault((error.strerror or str(error)).lower(), out)) from error
    return exported(exporters, export(out, exporters, records_from(source)))


def options_of(given: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return settings by exporter from texts like `dpo.min_margin=0.2`, values read as YAML.

    Raises:
        InputError: a text has another form, or names an exporter that is not asked for.
    """
    found: dict[str, dict[str, Any]] = {}
    for text in given:
        key, equals, value = text.partition("=")
        exporter, dot, option = key.partition(".")
        if not equals or not dot:
            raise InputError(
                f"--set takes FORMAT.OPTION=VALUE, like dpo.min_margin=0.2; not {text!r}"
            )
        if exporter not in names:
            raise InputError(f"--set {text}: the format {exporter!r} is not among --as")
        found.setdefault(exporter, {})[option] = yaml.safe_load(value)
    return found
