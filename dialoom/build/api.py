"""What programs call: `dialoom.simulate` and, inside an event loop, `dialoom.asimulate`."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

from dialoom.agents.clients.base import ClientOptions, ModelClient
from dialoom.build.beginnings import tree_source
from dialoom.build.budget import Budget
from dialoom.build.options import RunOptions, cache_of
from dialoom.build.result import Run
from dialoom.build.run import simulate_run
from dialoom.events import Listener

__all__ = ["asimulate", "simulate"]

P = ParamSpec("P")
Models = str | ModelClient
"""A model's name, `provider/model`, or a client of your own."""


async def asimulate(
    scenario: str | Path,
    *,
    model: Models | None = None,
    role_models: Mapping[str, Models | Sequence[Models]] | None = None,
    source: str | Path | None = None,
    at: str | None = None,
    keep_replies: bool = False,
    turns: int | None = None,
    sample: int | None = None,
    seed: int | None = None,
    out: str | Path | None = None,
    runs: str | Path = "runs",
    fresh: bool = False,
    concurrency: int | None = None,
    retry_failed: bool = False,
    cache: str | Path = "run",
    replay: bool = False,
    budget: Budget | None = None,
    prices: str | Path | None = None,
    client: ClientOptions | None = None,
    listeners: Sequence[Listener] = (),
) -> Run:
    """Grow, tag and export the conversations of a scenario, and return the run.

    Args:
        scenario: A YAML file, or the name of a shipped scenario.
        model: Of every role, over the scenario's own.
        role_models: By role (prompter, assistant, critic, selector) or member, over `model`;
            several draw the candidates in turn.
        source: Trees to go on from, a file or a run's directory: the assistant's replies to
            messages of theirs are drawn, and nothing else.
        at: Which messages of the user get replies there: `last_user`, `every_user` or `turn=K`.
        keep_replies: Judge and rank the replies that are there with those that are drawn.
        turns: Messages to grow after such a reply; None is 0.
        sample: How many trees.
        seed: Of the run, 0 to 2**31 - 1.
        out: The run's directory; one that holds the same run is taken up again.
        runs: Where a directory is made, or an unfinished one found, when `out` is None.
        fresh: Begin a new run even where an unfinished one could be taken up.
        concurrency: Trees grown at a time; None takes what keeps the models busy.
        retry_failed: Grow the trees again that lost a branch.
        cache: Where answers are looked up and kept: `run`, `off`, or a folder that runs share.
        replay: Ask no model; a call that is not kept is an error.
        budget: The most that the run may spend; its state is `budget` when that was too little.
        prices: A table of prices that goes over the shipped one.
        client: Base URL, key, time-out and context of the models.
        listeners: Are told of what happens, as it happens.

    Raises:
        InputError: the scenario or an option is wrong; RunConflict when the directory is;
            MissingCall when a replay needs a call that is not kept.
        ModelError: a model can't be used; what was finished is kept, and the same call goes on.
        ExportError: a file can't be written.
        RuntimeError: `simulate` was called where an event loop is running, as in a notebook.
    """
    clients: dict[str, ModelClient] = {}
    options = RunOptions(
        model=None if model is None else _named(model, clients),
        role_models={
            role: tuple(_named(one, clients) for one in _several(given))
            for role, given in (role_models or {}).items()
        },
        source=tree_source(source, at, keep_replies=keep_replies, turns=turns),
        sample=sample,
        seed=seed,
        out=None if out is None else Path(out),
        runs=Path(runs),
        fresh=fresh,
        concurrency=concurrency,
        retry_failed=retry_failed,
        cache=cache_of(cache),
        replay=replay,
        budget=budget or Budget(),
        prices=None if prices is None else Path(prices),
        client=client or ClientOptions(),
        command="dialoom.simulate",
    )
    return await simulate_run(scenario, options, listeners=listeners, clients=clients)


def _blocking(work: Callable[P, Coroutine[Any, Any, Run]], name: str) -> Callable[P, Run]:
    """Return a function of the same signature that waits for the work's end."""

    @wraps(work)
    def blocking(*args: P.args, **kwargs: P.kwargs) -> Run:
        _refuse_inside_a_loop()
        return asyncio.run(work(*args, **kwargs))

    blocking.__name__ = blocking.__qualname__ = name
    return blocking


simulate = _blocking(asimulate, "simulate")
"""Does what `asimulate` does, where no event loop is running."""


def _refuse_inside_a_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError(
        "simulate can't be called where an event loop is running, as in a notebook; write "
        "`await dialoom.asimulate(...)` there"
    )


def _named(model: Models, clients: dict[str, ModelClient]) -> str:
    if isinstance(model, str):
        return model
    clients[model.name] = model
    return model.name


def _several(models: Models | Sequence[Models]) -> Sequence[Models]:
    return (models,) if isinstance(models, str | ModelClient) else models
