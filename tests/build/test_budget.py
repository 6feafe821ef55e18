import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from environment import fixed_date
from scenes import SCENE, write_scene

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import Run, RunOptions, simulate_run
from dialoom.build.budget import Budget, Cap, CappedClient, parse_budget
from dialoom.build.prices import Price, Prices
from dialoom.chat import ChatRequest, Completion, Sampling, Usage
from dialoom.errors import InputError
from dialoom.events import CallFinished, Event
from dialoom.messages import read_trees
from dialoom.store import read_manifest

__all__ = ["fixed_date"]

MODEL = "scripted/test"
FILES = ("trees.jsonl", "sft.jsonl", "dpo.jsonl", "failures.jsonl")
SCENARIO = SCENE.replace("critic: {rubric: [quality, toxicity]}", "critic: null").replace(
    "sample: 4", "sample: 12"
)
A_CALL = 1000
"""Tokens of each completion here."""


def answer(request: ChatRequest, seed: int) -> Completion:
    text = f"This is what the {request.purpose} says, number {seed}."
    return Completion(text, usage=Usage(0, A_CALL))


class Paced(ScriptedClient):
    """Answers after some turns of the event loop, as a server does, and counts what is open."""

    def __init__(self) -> None:
        super().__init__(answer, name=MODEL)
        self.open = self.most_open = self.left = 0

    async def complete(self, request: ChatRequest, **options: Any) -> list[Completion]:
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            for _ in range(3 + request.seeds[0] % 5):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.left += 1
            raise
        finally:
            self.open -= 1
        return await super().complete(request, **options)


def simulate(scene: Path, out: Path, budget: Budget, **options: Any) -> tuple[Run, Paced]:
    client = Paced()
    asked = RunOptions(model=MODEL, out=out, budget=budget, **options)
    return asyncio.run(simulate_run(scene, asked, clients={MODEL: client})), client


def spent(run: Run) -> int:
    return sum(row.prompt_tokens + row.completion_tokens for row in run.summary.calls)


def files_of(run: Run) -> dict[str, bytes]:
    return {name: (run.directory / name).read_bytes() for name in FILES}


@pytest.mark.parametrize("concurrency", [1, 3, 8])
def test_a_run_ends_over_its_budget_by_no_more_than_was_under_way(
    tmp_path: Path, concurrency: int
) -> None:
    cap = 40 * A_CALL
    scene = write_scene(tmp_path, SCENARIO)
    run, client = simulate(scene, tmp_path / "run", Budget(tokens=cap), concurrency=concurrency)
    widest = 3 * A_CALL
    assert cap <= spent(run) < cap + client.most_open * widest
    assert run.summary.state == "budget"
    assert client.left == 0, "a call that was paid for was not waited for"


def test_what_is_finished_within_the_budget_is_a_whole_data_set(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, SCENARIO)
    run, _ = simulate(scene, tmp_path / "run", Budget(tokens=40 * A_CALL), concurrency=2)
    trees = list(read_trees(run.directory / "trees.jsonl"))
    assert 0 < len(trees) == run.summary.trees < 12
    whole, _ = simulate(scene, tmp_path / "whole", Budget())
    lines = (whole.directory / "trees.jsonl").read_bytes().splitlines()
    assert set((run.directory / "trees.jsonl").read_bytes().splitlines()) < set(lines)


def test_a_budget_is_spent_on_trees_that_are_finished(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, SCENARIO)
    whole, _ = simulate(scene, tmp_path / "whole", Budget())
    a_tree = spent(whole) / 12
    run, _ = simulate(scene, tmp_path / "run", Budget(tokens=6 * a_tree), concurrency=12)
    assert run.summary.trees >= 4
    assert spent(run) > 5 * a_tree


def test_trees_of_unexpected_size_do_not_keep_a_run_from_its_budget(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, SCENARIO)
    run, _ = simulate(scene, tmp_path / "run", Budget(tokens=2.5 * A_CALL), concurrency=12)
    assert spent(run) >= 2.5 * A_CALL


def test_a_larger_budget_goes_on_and_pays_nothing_twice(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, SCENARIO)
    whole, everything = simulate(scene, tmp_path / "whole", Budget())
    _, first = simulate(scene, tmp_path / "run", Budget(tokens=40 * A_CALL))
    run, second = simulate(scene, tmp_path / "run", Budget(tokens=10_000 * A_CALL))
    assert run.summary.state == "finished"
    assert files_of(run) == files_of(whole)
    assert len(first.requests) + len(second.requests) == len(everything.requests)


