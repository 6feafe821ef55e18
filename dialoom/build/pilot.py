"""A plan drawn from a finished small run of the same scenario, instead of from guesses."""

from math import sqrt
from pathlib import Path
from statistics import fmean, stdev

from dialoom.build.beginnings import loaded_on
from dialoom.build.checking import check_scenario
from dialoom.build.models import models_by_role
from dialoom.build.options import RunOptions
from dialoom.build.plan import Plan, PlanRow, Range, plan_of
from dialoom.build.prices import Prices, read_prices
from dialoom.errors import Fault, InputError
from dialoom.scenarios.loaded import LoadedScenario
from dialoom.scenarios.variables import tree_count
from dialoom.store import RunManifest, RunStore
from dialoom.store.journal import CallTotals

__all__ = ["plan_from", "planned"]

LEAST = 0.05
"""The range is never narrower than this to either side."""


async def planned(scenario: str | Path, options: RunOptions, *, pilot: Path | None = None) -> Plan:
    """Return what a run of a scenario will take, from a pilot run where there is one.

    Raises:
        InputError: the scenario, an option or the pilot is wrong.
    """
    loaded = loaded_on(check_scenario(scenario), options.source)
    prices = read_prices(options.prices)
    if pilot is None:
        return await plan_of(loaded, options, prices)
    return plan_from(pilot, loaded, options, prices)


def plan_from(pilot: Path, loaded: LoadedScenario, options: RunOptions, prices: Prices) -> Plan:
    """Return what a run of the scenario will take, going by what a pilot run took.

    The range is twice the standard error of the mean of the pilot's trees to either side.

    Raises:
        InputError: the pilot is of another scenario or other models, or has no finished tree.
    """
    with RunStore.read(pilot) as store:
        _check(store.manifest, loaded, options, pilot)
        sizes = store.trees.sizes()
        if not sizes:
            raise InputError(Fault("the pilot has no finished tree", pilot))
        totals = store.journal.totals()
        trees = tree_count(loaded, options.sample)
        spread = _spread(sizes)
        factor = trees / len(sizes)
        rows = tuple(_row(row, factor, spread, prices) for row in totals if row.calls)
        took = float(store.manifest.summary.get("run_seconds", 0.0))
    size = sum(file.stat().st_size for file in pilot.iterdir() if file.is_file())
    return Plan(
        trees,
        rows,
        _range(took * factor, spread),
        _range(size * factor, spread),
        pilot=str(pilot),
        prices_of=str(prices.checked) if prices.checked else None,
    )


def _check(manifest: RunManifest, loaded: LoadedScenario, options: RunOptions, pilot: Path) -> None:
    personas = {name: file.sha256 for name, file in loaded.personas.items()}
    names = models_by_role(loaded.scenario, options)
    if manifest.scenario_sha256 != loaded.sha256 or manifest.personas != personas:
        raise InputError(Fault("the pilot is of another scenario, or of an earlier one", pilot))
    if manifest.models != names:
        raise InputError(Fault("the pilot was run with other models", pilot))


def _spread(sizes: list[int]) -> float:
    """Return how far off the mean may be, as a share of it."""
    mean = fmean(sizes)
    if len(sizes) < 2 or not mean:
        return 0.5
    return max(LEAST, 2 * stdev(sizes) / (mean * sqrt(len(sizes))))


def _range(expected: float, spread: float) -> Range:
    return Range(expected * max(0.0, 1 - spread), expected, expected * (1 + spread))


def _row(row: CallTotals, factor: float, spread: float, prices: Prices) -> PlanRow:
    price = prices.of(row.model)
    usd = None
    if price is not None:
        cost = price.usd(
            prompt=row.prompt_tokens, completion=row.completion_tokens, cached=row.cached_tokens
        )
        usd = _range(cost * factor, spread)
    return PlanRow(
        row.model,
        row.purpose,
        _range(row.calls * factor, spread),
        _range(row.prompt_tokens * factor, spread),
        _range(row.completion_tokens * factor, spread),
        usd,
    )
