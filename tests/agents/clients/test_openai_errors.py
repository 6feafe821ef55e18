import re
import time
from email.utils import formatdate

import pytest
from client_calls import chat
from environment import clean_environment
from openai_calls import ask, client_of, failure
from servers import Answer, openai_server, serving

from dialoom.errors import (
    BadReply,
    ContextOverflow,
    ModelError,
    ModelTimeout,
    OutOfCredit,
    Overloaded,
    RateLimited,
    RequestRefused,
    ServerFault,
    UnknownModel,
)

__all__ = ["clean_environment"]


EMPTY = {"finish_reason": "error", "message": {"content": ""}}
BROKEN_OFF = Answer(
    status=200,
    value={"choices": [{**EMPTY, "error": {"code": 502, "message": "upstream is gone"}}]},
)
"""As OpenRouter has it when a provider fails in mid-reply."""


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (Answer(status=500, value="oops"), ServerFault, "failed (500): oops"),
        (Answer(status=502), ServerFault, "failed (502)"),
        (Answer(status=503, value={"error": {"message": "Loading model"}}), Overloaded, "Loading"),
        (
            Answer(status=400, value={"error": {"message": "bad top_k"}}),
            RequestRefused,
            "bad top_k",
        ),
        (Answer(status=422, value={"detail": [{"msg": "no"}]}), RequestRefused, '"msg": "no"'),
        (Answer(status=404, value={"detail": "Not Found"}), RequestRefused, "end in /v1?"),
        (
            Answer(status=404, value={"message": "The model `m` does not exist.", "code": 404}),
            UnknownModel,
            "has no such model (404): The model `m` does not exist.",
        ),
        (
            Answer(
                status=400,
                value={"error": {"message": "too long", "code": "context_length_exceeded"}},
            ),
            ContextOverflow,
            "does not fit into the model's context",
        ),
        (
            Answer(status=400, value={"error": {"type": "exceed_context_size_error"}}),
            ContextOverflow,
            "does not fit",
        ),
        (
            Answer(status=429, value={"error": {"code": "insufficient_quota", "message": "paid?"}}),
            OutOfCredit,
            "the account has no credit or quota left; top it up (429): paid?",
        ),
        (Answer(status=402), OutOfCredit, "no credit or quota left"),
        (Answer(status=408), ModelTimeout, "took too long"),
        (Answer(status=200, value="<html>hello</html>"), ServerFault, "sent what is no reply"),
        (Answer(status=200, value=b"\xff\xfe\x00"), ServerFault, "sent what is no reply"),
        (Answer(status=200, value=""), ServerFault, "sent what is no reply"),
        (Answer(status=200, value="[" * 100_000), ServerFault, "sent what is no reply"),
        (Answer(status=400, value="[" * 100_000), RequestRefused, "refuses the request (400): [[["),
        (Answer(status=200, value=[1, 2]), BadReply, "sent what is no reply: [1, 2]"),
        (Answer(status=200, value={"choices": []}), BadReply, "without a choice"),
        (Answer(status=200, value={"choices": [{}]}), BadReply, "of another form"),
        (Answer(status=200, value={"choices": 5}), BadReply, "of another form"),
        (Answer(status=200, value={"choices": [{"message": {"content": 5}}]}), BadReply, "form"),
        (
            Answer(status=200, value={"error": {"code": 429, "message": "slow"}}),
            RateLimited,
            "slow",
        ),
        (Answer(status=200, value={"error": "broken"}), ServerFault, "broken"),
        (BROKEN_OFF, ServerFault, "upstream"),
        (Answer(status=200, value={"choices": [{**EMPTY, "error": None}]}), ServerFault, "broke"),
        (Answer(status=307, headers={"Location": "/v1/chat/completions/x"}), RequestRefused, "404"),
        (
            Answer({"choices": []}, fault="half"),
            ServerFault,
            "broke off in the middle of its reply",
        ),
        (Answer(fault="drop"), ServerFault, "no connection"),
    ],
)
def test_each_fault_is_one_of_ours_in_one_sentence(
    answer: Answer, kind: type[ModelError], words: str
) -> None:
    error = failure(answer)
    assert type(error) is kind
    assert words in str(error)
    assert re.match(r"openai/m: (no connection with )?http://127\.0\.0\.1:\d+/v1[ :]", str(error))
    assert "\n" not in str(error)
    assert error.model == "openai/m"


def test_a_long_error_page_is_cut() -> None:
    assert len(str(failure(Answer("<p>" * 10_000, status=500)))) < 500


def test_rate_limits_tell_how_long_to_wait() -> None:
    assert failure(Answer(status=429)).retry_after is None
    assert failure(Answer(status=429, headers={"Retry-After": "12"})).retry_after == 12
    assert failure(Answer(status=429, headers={"retry-after-ms": "250"})).retry_after == 0.25
    date = formatdate(time.time() + 60, usegmt=True)
    waited = failure(Answer(status=429, headers={"Retry-After": date})).retry_after
    assert waited is not None
    assert 50 < waited < 61
    assert failure(Answer(status=503, headers={"Retry-After": "soon"})).retry_after is None


def test_an_endpoint_that_hangs_is_given_up_after_the_timeout() -> None:
    error = failure(Answer(fault="hang"), timeout=0.2)
    assert type(error) is ModelTimeout
    assert "within the time allowed" in str(error)


def test_the_foreign_error_is_the_cause() -> None:
    assert type(failure(Answer(status=500)).__cause__).__name__ == "HTTPStatusError"


def test_nothing_is_asked_twice() -> None:
    with serving(openai_server()) as server:
        server.next_answers.append(Answer(status=500))
        with pytest.raises(ServerFault):
            ask(client_of(server), chat())
        assert len(server.received) == 1
