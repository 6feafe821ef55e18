import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from random import Random

import pytest
from timed_client import ANSWER, Sent, TimedClient, ask_for
from virtual_time import run_virtually

from dialoom.agents.clients.base import ModelTraits
from dialoom.agents.clients.endpoint import Endpoint
from dialoom.agents.clients.limits import Cost, Limits, Rates, Window
from dialoom.chat import Completion, Usage
from dialoom.errors import RequestRefused, ServerFault

WAITERS = 1_000


def fullest(moments: Sequence[float], amounts: Sequence[int], span: float = 60.0) -> int:
    """Return the most that any window of so many seconds holds, both its ends included.

    The fullest window can be moved until it begins with something, so those are all there are.
    """
    ordered = sorted(zip(moments, amounts, strict=True))
    times = [moment for moment, _ in ordered]
    sums = [0]
    for _, amount in ordered:
        sums.append(sums[-1] + amount)
    return max(
        sums[bisect_right(times, start + span)] - sums[place] for place, start in enumerate(times)
    )


def drive(client: TimedClient, limits: Limits, *, seed: int = 0) -> float:
    """Ask for a thousand replies, many at once and the rest by and by; return the seconds."""
    chance = Random(seed)

    async def one(endpoint: Endpoint, number: int) -> None:
        if number % 2:
            await asyncio.sleep(chance.uniform(0, 90))
        request = ask_for("x" * chance.randrange(400) + str(number), max_tokens=40)
        await endpoint.complete(request)

    async def work() -> float:
        endpoint = Endpoint(client, limits=limits)
        async with asyncio.TaskGroup() as group:
            for number in range(WAITERS):
                group.create_task(one(endpoint, number))
        return asyncio.get_running_loop().time()

    return run_virtually(work())


@pytest.mark.parametrize("rpm", [97, 200, 600])
@pytest.mark.parametrize("seed", [1, 2])
def test_no_minute_holds_more_requests_than_allowed(rpm: int, seed: int) -> None:
    chance = Random(seed)
    client = TimedClient(seconds=lambda now: chance.uniform(0.1, 20))
    seconds = drive(client, Limits(requests_per_minute=rpm, in_flight=500), seed=seed)
    moments = [sent.at for sent in client.sent]
    assert len(moments) == WAITERS
    assert fullest(moments, [1] * WAITERS) <= rpm
    assert seconds < max(90, 60 * WAITERS / rpm) + 90


@pytest.mark.parametrize("seed", [1, 2])
def test_no_minute_holds_more_tokens_than_allowed(seed: int) -> None:
    chance = Random(seed)

    def reply(sent: object) -> Completion:
        return Completion("Yes.", usage=Usage(chance.randrange(8, 20), chance.randrange(1, 41)))

    client = TimedClient(reply, seconds=lambda now: chance.uniform(0.1, 20))
    drive(client, Limits(tokens_per_minute=9_000, in_flight=500), seed=seed)
    moments, tokens = [sent.at for sent in client.sent], [sent.tokens for sent in client.sent]
    assert fullest(moments, tokens) <= 9_000


def test_both_limits_hold_together_also_while_requests_fail() -> None:
    chance = Random(3)

    def reply(sent: object) -> Completion | Exception:
        return ServerFault("no") if chance.random() < 0.1 else ANSWER

    client = TimedClient(reply)
    drive(client, Limits(requests_per_minute=300, tokens_per_minute=30_000, in_flight=500))
    moments = [sent.at for sent in client.sent]
    assert len(moments) > WAITERS
    assert fullest(moments, [1] * len(moments)) <= 300
    assert fullest(moments, [sent.tokens for sent in client.sent]) <= 30_000


def test_a_limit_is_used_to_the_full() -> None:
    client = TimedClient()
    drive(client, Limits(requests_per_minute=200, in_flight=500))
    moments = sorted(sent.at for sent in client.sent)
    steady = [moment for moment in moments if 60 <= moment < 240]
    assert len(steady) > 0.98 * 3 * 200


def test_no_burst_takes_a_minutes_worth_at_once() -> None:
    client = TimedClient()
    drive(client, Limits(requests_per_minute=200, in_flight=500))
    assert fullest([sent.at for sent in client.sent], [1] * WAITERS, span=6.0) <= 20


def test_what_a_reply_did_not_take_goes_to_the_next_ones() -> None:
    """Each reserves 500 tokens and takes 50: by reservation alone 12 would go in a minute."""
    client = TimedClient(seconds=0.5)

    async def work() -> float:
        endpoint = Endpoint(client, limits=Limits(tokens_per_minute=6_000))
        calls = (endpoint.complete(ask_for(i, max_tokens=489)) for i in range(100))
        await asyncio.gather(*calls)
        return asyncio.get_running_loop().time()

    assert run_virtually(work()) < 60