def test_the_same_budget_again_asks_nothing(tmp_path: Path) -> None:
    scene, budget = write_scene(tmp_path, SCENARIO), Budget(tokens=40 * A_CALL)
    simulate(scene, tmp_path / "run", budget)
    run, client = simulate(scene, tmp_path / "run", budget)
    assert client.requests == []
    assert run.summary.state == "budget"
    assert "tokens are spent" in run.summary.notices[-1]


def test_a_run_that_is_out_of_time_asks_nothing_more(tmp_path: Path) -> None:
    run, _ = simulate(write_scene(tmp_path, SCENARIO), tmp_path / "run", Budget(seconds=1e-6))
    assert run.summary.state == "budget"
    assert run.summary.trees < 12


def test_money_is_capped_by_the_prices_of_a_file(tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text(f"models: {{{MODEL}: {{in: 0, out: 1000}}}}\n", encoding="utf-8")
    scene = write_scene(tmp_path, SCENARIO)
    run, _ = simulate(scene, tmp_path / "run", Budget(usd=30), prices=prices, concurrency=1)
    assert run.summary.usd is not None
    assert 30 <= run.summary.usd <= 33
    assert run.summary.state == "budget"


def test_money_is_not_capped_where_a_price_is_unknown(tmp_path: Path) -> None:
    options = RunOptions(model="openai/unheard-of", out=tmp_path / "run", budget=Budget(usd=1))
    with pytest.raises(InputError, match="price of openai/unheard-of is not known"):
        asyncio.run(simulate_run(write_scene(tmp_path, SCENARIO), options))


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("usd=5", Budget(usd=5)),
        ("usd=$2.50, tokens=2M", Budget(usd=2.5, tokens=2_000_000)),
        ("tokens=500k,time=90m", Budget(tokens=500_000, seconds=5400)),
        ("time=45", Budget(seconds=45)),
        ("time=1.5h", Budget(seconds=5400)),
    ],
)
def test_a_budget_is_written_as_people_do(text: str, budget: Budget) -> None:
    assert parse_budget(text) == budget


@pytest.mark.parametrize("text", ["5", "usd=", "usd=-1", "euro=5", "usd=5k", "usd=1,usd=2", ""])
def test_a_budget_of_another_form_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match="--budget takes usd=5"):
        parse_budget(text)


def test_a_budget_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="more than nothing"):
        parse_budget("tokens=0")


REQUEST = ChatRequest(({"role": "user", "content": "Hello"},), Sampling())


def paid(cap: Cap, calls: int) -> None:
    client = CappedClient(ScriptedClient(answer, name=MODEL), cap)

    async def ask() -> None:
        for _ in range(calls):
            await client.complete(REQUEST)

    asyncio.run(ask())


def ticking() -> Callable[[], float]:
    """Return a clock that goes on by a second each time it is read."""
    read = iter(range(1_000_000))
    return lambda: float(next(read))


def test_money_and_tokens_of_earlier_processes_count() -> None:
    prices = Prices(models={MODEL: Price.model_validate({"in": 0, "out": 1000})})
    cap = Cap(Budget(usd=10), prices, seconds=5.0, clock=ticking())
    paid(cap, 9)
    assert cap.reached == ""
    paid(cap, 1)
    assert cap.reached == "$10.00 of $10.00 are spent"


def test_time_of_earlier_processes_counts() -> None:
    cap = Cap(Budget(seconds=100), Prices(), seconds=98.5, clock=ticking())
    assert cap.reached == ""
    assert cap.reached.endswith("seconds are spent")


def test_an_interrupted_run_keeps_the_answers_that_were_under_way(tmp_path: Path) -> None:
    scene, client = write_scene(tmp_path, SCENARIO), Paced()
    begun = asyncio.Event()

    def interrupts(event: Event) -> None:
        if isinstance(event, CallFinished) and len(client.requests) > 8:
            begun.set()

    async def interrupted() -> None:
        options = RunOptions(model=MODEL, out=tmp_path / "run", concurrency=4)
        work = asyncio.ensure_future(
            simulate_run(scene, options, clients={MODEL: client}, listeners=[interrupts])
        )
        await begun.wait()
        work.cancel()
        await work

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(interrupted())
    assert client.left == 0, "an answer that was paid for was not waited for"
    assert read_manifest(tmp_path / "run").state == "interrupted"
    whole, everything = simulate(scene, tmp_path / "whole", Budget())
    run, rest = simulate(scene, tmp_path / "run", Budget())
    assert files_of(run) == files_of(whole)
    assert len(client.requests) + len(rest.requests) == len(everything.requests)
