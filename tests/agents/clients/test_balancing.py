import asyncio

import pytest
from timed_client import ANSWER, Sent, TimedClient, ask_for
from virtual_time import run_virtually

from dialoom.agents.clients.base import ModelTraits
from dialoom.agents.clients.endpoint import Endpoint
from dialoom.agents.clients.limits import Limits
from dialoom.chat import Completion
from dialoom.errors import (
    AuthenticationFailed,
    ModelError,
    ModelUnavailable,
    OutOfCredit,
    Overloaded,
    RateLimited,
    ServerFault,
    UnknownModel,
)
from dialoom.events import Event, Notice


def ask_many(endpoint: Endpoint, count: int) -> tuple[float, int]:
    """Return the seconds that so many calls take, and how many of them fail."""

    async def work() -> tuple[float, int]:
        calls = (endpoint.complete(ask_for(i)) for i in range(count))
        results = await asyncio.gather(*calls, return_exceptions=True)
        lost = sum(isinstance(result, BaseException) for result in results)
        return asyncio.get_running_loop().time(), lost

    return run_virtually(work())


def test_each_server_gets_what_it_finishes() -> None:
    fast, slow = TimedClient(seconds=1.0), TimedClient(seconds=3.0)
    seconds, _ = ask_many(Endpoint(fast, others=[slow], limits=Limits(in_flight=10)), 800)
    assert len(fast.sent) == pytest.approx(600, abs=20)
    assert seconds == pytest.approx(800 / (10 + 10 / 3), rel=0.1)


def test_what_one_server_can_do_goes_to_the_quicker_one() -> None:
    fast, slow = TimedClient(seconds=1.0), TimedClient(seconds=3.0)

    async def work() -> None:
        endpoint = Endpoint(slow, others=[fast])
        for number in range(50):
            await endpoint.complete(ask_for(number))

    run_virtually(work())
    assert len(fast.sent) > 45


def test_limits_are_those_of_each_server() -> None:
    clients = [TimedClient(seconds=5.0) for _ in range(3)]
    endpoint = Endpoint(clients[0], others=clients[1:], limits=Limits(in_flight=4))
    ask_many(endpoint, 60)
    assert [client.most_running for client in clients] == [4, 4, 4]
    assert endpoint.traits.in_flight == 12


def test_a_server_that_dies_is_left_out_until_it_is_back() -> None:
    def reply(sent: Sent) -> Completion | Exception:
        return ServerFault("no connection") if 5 <= sent.at < 65 else ANSWER

    heard: list[Event] = []
    steady, mortal = TimedClient(), TimedClient(reply)
    endpoint = Endpoint(steady, others=[mortal], limits=Limits(in_flight=4), listener=heard.append)
    seconds, lost = ask_many(endpoint, 600)
    assert lost == 0
    assert sum(5 <= sent.at < 65 for sent in mortal.sent) < 20
    assert sum(sent.at >= 100 for sent in mortal.sent) > 0
    said = [event.message for event in heard if isinstance(event, Notice)]
    assert said[0] == "no connection; asking pauses until scripted/timed (server 2) is back"
    assert said[1].startswith("scripted/timed (server 2) answers again after ")
    assert len(said) == 2
    assert seconds < 130


class Absent(TimedClient):
    """Is not running when it is prepared first."""

    def __init__(self, until: float) -> None:
        super().__init__()
        self.until = until

    async def prepare(self) -> None:
        await super().prepare()
        if asyncio.get_running_loop().time() < self.until:
            raise ModelUnavailable("nothing answers there")


def test_a_server_that_is_down_at_the_start_joins_when_it_is_up() -> None:
    late = Absent(until=20.0)
    endpoint = Endpoint(TimedClient(), others=[late], limits=Limits(in_flight=4))
    _, lost = ask_many(endpoint, 400)
    assert lost == 0
    assert min(sent.at for sent in late.sent) > 20
    assert len(late.sent) > 50


def test_no_server_at_all_is_an_error_at_once() -> None:
    with pytest.raises(ModelUnavailable, match="nothing answers"):
        run_virtually(Endpoint(Absent(9e9), others=[Absent(9e9)]).prepare())


def test_a_server_with_another_model_is_an_error_at_once() -> None:
    class Other(TimedClient):
        async def prepare(self) -> None:
            raise UnknownModel("no such model")

    with pytest.raises(UnknownModel):
        run_virtually(Endpoint(TimedClient(), others=[Other()]).prepare())