def test_what_a_reply_took_beyond_its_estimate_is_waited_for() -> None:
    client = TimedClient(lambda sent: Completion("Yes.", usage=Usage(2_000, 1_000)))

    async def work() -> None:
        endpoint = Endpoint(client, limits=Limits(tokens_per_minute=3_000))
        await endpoint.complete(ask_for(1, max_tokens=10))
        await endpoint.complete(ask_for(2, max_tokens=10))

    run_virtually(work())
    assert client.sent[1].at - client.sent[0].at > 60


def test_nobody_overtakes_a_large_request() -> None:
    client = TimedClient(lambda sent: Completion("Yes.", usage=Usage(0, 900)))

    async def work() -> None:
        endpoint = Endpoint(client, limits=Limits(tokens_per_minute=1_000))
        sizes = [900, 900, 10, 10]
        calls = (endpoint.complete(ask_for(i, max_tokens=n)) for i, n in enumerate(sizes))
        await asyncio.gather(*calls)

    run_virtually(work())
    assert [sent.request.messages[0]["content"] for sent in client.sent] == [
        f"Question {i}" for i in range(4)
    ]


def test_a_request_that_no_minute_has_room_for_is_refused_and_says_why() -> None:
    endpoint = Endpoint(TimedClient(), limits=Limits(tokens_per_minute=100))
    with pytest.raises(RequestRefused, match=r"511 tokens, more than --tpm allows"):
        run_virtually(endpoint.complete(ask_for(1, max_tokens=500)))


@pytest.mark.parametrize("siblings_together", [True, False])
def test_one_long_reply_refuses_no_later_request(siblings_together: bool) -> None:
    def reply(sent: Sent) -> Completion:
        is_long = sent.request == ask_for("long")
        return Completion("Yes.", usage=Usage(30, 5_000 if is_long else 150))

    traits = ModelTraits(siblings_together=siblings_together)
    client = TimedClient(reply, traits=traits)

    async def work() -> None:
        endpoint = Endpoint(client, limits=Limits(tokens_per_minute=20_000))
        await endpoint.complete(ask_for("long"))
        calls = (endpoint.complete(ask_for(number, seeds=4)) for number in range(10))
        await asyncio.gather(*calls)

    run_virtually(work())
    assert len(client.sent) == 11


def test_one_long_reply_does_not_slow_down_all_that_follow() -> None:
    """By the longest reply alone one call would go in each minute, and twenty have room in it."""
    client = TimedClient(
        lambda sent: Completion(
            "Yes.", usage=Usage(30, 5_000 if sent.request == ask_for("long") else 200)
        )
    )

    async def work() -> float:
        endpoint = Endpoint(client, limits=Limits(tokens_per_minute=20_000))
        await endpoint.complete(ask_for("long"))
        for number in range(200):
            await endpoint.complete(ask_for(number, seeds=4))
        return asyncio.get_running_loop().time()

    assert run_virtually(work()) < 60 * 30


def test_a_prompt_that_no_minute_has_room_for_is_refused_without_max_tokens() -> None:
    endpoint = Endpoint(TimedClient(), limits=Limits(tokens_per_minute=100))
    with pytest.raises(RequestRefused, match="more than --tpm allows"):
        run_virtually(endpoint.complete(ask_for("x" * 4_000)))


def test_siblings_asked_for_one_by_one_count_one_by_one() -> None:
    rates = Rates(Limits(requests_per_minute=40))
    rates.reserve(Cost(requests=3), 0.0)
    assert rates.ready_at(Cost(requests=1), 0.0) == 0.0
    assert rates.ready_at(Cost(requests=2), 0.0) > 6.0


def test_a_window_gives_back_what_is_a_minute_old() -> None:
    window = Window(10, span=60.0)
    window.add(6, 0.0)
    window.add(4, 30.0)
    assert window.ready_at(1, 31.0) == 60.0
    assert window.ready_at(7, 31.0) == 90.0
    assert window.ready_at(6, 60.0) == 60.0


def test_a_refund_is_as_if_nothing_was_sent() -> None:
    rates = Rates(Limits(requests_per_minute=10, tokens_per_minute=100))
    rates.reserve(Cost(1, 100), 0.0).refund()
    assert rates.ready_at(Cost(1, 100), 0.0) == 0.0


def test_a_cancelled_request_takes_nothing_of_the_limit() -> None:
    client = TimedClient()

    async def work() -> None:
        endpoint = Endpoint(client, limits=Limits(requests_per_minute=1))
        first = asyncio.create_task(endpoint.complete(ask_for(1)))
        await asyncio.sleep(10)
        second = asyncio.create_task(endpoint.complete(ask_for(2)))
        third = asyncio.create_task(endpoint.complete(ask_for(3)))
        await asyncio.sleep(10)
        second.cancel()
        await asyncio.gather(first, third)

    run_virtually(work())
    assert len(client.sent) == 2
