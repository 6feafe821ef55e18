import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from scenes import NO_CRITIC, write_scene
from timed_client import ANSWER, Sent, TimedClient, ask_for
from virtual_time import run_virtually

from dialoom.agents.clients.breaker import Breaker, BreakerPolicy
from dialoom.agents.clients.endpoint import Endpoint, RetryPolicy
from dialoom.agents.clients.limits import Limits
from dialoom.build import RunOptions, simulate_run
from dialoom.chat import Completion
from dialoom.errors import ModelError, ModelUnavailable, RateLimited, ServerFault
from dialoom.events import CallRetried, Event, Notice


def down(begin: float, end: float, kind: type[ModelError] = ServerFault) -> TimedClient:
    """Return a model whose server is gone between two moments."""

    def reply(sent: Sent) -> Completion | Exception:
        now = asyncio.get_running_loop().time()
        return kind("openai/m: no connection") if begin <= now < end else ANSWER

    return TimedClient(reply)


def notices(heard: list[Event]) -> list[str]:
    return [event.message for event in heard if isinstance(event, Notice)]


async def asked(endpoint: Endpoint, count: int) -> list[list[Completion] | BaseException]:
    calls = (endpoint.complete(ask_for(i)) for i in range(count))
    return await asyncio.gather(*calls, return_exceptions=True)


@pytest.mark.parametrize("in_flight", [1, 4, 64])
@pytest.mark.parametrize("kind", [ServerFault, RateLimited])
def test_an_endpoint_dead_for_a_minute_loses_nothing(
    in_flight: int, kind: type[ModelError]
) -> None:
    client = down(5.0, 65.0, kind)
    results = run_virtually(asked(Endpoint(client, limits=Limits(in_flight=in_flight)), 300))
    assert [type(result) for result in results] == [list] * 300


def test_an_outage_and_its_end_are_each_said_once() -> None:
    heard: list[Event] = []
    run_virtually(asked(Endpoint(down(5.0, 65.0), listener=heard.append), 300))
    first, last = notices(heard)
    assert first == "openai/m: no connection; asking pauses until scripted/timed is back"
    assert last.startswith("scripted/timed answers again after ")


def test_while_an_endpoint_is_down_it_is_tried_ever_more_seldom() -> None:
    client = down(5.0, 125.0)
    run_virtually(asked(Endpoint(client), 300))
    moments = sorted(sent.at for sent in client.sent if 8.0 < sent.at < 125.0)
    gaps = [late - early for early, late in pairwise(moments)]
    assert len(moments) < 10
    assert gaps == sorted(gaps)
    assert gaps[-1] == pytest.approx(31.0)  # the longest pause, and a second for the answer


def test_trees_in_flight_wait_through_an_outage(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, NO_CRITIC.replace("sample: 4", "sample: 40"))
    client = down(5.0, 65.0)
    options = RunOptions(model=client.name, out=tmp_path / "run", concurrency=8)
    run = run_virtually(simulate_run(scene, options, clients={client.name: client}))
    assert (run.summary.trees, run.summary.lost_branches) == (40, {})
    assert any("answers again" in notice for notice in run.summary.notices)


def test_a_request_that_fails_while_others_are_answered_is_given_up() -> None:
    def reply(sent: Sent) -> Completion | Exception:
        poison = sent.request == ask_for(7)
        return ServerFault("template error") if poison else ANSWER

    client = TimedClient(reply)
    results = run_virtually(asked(Endpoint(client, limits=Limits(in_flight=4)), 400))
    assert [i for i, result in enumerate(results) if isinstance(result, ServerFault)] == [7]
    attempts = sum(sent.request == ask_for(7) for sent in client.sent)
    assert attempts <= RetryPolicy().attempts + 1  # the first may come before any answer


def test_a_request_that_fails_alone_costs_itself_and_not_the_run() -> None:
    def reply(sent: Sent) -> Completion | Exception:
        return ServerFault("template error") if sent.request == ask_for(1) else ANSWER

    async def work() -> None:
        endpoint = Endpoint(TimedClient(reply), limits=Limits(in_flight=1))
        await endpoint.complete(ask_for(0))
        with pytest.raises(ServerFault, match="template error"):
            await endpoint.complete(ask_for(1))
        assert asyncio.get_running_loop().time() < 200
        assert (await endpoint.complete(ask_for(2)))[0].text == "Yes."

    run_virtually(work())


