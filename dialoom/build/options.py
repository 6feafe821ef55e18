"""What a person may set for a run beside the scenario itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dialoom.agents.clients.base import ClientOptions
from dialoom.build.beginnings import TreeSource
from dialoom.build.budget import Budget

__all__ = ["Cache", "RunOptions", "cache_of"]

Cache = Path | Literal["off", "run"]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of `simulate`; what is None is taken from the scenario or a default."""

    model: str | None = None
    """One model for every role, over the scenario's own."""
    role_models: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By role or member, over `model`."""
    source: TreeSource | None = None
    """Trees of a file to go on from; None grows trees from nothing."""
    sample: int | None = None
    """How many trees."""
    seed: int | None = None
    out: Path | None = None
    """The run's directory; None makes one under `runs`, or takes up the last unfinished run of
    the same scenario and settings there."""
    runs: Path = Path("runs")
    fresh: bool = False
    """Begin a new run even where an unfinished one could be taken up."""
    concurrency: int | None = None
    """Trees grown at a time; None takes what keeps the models busy."""
    retry_failed: bool = False
    """Grow the trees again that lost a branch."""
    cache: Cache = "run"
    """Where answers are looked up and kept: `run` is the run's own journal, `off` nowhere, a
    path a folder that runs share, or the directory of another run."""
    replay: bool = False
    """Ask no model: a call that is not kept is an error."""
    budget: Budget = field(default_factory=Budget)
    """The most that the run may spend."""
    prices: Path | None = None
    """A table of prices that goes over the shipped one."""
    client: ClientOptions = field(default_factory=ClientOptions)
    log_level: str = "INFO"
    """Of the run's log.txt; DEBUG has a line for each model call."""
    command: str = ""
    """The command line, for the manifest."""


def cache_of(given: str | Path) -> Cache:
    """Return what `off`, `run` or the path of a folder stands for."""
    if given == "off":
        return "off"
    return "run" if given == "run" else Path(given)
