import asyncio
from collections.abc import Callable

import pytest
from timed_client import ANSWER, Sent, TimedClient, ask_for
from virtual_time import run_virtually

from dialoom.agents.clients.base import ModelTraits
from dialoom.agents.clients.endpoint import Endpoint
from dialoom.agents.clients.limits import Limits
from dialoom.agents.clients.pace import Pace, units
from dialoom.chat import Completion, Usage
from dialoom.errors import Overloaded, RateLimited


def answer(pace: Pace, count: int, seconds: float) -> None:
    for _ in range(count):
        pace.answered(seconds, 100.0, sent_at_fall=pace.falls)


async def ask_many(endpoint: Endpoint, count: int) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(endpoint.complete(ask_for(number)))


def running_at(client: TimedClient, moment: float, seconds: float) -> int:
    return sum(sent.at <= moment < sent.at + seconds for sent in client.sent)


def test_it_begins_with_all_that_is_allowed_and_never_has_more() -> None:
    pace = Pace(32)
    assert pace.width == 32
    answer(pace, 1_000, 1.0)
    assert pace.width == 32


def test_two_slow_windows_in_a_row_halve_the_width() -> None:
    pace = Pace(32)
    answer(pace, 32, 1.0)
    answer(pace, 32, 3.0)
    answer(pace, 32, 1.0)
    answer(pace, 32, 3.0)
    assert pace.width == 32
    answer(pace, 32, 3.0)
    assert pace.width == 16


def test_each_window_that_is_not_slow_adds_one() -> None:
    pace = Pace(32)
    answer(pace, 32, 1.0)
    answer(pace, 64, 3.0)
    answer(pace, 16 + 17 + 18, 1.0)
    assert pace.width == 19


@pytest.mark.parametrize("kind", [RateLimited, Overloaded])
def test_one_crowd_of_refusals_halves_the_width_once(
    kind: Callable[[str], Exception],
) -> None:
    client = TimedClient(lambda sent: kind("too many") if 5 <= sent.at < 6 else ANSWER, seconds=1.0)
    endpoint = Endpoint(client, limits=Limits(in_flight=40))
    run_virtually(ask_many(endpoint, 1_000))
    assert running_at(client, 4.9, 1.0) == 40
    assert 20 <= running_at(client, 9.5, 1.0) <= 25
    assert client.most_running == 40


def test_the_width_finds_what_a_server_takes_and_stays_near_it() -> None:
    """The server refuses whoever is the eleventh."""
    client = TimedClient(lambda sent: ANSWER, seconds=1.0)
    refused: list[float] = []

    def reply(sent: Sent) -> Completion | Exception:
        if running_at(client, sent.at, 1.0) > 10:
            refused.append(sent.at)
            return RateLimited("too many")
        return ANSWER

    client._reply = reply
    run_virtually(ask_many(Endpoint(client, limits=Limits(in_flight=64)), 1_500))
    late = [sent.at for sent in client.sent if sent.at > 100]
    shed = [moment for moment in refused if moment > 100]
    assert len(late) > 300
    assert len(shed) < 0.35 * len(late)


def test_long_replies_are_not_taken_for_a_slow_server() -> None:
    pace = Pace(32)
    for _ in range(10):
        for tokens in (20, 400):
            reply = Completion("…", usage=Usage(500, tokens))
            for _ in range(32):
                work = units([reply])
                pace.answered(work * 0.02, work, sent_at_fall=pace.falls)
    assert pace.width == 32


def test_what_takes_no_time_is_never_slow() -> None:
    pace = Pace(32)
    answer(pace, 32, 0.001)
    answer(pace, 64, 0.04)
    assert pace.width == 32


def test_an_engine_with_fixed_slots_keeps_its_width() -> None:
    client = TimedClient(
        lambda sent: ANSWER,
        seconds=lambda now: 1.0 if now < 20 else 9.0,
        traits=ModelTraits(siblings_together=True, in_flight=8, adapts=False),
    )
    run_virtually(ask_many(Endpoint(client), 300))
    assert running_at(client, 99.0, 9.0) == 8


def test_a_server_that_becomes_slow_gets_fewer_requests_and_later_more_again() -> None:
    client = TimedClient(seconds=lambda now: 4.0 if 20 <= now < 60 else 1.0)
    endpoint = Endpoint(client, limits=Limits(in_flight=32))
    run_virtually(ask_many(endpoint, 3_000))
    sent = [one.at for one in client.sent]
    assert sum(10 <= at < 20 for at in sent) == 320
    assert sum(40 <= at < 60 for at in sent) < 0.7 * 32 * 20 / 4
    assert sum(90 <= at < 100 for at in sent) > 250