@pytest.mark.parametrize("kind", [AuthenticationFailed, OutOfCredit])
def test_a_server_without_key_or_credit_in_mid_run_is_left_out_and_nothing_lost(
    kind: type[ModelError],
) -> None:
    def reply(sent: Sent) -> Completion | Exception:
        return kind("not for this account") if sent.at > 5 else ANSWER

    heard: list[Event] = []
    expired = TimedClient(reply)
    endpoint = Endpoint(
        expired, others=[TimedClient()], limits=Limits(in_flight=4), listener=heard.append
    )
    _, lost = ask_many(endpoint, 200)
    assert lost == 0
    assert sum(sent.at > 7 for sent in expired.sent) == 0
    assert "scripted/timed (server 1) is left out" in str(heard)


@pytest.mark.parametrize("kind", [RateLimited, Overloaded])
def test_a_server_that_asks_for_an_hour_is_left_out_so_long_and_nothing_lost(
    kind: type[ModelError],
) -> None:
    def reply(sent: Sent) -> Completion | Exception:
        return kind("slow down", retry_after=3600.0) if 5 < sent.at < 3000 else ANSWER

    heard: list[Event] = []
    weary = TimedClient(reply)
    endpoint = Endpoint(
        TimedClient(), others=[weary], limits=Limits(in_flight=4), listener=heard.append
    )
    seconds, lost = ask_many(endpoint, 16_000)
    assert (lost, seconds > 3610) == (0, True)
    assert not any(7 < sent.at < 3605 for sent in weary.sent)
    assert any(sent.at > 3605 for sent in weary.sent)
    said = [event.message for event in heard if isinstance(event, Notice)]
    assert said == ["slow down; scripted/timed (server 2) is left out for 3,600 s"]


def test_a_request_that_one_server_puts_off_is_taken_by_another_at_once() -> None:
    def reply(sent: Sent) -> Completion | Exception:
        return RateLimited("slow down", retry_after=60.0) if sent.at < 50 else ANSWER

    busy, free = TimedClient(reply), TimedClient()
    endpoint = Endpoint(busy, others=[free], limits=Limits(in_flight=8))
    seconds, lost = ask_many(endpoint, 16)
    assert (lost, len(busy.sent) > 0, len(free.sent)) == (0, True, 16)
    assert seconds < 10


def test_servers_that_all_ask_for_an_hour_are_given_up_with_the_reason() -> None:
    def reply(sent: Sent) -> Completion | Exception:
        return RateLimited("slow down", retry_after=3600.0) if sent.at > 5 else ANSWER

    endpoint = Endpoint(TimedClient(reply), others=[TimedClient(reply)])

    async def work() -> list[list[Completion] | BaseException]:
        calls = (endpoint.complete(ask_for(i)) for i in range(400))
        return await asyncio.gather(*calls, return_exceptions=True)

    lost = [result for result in run_virtually(work()) if not isinstance(result, list)]
    assert {type(error) for error in lost} == {ModelUnavailable}
    assert {str(error) for error in lost} == {"slow down; it is given up for now"}


def test_the_last_server_without_a_key_is_not_waited_for_by_one_that_asks_for_an_hour() -> None:
    weary = TimedClient(lambda sent: RateLimited("slow down", retry_after=3600.0))
    locked = TimedClient(
        lambda sent: AuthenticationFailed("no key") if sent.at > 50 else ANSWER, seconds=2.0
    )

    async def work() -> float:
        endpoint = Endpoint(locked, others=[weary], limits=Limits(in_flight=1))
        while asyncio.get_running_loop().time() < 50:
            await endpoint.complete(ask_for(f"{asyncio.get_running_loop().time()}"))
        with pytest.raises(AuthenticationFailed):
            await endpoint.complete(ask_for("the last"))
        return asyncio.get_running_loop().time()

    assert run_virtually(work()) < 100


def test_servers_offer_together_what_each_of_them_offers() -> None:
    rich = TimedClient(traits=ModelTraits(context=8_000, siblings_together=True, logprobs=True))
    poor = TimedClient(traits=ModelTraits(context=2_000, siblings_together=False, logprobs=True))
    endpoint = Endpoint(rich, others=[poor])
    run_virtually(endpoint.prepare())
    traits = endpoint.traits
    assert (traits.context, traits.siblings_together, traits.logprobs) == (2_000, False, True)
