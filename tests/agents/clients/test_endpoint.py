import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from autogen_core import CancellationToken
from timed_client import ANSWER, Sent, TimedClient, ask_for
from virtual_time import run_virtually

from dialoom.agents.clients.base import ModelTraits
from dialoom.agents.clients.endpoint import Endpoint, RetryPolicy
from dialoom.agents.clients.limits import Limits
from dialoom.chat import ChatRequest, Completion
from dialoom.errors import (
    AuthenticationFailed,
    BadReply,
    ContextOverflow,
    ModelError,
    RateLimited,
    RunConflict,
    ServerFault,
)
from dialoom.events import CallFinished, CallRetried, Event


class Notebook:
    """A journal in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, list[Completion]] = {}

    def find(self, key: str) -> list[Completion] | None:
        return self.kept.get(key)

    async def put(
        self, key: str, model: str, request: ChatRequest, answer: Sequence[Completion]
    ) -> None:
        await asyncio.sleep(0)
        self.kept[key] = list(answer)


def first_fails(*errors: Exception) -> TimedClient:
    left = list(errors)
    return TimedClient(lambda sent: left.pop(0) if left else ANSWER)


def test_an_answer_is_written_down_before_anybody_sees_it() -> None:
    notebook, client = Notebook(), TimedClient()
    (answer,) = run_virtually(Endpoint(client, journal=notebook).complete(ask_for(1)))
    assert notebook.kept[answer.call_key][0].text == answer.text


def test_a_kept_answer_is_given_without_asking_and_told_as_replayed() -> None:
    notebook, client, heard = Notebook(), TimedClient(), list[Event]()
    run_virtually(Endpoint(client, journal=notebook).complete(ask_for(1)))
    again = Endpoint(TimedClient(), journal=notebook, listener=heard.append)
    assert run_virtually(again.complete(ask_for(1)))[0].text == "Yes."
    assert [event.replayed for event in heard if isinstance(event, CallFinished)] == [True]
    assert len(client.sent) == 1


def test_however_many_ask_the_client_is_prepared_once() -> None:
    client = TimedClient()

    async def work() -> None:
        endpoint = Endpoint(client)
        await asyncio.gather(*(endpoint.prepare() for _ in range(9)), endpoint.complete(ask_for(1)))

    run_virtually(work())
    assert client.prepared == 1


@pytest.mark.parametrize(("limit", "most"), [(None, 16), (5, 5), (1, 1), (40, 40)])
def test_no_more_than_the_allowed_requests_are_in_flight(limit: int | None, most: int) -> None:
    client = TimedClient()

    async def work() -> float:
        endpoint = Endpoint(client, limits=Limits(in_flight=limit))
        await asyncio.gather(*(endpoint.complete(ask_for(i)) for i in range(80)))
        assert endpoint.traits.in_flight == most
        return asyncio.get_running_loop().time()

    seconds = run_virtually(work())
    assert client.most_running == most
    assert seconds == pytest.approx(0.1 + 80 / most)


def test_requests_are_sent_in_the_order_they_came() -> None:
    client = TimedClient()

    async def work() -> None:
        endpoint = Endpoint(client, limits=Limits(in_flight=3))
        await asyncio.gather(*(endpoint.complete(ask_for(i)) for i in range(30)))

    run_virtually(work())
    assert [sent.request for sent in client.sent] == [ask_for(i) for i in range(30)]


def test_the_same_call_asked_twice_at_once_is_sent_once() -> None:
    client = TimedClient()

    async def work() -> list[list[Completion]]:
        endpoint = Endpoint(client)
        return await asyncio.gather(*(endpoint.complete(ask_for(1)) for _ in range(5)))

    answers = run_virtually(work())
    assert len(client.sent) == 1
    assert len({answer[0].text for answer in answers}) == 1


def test_whoever_waits_for_a_call_that_is_called_off_asks_for_itself() -> None:
    client = TimedClient()

    async def work() -> list[Completion]:
        endpoint = Endpoint(client)
        first = asyncio.create_task(endpoint.complete(ask_for(1)))
        second = asyncio.create_task(endpoint.complete(ask_for(1)))
        await asyncio.sleep(0.5)
        first.cancel()
        return await second

    assert run_virtually(work())[0].text == "Yes."
    assert len(client.sent) == 2


@pytest.mark.parametrize("error", [RunConflict("full"), StopIteration(), ZeroDivisionError()])
def test_nobody_hangs_on_a_call_that_ends_in_an_error_of_any_kind(error: Exception) -> None:
    client = TimedClient(lambda sent: error)

    async def work() -> list[list[Completion] | BaseException]:
        endpoint = Endpoint(client)
        calls = (endpoint.complete(ask_for(1)) for _ in range(3))
        return await asyncio.gather(*calls, return_exceptions=True)

    assert all(isinstance(result, Exception) for result in run_virtually(work()))


def test_a_failed_call_fails_for_all_who_wait_for_it() -> None:
    client = TimedClient(lambda sent: ContextOverflow("too long"))

    async def work() -> list[list[Completion] | BaseException]:
        endpoint = Endpoint(client)
        calls = (endpoint.complete(ask_for(1)) for _ in range(3))
        return await asyncio.gather(*calls, return_exceptions=True)

    assert [type(result) for result in run_virtually(work())] == [ContextOverflow] * 3
    assert len(client.sent) == 1


@pytest.mark.parametrize("moment", [0.05, 0.5, 1.5])
def test_a_cancelled_token_calls_a_request_off_wherever_it_is(moment: float) -> None:
    client = TimedClient()

    async def work() -> None:
        endpoint = Endpoint(client, limits=Limits(in_flight=1))
        token = CancellationToken()
        ahead = asyncio.create_task(endpoint.complete(ask_for(1)))
        call = asyncio.create_task(endpoint.complete(ask_for(2), cancellation_token=token))
        await asyncio.sleep(moment)
        token.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (await ahead)[0].text == "Yes."
        assert (await endpoint.complete(ask_for(3)))[0].text == "Yes."

    run_virtually(work())


def test_places_of_cancelled_requests_are_given_back() -> None:
    client = TimedClient()

    async def work() -> float:
        endpoint = Endpoint(client, limits=Limits(in_flight=2))
        tasks = [asyncio.create_task(endpoint.complete(ask_for(i))) for i in range(9)]
        await asyncio.sleep(0.5)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(endpoint.complete(ask_for(i)) for i in range(20, 24)))
        return asyncio.get_running_loop().time()

    assert run_virtually(work()) == pytest.approx(2.5)
    assert client.most_running == 2


@pytest.mark.parametrize("kind", [RateLimited, ServerFault, BadReply])
def test_a_transient_failure_is_asked_again_and_told(kind: type[ModelError]) -> None:
    client, heard = first_fails(kind("no"), kind("no")), list[Event]()
    endpoint = Endpoint(client, listener=heard.append)
    assert run_virtually(endpoint.complete(ask_for(1)))[0].text == "Yes."
    retries = [event for event in heard if isinstance(event, CallRetried)]
    assert [(event.error, event.attempt) for event in retries] == [
        (kind.__name__, 1),
        (kind.__name__, 2),
    ]


def test_the_wait_before_a_retry_is_what_the_endpoint_asks_for() -> None:
    client, heard = first_fails(RateLimited("slow down", retry_after=7.0)), list[Event]()
    run_virtually(Endpoint(client, listener=heard.append).complete(ask_for(1)))
    assert [event.delay for event in heard if isinstance(event, CallRetried)] == [7.0]
    assert client.sent[1].at - client.sent[0].at == pytest.approx(8.0)


def test_an_endpoint_that_asks_to_wait_is_sent_nothing_meanwhile() -> None:
    client = first_fails(RateLimited("slow down", retry_after=7.0))

    async def work() -> None:
        endpoint = Endpoint(client, limits=Limits(in_flight=2))
        first = asyncio.create_task(endpoint.complete(ask_for(1)))
        await asyncio.sleep(2)
        await asyncio.gather(first, *(endpoint.complete(ask_for(i)) for i in range(2, 9)))

    run_virtually(work())
    assert sorted(sent.at for sent in client.sent)[1] >= 8.0


def test_a_wait_longer_than_all_patience_ends_the_run_with_the_reason() -> None:
    client = first_fails(RateLimited("asks for fewer requests", retry_after=86_400.0))
    with pytest.raises(ModelError, match=r"fewer requests.*given up for now"):
        run_virtually(Endpoint(client).complete(ask_for(1)))
    assert len(client.sent) == 1


@pytest.mark.parametrize("attempt", range(1, 9))
def test_delays_are_drawn_evenly_up_to_a_doubling_ceiling(attempt: int) -> None:
    policy = RetryPolicy(base=0.5, cap=30.0)
    ceiling = min(30.0, 0.5 * 2**attempt)
    assert policy.delay(attempt, None, 0.0) == 0.0
    assert policy.delay(attempt, None, 0.5) == ceiling / 2
    assert policy.delay(attempt, None, 1.0) == ceiling
    assert policy.delay(attempt, 99.0, 0.5) == 99.0


def test_while_one_waits_for_its_retry_another_has_its_place() -> None:
    client = first_fails(RateLimited("slow down"))

    async def work() -> None:
        endpoint = Endpoint(
            client, limits=Limits(in_flight=1), sleep=lambda seconds: asyncio.sleep(50)
        )
        await asyncio.gather(*(endpoint.complete(ask_for(i)) for i in range(3)))

    run_virtually(work())
    contents = [sent.request.messages[0]["content"][-1] for sent in client.sent]
    assert contents == ["0", "1", "2", "0"]
    assert client.sent[2].at < 10 < client.sent[3].at


def test_a_permanent_error_stops_everybody_at_once() -> None:
    client = TimedClient(lambda sent: AuthenticationFailed("the key was refused"))

    async def work() -> list[list[Completion] | BaseException]:
        endpoint = Endpoint(client, limits=Limits(in_flight=2))
        calls = (endpoint.complete(ask_for(i)) for i in range(50))
        return await asyncio.gather(*calls, return_exceptions=True)

    assert {type(result) for result in run_virtually(work())} == {AuthenticationFailed}
    assert len(client.sent) == 2


def test_a_request_that_does_not_fit_costs_itself_alone() -> None:
    def reply(sent: Sent) -> Completion | Exception:
        too_long = "Question 3" in sent.request.messages[0]["content"]
        return ContextOverflow("too long") if too_long else ANSWER

    async def work() -> list[list[Completion] | BaseException]:
        endpoint = Endpoint(TimedClient(reply))
        calls = (endpoint.complete(ask_for(i)) for i in range(5))
        return await asyncio.gather(*calls, return_exceptions=True)

    results = run_virtually(work())
    assert [isinstance(result, ContextOverflow) for result in results] == [
        place == 3 for place in range(5)
    ]


def test_the_client_is_asked_for_siblings_as_its_traits_say_after_preparing() -> None:
    class Learns(TimedClient):
        async def prepare(self) -> None:
            self.traits = replace(self.traits, siblings_together=True, in_flight=3)

    endpoint = Endpoint(Learns(traits=ModelTraits()))
    run_virtually(endpoint.prepare())
    assert (endpoint.traits.siblings_together, endpoint.traits.in_flight) == (True, 3)
