"""The configs of a Hub data set: which exporters fill them, and what was written of each.

Configs and not splits: splits of one config must have the same columns, or `load_dataset` fails.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dialoom.errors import InputError
from dialoom.exporters.base import Exporter
from dialoom.exporters.dpo import Dpo
from dialoom.exporters.kto import Kto
from dialoom.exporters.oasst import Oasst
from dialoom.exporters.oasst_messages import OasstMessages
from dialoom.exporters.sft import Sft
from dialoom.hub.facts import file_digest
from dialoom.registry import Registry
from dialoom.spec import Choice, suggestion

__all__ = [
    "CONFIGS",
    "DataFile",
    "HubOptions",
    "config_file",
    "exporters_for",
    "file_of",
    "hub_options",
]

CONFIGS = ("sft", "dpo", "kto", "messages", "trees")
"""The first that has rows is the default one."""
TEXTS = ("license", "pretty_name")
KNOWN = (*CONFIGS, *TEXTS)

PARTS: Registry[Exporter] = Registry("Hub config")
for _name, _factory in zip(CONFIGS, (Sft, Dpo, Kto, OasstMessages, Oasst), strict=True):
    PARTS.register(_name, _factory)


@dataclass(frozen=True)
class HubOptions:
    """What a data set's author decides."""

    configs: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    """Options by config, those of its exporter; None leaves the config out."""
    license: str = "unknown"
    """As the Hub writes it: `cc-by-4.0`, `apache-2.0`, `other`; `unknown` when nobody chose."""
    pretty_name: str = ""
    """The title of the card; made from the scenario's name when empty."""


def hub_options(given: Mapping[str, Any]) -> HubOptions:
    """Return the options that `--set hub.OPTION=VALUE` gives.

    Raises:
        InputError: there is no such option, or it has a value it can't have.
    """
    configs = {name: value for name, value in given.items() if name in CONFIGS}
    texts = {name: value for name, value in given.items() if name in TEXTS}
    for name, value in given.items():
        if name not in KNOWN:
            raise InputError(f"hub: there is no option {name!r}{suggestion(name, KNOWN)}")
        fits = isinstance(value, str) if name in TEXTS else value is None or isinstance(value, dict)
        if not fits:
            what = "a text" if name in TEXTS else f"options of {name}, or null to leave it out"
            raise InputError(f"hub: {name} is {value!r}; it takes {what}")
    return HubOptions(configs=configs, **texts)


@dataclass(frozen=True)
class DataFile:
    """One file of a data set."""

    config: str
    split: str
    path: str
    """Below the data set's folder, with `/`."""
    rows: int
    size: int
    """Bytes."""
    sha256: str


def exporters_for(options: HubOptions) -> dict[str, Exporter]:
    """Return a fresh exporter for each config that is wanted.

    Raises:
        InputError: an option of a config is unknown or has a value it can't have.
    """
    found = {}
    for config in CONFIGS:
        given = options.configs.get(config, {})
        if given is not None:
            columns = {"columns": True} if config == "messages" else {}
            found[config] = PARTS.make(Choice(config, (), {**columns, **given}))
    return found


def config_file(config: str, split: str) -> str:
    """Return where the lines of a config and split go."""
    suffix = "trees.jsonl.gz" if config == "trees" else "jsonl"
    return f"{config}/{split}.{suffix}"


def file_of(folder: Path, config: str, split: str, *, path: str, rows: int) -> DataFile:
    """Return what is known of a file that was written."""
    size = (folder / path).stat().st_size
    return DataFile(config, split, path, rows, size, file_digest(folder / path))
