"""What an endpoint says of itself while it is at work."""

import asyncio

from virtual_time import run_virtually

from dialoom.agents.clients.balancing import Standing
from dialoom.agents.clients.base import ModelTraits
from dialoom.agents.clients.breaker import BreakerPolicy
from dialoom.agents.clients.endpoint import Endpoint
from dialoom.agents.clients.limits import Limits
from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.chat import ChatMessage, ChatRequest, Completion, Sampling
from dialoom.errors import RateLimited, ServerFault


class Slow(ScriptedClient):
    """Takes ten seconds for a reply, after it has failed with what it is given."""

    def __init__(self, *failures: Exception) -> None:
        super().__init__(lambda request, seed: "yes", name="scripted/slow")
        self.traits = ModelTraits(in_flight=2)
        self.failures = list(failures)

    async def complete(self, request: ChatRequest, **options: object) -> list[Completion]:
        if self.failures:
            raise self.failures.pop(0)
        await asyncio.sleep(10)
        return await super().complete(request)


def standing(client: Slow, *, calls: int, limits: Limits | None = None) -> Standing:
    """Return how an endpoint fares half a second after so many calls."""

    async def work() -> Standing:
        policy = BreakerPolicy(failures=1, first=20)
        endpoint = Endpoint(client, limits=limits, breaker=policy)
        async with asyncio.TaskGroup() as group:
            for number in range(calls):
                question: ChatMessage = {"role": "user", "content": f"question {number}"}
                request = ChatRequest((question,), Sampling(), (number,))
                group.create_task(endpoint.complete(request))
            await asyncio.sleep(0.5)
            return endpoint.standing

    return run_virtually(work())


def test_calls_in_flight_and_waiting_are_told_apart() -> None:
    assert standing(Slow(), calls=5) == Standing(2, 3, "")


def test_an_endpoint_that_is_paused_says_for_how_long() -> None:
    found = standing(Slow(ServerFault("boom")), calls=1)
    assert found.trouble == "paused for 20 s"


def test_an_endpoint_that_was_told_to_wait_says_for_how_long() -> None:
    found = standing(Slow(RateLimited("slow down", retry_after=30)), calls=1)
    assert found.trouble.startswith("told to wait ")


def test_an_endpoint_at_its_rate_limit_says_for_how_long() -> None:
    found = standing(Slow(), calls=2, limits=Limits(requests_per_minute=10))
    assert (found.in_flight, found.waiting) == (0, 2)
    assert found.trouble == "at its rate limit for 6 s"
