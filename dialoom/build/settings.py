"""How a run asks its models: kept, so that going on with it by its directory asks the same way.

Nothing here changes the data, so a run is taken up with other settings too.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from dialoom.agents.clients.base import ClientOptions
from dialoom.build.budget import Budget
from dialoom.build.options import RunOptions
from dialoom.build.places import kept_path
from dialoom.errors import Fault, RunConflict

__all__ = ["settings_of", "with_settings", "without_secrets"]

OF_CLIENT = ("timeout", "rpm", "tpm", "in_flight", "threads", "slots")
PLAIN = RunOptions()


def settings_of(options: RunOptions) -> dict[str, Any]:
    """Return the settings that are not the default, as JSON takes them; never a secret."""
    client = options.client
    found = {name: getattr(client, name) for name in OF_CLIENT}
    found = {name: value for name, value in found.items() if value != getattr(PLAIN.client, name)}
    if client.other_urls:
        found["other_urls"] = [without_secrets(url) for url in client.other_urls]
    if options.cache != PLAIN.cache:
        found["cache"] = str(options.cache)
    budget = {name: value for name, value in asdict(options.budget).items() if value is not None}
    rest = {
        "budget": budget or None,
        "prices": options.prices and str(options.prices),
        "concurrency": options.concurrency,
    }
    return found | {name: value for name, value in rest.items() if value is not None}


def with_settings(
    options: RunOptions, kept: Mapping[str, Any], run: Path, *, given: Collection[str] = ()
) -> RunOptions:
    """Return options with a run's settings where they say nothing else.

    Args:
        options: What goes before.
        kept: The settings, from `settings_of`.
        run: The run's directory.
        given: Names of options that count as they are, also where that is the default.

    Raises:
        RunConflict: the cache is no longer there.
    """
    free = {name: value for name, value in kept.items() if name not in given}
    client = _with_client(options.client, free)
    found: dict[str, Any] = {}
    if options.concurrency is None:
        found["concurrency"] = free.get("concurrency")
    if options.prices is None and "prices" in free:
        found["prices"] = kept_path(free["prices"], run)
    if options.budget == PLAIN.budget:
        found["budget"] = Budget(**free.get("budget", {}))
    if options.cache == PLAIN.cache and "cache" in free:
        found["cache"] = free["cache"] if free["cache"] == "off" else _cache(free["cache"], run)
    return replace(options, client=client, **found)


def _with_client(client: ClientOptions, kept: Mapping[str, Any]) -> ClientOptions:
    found = {
        name: kept[name]
        for name in OF_CLIENT
        if name in kept and getattr(client, name) == getattr(PLAIN.client, name)
    }
    if client.base_url is None:
        found["other_urls"] = tuple(kept.get("other_urls", client.other_urls))
    return replace(client, **found)


def _cache(kept: str, run: Path) -> Path:
    folder = kept_path(kept, run)
    if not folder.is_dir():
        message = "the folder of kept calls that the run used is gone"
        raise RunConflict(
            Fault(f"{message}; name it with --cache, or go on without it by --cache run", folder)
        )
    return folder


def without_secrets(url: str) -> str:
    """Return a URL without user, password and query."""
    head, _, tail = url.rpartition("@")
    scheme = head.partition("://")[0] + "://" if "://" in head else ""
    return (scheme + tail if head else url).partition("?")[0]
