"""Requests for several models of one server are grouped where the server holds only one."""

import asyncio

import pytest
from virtual_time import run_virtually

from dialoom.agents.clients.grouping import Grouping

SECONDS = 1.0
"""That an answer takes."""


class Server:
    """Counts how often it would have had to load a model."""

    def __init__(self, grouping: Grouping) -> None:
        self.grouping, self.loads, self.loaded = grouping, 0, ""
        self.running: set[str] = set()
        self.together: set[frozenset[str]] = set()

    async def ask(self, model: str) -> None:
        async with self.grouping.turn(model):
            self.running.add(model)
            self.together.add(frozenset(self.running))
            self.loads += model != self.loaded
            self.loaded = model
            await asyncio.sleep(SECONDS)
            self.running.discard(model)


def grouping_of(*models: str, stint: int = 128) -> Grouping:
    grouping = Grouping(stint=stint)
    for model in models:
        grouping.join(model)
    return grouping


async def dialogues(server: Server, models: list[str], count: int) -> None:
    async def dialogue() -> None:
        for model in models:
            await server.ask(model)

    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(dialogue())


def test_one_model_never_waits() -> None:
    async def work() -> float:
        server = Server(grouping_of("a"))
        await dialogues(server, ["a", "a"], 20)
        return asyncio.get_running_loop().time()

    assert run_virtually(work()) == pytest.approx(2 * SECONDS)


def test_dialogues_share_the_change_from_one_model_to_the_other() -> None:
    server = Server(grouping_of("a", "b"))
    run_virtually(dialogues(server, ["a", "b"] * 5, 8))
    assert server.loads <= 10 + 2
    assert frozenset({"a", "b"}) not in server.together


def test_who_asks_on_at_once_needs_no_change() -> None:
    server = Server(grouping_of("a", "b"))

    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(dialogues(server, ["a", "a", "a"], 1))
            group.create_task(dialogues(server, ["b"], 1))

    run_virtually(work())
    assert server.loads == 2


def test_nobody_waits_for_ever_for_a_model_that_is_always_busy() -> None:
    server = Server(grouping_of("a", "b", stint=5))
    moments: list[float] = []

    async def late() -> None:
        await asyncio.sleep(0.5)
        await server.ask("b")
        moments.append(asyncio.get_running_loop().time())

    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(2):
                group.create_task(dialogues(server, ["a"] * 50, 1))
            group.create_task(late())

    run_virtually(work())
    assert moments[0] < 6 * SECONDS


def test_models_that_fit_together_do_not_wait_for_each_other() -> None:
    async def work() -> float:
        grouping = grouping_of("a", "b")
        server = Server(grouping)
        grouping.tell_loaded({"a", "b", "other"})
        await dialogues(server, ["a", "b"] * 2, 2)
        async with asyncio.TaskGroup() as group:
            group.create_task(server.ask("a"))
            group.create_task(server.ask("b"))
        assert frozenset({"a", "b"}) in server.together
        return asyncio.get_running_loop().time()

    assert run_virtually(work()) == pytest.approx(5 * SECONDS)


def test_whoever_waits_is_let_through_when_the_models_turn_out_to_fit() -> None:
    async def work() -> float:
        grouping = grouping_of("a", "b")
        server = Server(grouping)
        async with asyncio.TaskGroup() as group:
            group.create_task(server.ask("a"))
            await asyncio.sleep(0)
            group.create_task(server.ask("b"))
            await asyncio.sleep(0.25)
            assert grouping.is_in_doubt
            grouping.tell_loaded({"a", "b"})
            assert not grouping.is_in_doubt
        return asyncio.get_running_loop().time()

    assert run_virtually(work()) == pytest.approx(0.25 + SECONDS)


def test_a_place_in_the_queue_can_be_given_up() -> None:
    async def work() -> None:
        server = Server(grouping_of("a", "b"))
        first = asyncio.create_task(server.ask("a"))
        await asyncio.sleep(0)
        waiting = asyncio.create_task(server.ask("b"))
        await asyncio.sleep(0.5)
        waiting.cancel()
        await asyncio.gather(first, waiting, return_exceptions=True)
        await server.ask("a")
        await server.ask("b")
        assert server.loads == 2

    run_virtually(work())
