"""Faults of a real server on loopback, through the real client: what becomes of each."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from environment import clean_environment
from servers import Answer, FakeServer, openai_server, serving
from timed_client import ask_for

from dialoom.agents.clients.base import ClientOptions
from dialoom.agents.clients.endpoint import Endpoint, RetryPolicy
from dialoom.agents.clients.lane import DENIED
from dialoom.agents.clients.openai import OpenAIClient
from dialoom.chat import Completion
from dialoom.errors import (
    AuthenticationFailed,
    BadReply,
    ContextOverflow,
    ModelError,
    ModelTimeout,
    OutOfCredit,
    Overloaded,
    PermissionDenied,
    RateLimited,
    RequestRefused,
    ServerFault,
    UnknownModel,
)
from dialoom.events import CallRetried, Event, Notice

__all__ = ["clean_environment"]

LONG = "word " * 200_000


def error(message: str, code: str = "") -> dict[str, Any]:
    return {"error": {"message": message, "code": code}}


def choice(text: str | None, reason: str = "stop") -> dict[str, Any]:
    said = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": reason}
    return {"choices": [said], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}


TRANSIENT = {
    "429 without Retry-After": (Answer(error("slow"), status=429), RateLimited),
    "429 with Retry-After": (
        Answer(error("slow"), status=429, headers={"Retry-After": "0.2"}),
        RateLimited,
    ),
    "500": (Answer(error("oops"), status=500), ServerFault),
    "502 with a page": (Answer("<html>Bad Gateway</html>", status=502), ServerFault),
    "503": (Answer(error("loading"), status=503), Overloaded),
    "reset": (Answer(fault="drop"), ServerFault),
    "hang": (Answer(fault="hang"), ModelTimeout),
    "half a body": (Answer(choice("Half of this is missing."), fault="half"), ServerFault),
    "invalid JSON": (Answer("{'choices': oops"), ServerFault),
    "no body": (Answer(""), ServerFault),
    "no choice": (Answer({"choices": []}), BadReply),
    "JSON of another form": (Answer(["no", "reply"]), BadReply),
}

PERMANENT = {
    "wrong key": (Answer(error("bad key"), status=401), AuthenticationFailed),
    "forbidden at first": (Answer(error("not yours"), status=403), PermissionDenied),
    "no such model": (Answer(error("model 'm' not found"), status=404), UnknownModel),
    "too long": (
        Answer(error("maximum context length is 4096 tokens"), status=400),
        ContextOverflow,
    ),
    "refused": (Answer(error("content policy"), status=400), RequestRefused),
    "account is empty": (
        Answer(error("check your plan", "insufficient_quota"), status=429),
        OutOfCredit,
    ),
}


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serving(openai_server()) as running:
        yield running


class Trial:
    """One call through an endpoint whose waits before retries take no time."""

    def __init__(self, server: FakeServer, *, attempts: int = 5, patience: float = 600.0) -> None:
        self.server, self.heard = server, list[Event]()
        self.waits: list[float] = []
        self.policy = RetryPolicy(attempts=attempts, patience=patience)

    def run(self, *answers: Answer) -> Completion:
        return asyncio.run(self._run(answers))

    async def _run(self, answers: tuple[Answer, ...]) -> Completion:
        client = OpenAIClient("m", ClientOptions(base_url=f"{self.server.origin}/v1", timeout=1.0))
        endpoint = Endpoint(client, listener=self.heard.append, retry=self.policy, sleep=self._wait)
        try:
            await endpoint.prepare()
            self.server.received.clear()
            self.server.next_answers.extend(answers)
            (completion,) = await endpoint.complete(ask_for(1))
            return completion
        finally:
            await endpoint.close()

    async def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)

    @property
    def retries(self) -> list[str]:
        return [event.error for event in self.heard if isinstance(event, CallRetried)]


@pytest.mark.parametrize(("answer", "kind"), TRANSIENT.values(), ids=TRANSIENT)
def test_a_fault_that_passes_costs_a_retry_and_no_reply(
    server: FakeServer, answer: Answer, kind: type[ModelError]
) -> None:
    trial = Trial(server)
    assert trial.run(answer, answer).text == "Reply 0."
    assert trial.retries == [kind.__name__] * 2
    assert len(server.chats) == 3


@pytest.mark.parametrize(("answer", "kind"), TRANSIENT.values(), ids=TRANSIENT)
def test_a_fault_that_stays_is_given_up_after_the_allowed_attempts(
    server: FakeServer, answer: Answer, kind: type[ModelError]
) -> None:
    trial = Trial(server, attempts=3, patience=0.3)
    with pytest.raises(kind) as caught:
        trial.run(*[answer] * 9)
    assert type(caught.value) is kind
    assert caught.value.model == "openai/m"
    assert 3 <= len(server.chats) <= 9


@pytest.mark.parametrize(("answer", "kind"), PERMANENT.values(), ids=PERMANENT)
def test_a_fault_that_asking_cannot_mend_is_asked_once(
    server: FakeServer, answer: Answer, kind: type[ModelError]
) -> None:
    trial = Trial(server)
    with pytest.raises(kind):
        trial.run(answer)
    assert (len(server.chats), trial.retries) == (1, [])


def test_a_page_in_place_of_replies_is_an_outage_and_loses_nothing(server: FakeServer) -> None:
    trial = Trial(server)
    page = Answer("<html>Down for maintenance</html>", headers={"Content-Type": "text/html"})
    assert trial.run(*[page] * 5).text == "Reply 0."
    said = [event.message for event in trial.heard if isinstance(event, Notice)]
    assert "asking pauses until openai/m is back" in said[0]
    assert "openai/m answers again after" in said[1]


def moderated(
    server: FakeServer, requests: int, *, status: int, after: int | None = None
) -> list[str]:
    """Return what comes of requests one after another.

    Args:
        server: Whom they are sent to.
        requests: How many.
        status: Of the answer to the second.
        after: The last that is answered so, from the second on; the second alone when None.
    """

    async def work() -> list[str]:
        endpoint = Endpoint(OpenAIClient("m", ClientOptions(base_url=f"{server.origin}/v1")))
        ends = list[str]()
        await endpoint.prepare()
        for number in range(requests):
            if 1 <= number <= (after or 1):
                server.next_answers.append(Answer(error("flagged by moderation"), status=status))
            try:
                ends.append((await endpoint.complete(ask_for(number)))[0].text)
            except ModelError as failure:
                ends.append(f"{type(failure).__name__}: {failure}")
        await endpoint.close()
        return ends

    return asyncio.run(work())


def test_a_403_in_mid_run_costs_the_request_that_it_is_about(server: FakeServer) -> None:
    first, second, third = moderated(server, 3, status=403)
    assert (first, third) == ("Reply 0.", "Reply 0.")
    assert second == (
        f"RequestRefused: openai/m: {server.origin}/v1 refuses the request (403): "
        "flagged by moderation"
    )


def test_a_403_to_one_request_after_another_is_about_the_key(server: FakeServer) -> None:
    first, *denied, last = moderated(server, DENIED + 2, status=403, after=DENIED)
    kinds = [what.partition(":")[0] for what in denied]
    assert first == "Reply 0."
    assert kinds == ["RequestRefused"] * (DENIED - 1) + ["PermissionDenied"]
    assert last == denied[-1]


def test_a_401_in_mid_run_ends_it(server: FakeServer) -> None:
    first, second, third = moderated(server, 3, status=401)
    assert first == "Reply 0."
    assert second.startswith("AuthenticationFailed: ")
    assert third == second


def test_the_wait_is_what_retry_after_says(server: FakeServer) -> None:
    answer = Answer(error("slow"), status=429, headers={"retry-after-ms": "300"})
    trial = Trial(server)
    trial.run(answer)
    assert trial.waits[0] >= 0.3


def test_a_hang_costs_its_own_attempt_and_not_the_next_ones(server: FakeServer) -> None:
    trial = Trial(server)
    trial.run(*[Answer(fault="hang")] * 3)  # 1.2 s together: more than one attempt may take
    assert trial.retries == ["ModelTimeout"] * 3


@pytest.mark.parametrize("text", ["", LONG], ids=["empty", "over-long"])
def test_an_odd_text_is_handed_on_as_it_is_for_the_evaluators(
    server: FakeServer, text: str
) -> None:
    trial = Trial(server)
    assert trial.run(Answer(choice(text))).text == text
    assert trial.retries == []


def test_a_reply_that_was_cut_off_says_so(server: FakeServer) -> None:
    assert Trial(server).run(Answer(choice("I will", "length"))).finish_reason == "length"


def test_a_server_that_goes_away_is_waited_for() -> None:
    """Refused connections; the server comes back on the same port while the endpoint waits."""

    async def work(first: FakeServer) -> Completion:
        client = OpenAIClient("m", ClientOptions(base_url=f"{first.origin}/v1", timeout=2))
        again: list[FakeServer] = []
        waits = 0

        async def wait(seconds: float) -> None:
            nonlocal waits
            waits += 1
            if waits == 2:
                again.append(openai_server(port=int(first.origin.rpartition(":")[2])))

        endpoint = Endpoint(client, sleep=wait)
        try:
            await endpoint.complete(ask_for(1))
            first.close()
            (completion,) = await endpoint.complete(ask_for(2))
            return completion
        finally:
            await endpoint.close()
            for server in again:
                server.close()

    assert asyncio.run(work(openai_server())).text == "Reply 0."