def test_an_endpoint_that_stays_away_is_given_up_with_the_reason() -> None:
    async def work() -> tuple[float, list[list[Completion] | BaseException]]:
        endpoint = Endpoint(down(5.0, 1e9), limits=Limits(in_flight=8))
        results = await asked(endpoint, 100)
        return asyncio.get_running_loop().time(), results

    seconds, results = run_virtually(work())
    assert 600 < seconds < 700
    lost = [result for result in results if not isinstance(result, list)]
    assert {type(result) for result in lost} == {ModelUnavailable}
    assert "no connection; it is given up for now" in str(lost[-1])


def test_one_request_after_another_does_not_wait_for_ever_on_an_endpoint_that_is_gone() -> None:
    async def work() -> tuple[float, list[type[BaseException]]]:
        endpoint, errors = Endpoint(down(5.0, 1e9)), list[type[BaseException]]()
        for number in range(50):
            try:
                await endpoint.complete(ask_for(number))
            except ModelError as error:
                errors.append(type(error))
        return asyncio.get_running_loop().time(), errors

    seconds, errors = run_virtually(work())
    assert 600 < seconds < 700
    assert errors[:2] == [ServerFault, ModelUnavailable]


def one_glitch_after(idle: float) -> tuple[list[str], int]:
    """Return what becomes of a request that fails alone, and of one that fails once after a rest.

    Returns:
        The class of each result, and the attempts at the second request.
    """
    glitches = [ServerFault("a glitch")]

    def reply(sent: Sent) -> Completion | Exception:
        if sent.request == ask_for("poison"):
            return ServerFault("template error")
        return glitches.pop() if glitches and sent.request == ask_for("glitch") else ANSWER

    client = TimedClient(reply)

    async def work() -> list[str]:
        endpoint = Endpoint(client)
        await endpoint.complete(ask_for("first"))
        (poison,) = await asyncio.gather(
            endpoint.complete(ask_for("poison")), return_exceptions=True
        )
        await asyncio.sleep(idle)
        (glitch,) = await asyncio.gather(
            endpoint.complete(ask_for("glitch")), return_exceptions=True
        )
        return [type(poison).__name__, type(glitch).__name__]

    kinds = run_virtually(work())
    return kinds, sum(sent.request == ask_for("glitch") for sent in client.sent)


@pytest.mark.parametrize("idle", [0.0, 500.0, 1200.0])
def test_time_in_which_nobody_asks_is_no_silence_of_the_endpoint(idle: float) -> None:
    assert one_glitch_after(idle) == (["ServerFault", "list"], 2)


def test_after_a_long_rest_a_request_that_fails_alone_costs_itself_again() -> None:
    def reply(sent: Sent) -> Completion | Exception:
        return ServerFault("template error") if "poison" in str(sent.request) else ANSWER

    async def work() -> list[str]:
        endpoint, ends = Endpoint(TimedClient(reply)), list[str]()
        await endpoint.complete(ask_for("first"))
        for number in range(3):
            try:
                await endpoint.complete(ask_for(f"poison {number}"))
            except ModelError as error:
                ends.append(type(error).__name__)
            await asyncio.sleep(1200)
        return ends

    assert run_virtually(work()) == ["ServerFault"] * 3


def test_an_endpoint_that_never_answered_is_given_up_sooner() -> None:
    async def work() -> float:
        with pytest.raises(ServerFault):
            await Endpoint(down(0.0, 1e9)).complete(ask_for(1))
        return asyncio.get_running_loop().time()

    assert run_virtually(work()) < 200


def test_failures_are_told_with_their_number() -> None:
    heard: list[Event] = []
    run_virtually(asked(Endpoint(down(0.0, 20.0), listener=heard.append), 1))
    numbers = [event.attempt for event in heard if isinstance(event, CallRetried)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_breaker_opens_at_its_number_of_failures_in_a_row_and_not_before() -> None:
    breaker = Breaker(BreakerPolicy(failures=3), "it", lambda text: None)
    for outcome in "ff+ff+fff":
        assert not breaker.is_paused
        if outcome == "+":
            breaker.answered(1.0)
        else:
            breaker.failed(ServerFault("no"), 1.0, trial=False)
    assert breaker.is_paused
    assert breaker.ready_at(1.0) == 2.0
