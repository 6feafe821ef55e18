import pytest
from environment import clean_environment
from ollama_calls import failure
from servers import Answer

from dialoom.errors import (
    BadReply,
    ContextOverflow,
    ModelError,
    ModelTimeout,
    ModelUnavailable,
    OutOfCredit,
    Overloaded,
    PermissionDenied,
    RequestRefused,
    ServerFault,
    UnknownModel,
)

__all__ = ["clean_environment"]


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (Answer({"error": "oops"}, status=500), ServerFault, "failed (500): oops"),
        (Answer("oops", status=503), Overloaded, "failed (503): oops"),
        (Answer({"error": "bad option"}, status=400), RequestRefused, "refuses the request (400)"),
        (
            Answer({"error": "no"}, status=403),
            PermissionDenied,
            "refuses the key in OLLAMA_API_KEY, which is not set (403): no",
        ),
        (Answer({"error": "upgrade"}, status=402), OutOfCredit, "no credit or quota left"),
        (Answer({"error": "model 'x' not found"}, status=404), UnknownModel, "ollama pull"),
        (
            Answer({"error": "model requires more system memory (5 GiB)"}, status=500),
            ModelUnavailable,
            "can't load the model (500): model requires more system memory",
        ),
        (
            Answer({"error": "input exceeds maximum context length"}, status=400),
            ContextOverflow,
            "context length",
        ),
        (Answer(["oops"], status=500), BadReply, "no reply of Ollama"),
        (Answer("<html>"), ServerFault, "no reply of Ollama"),
        (Answer(""), ServerFault, "no reply of Ollama"),
        (Answer(b"\xff\xfe"), ServerFault, "no reply of Ollama"),
        (Answer("[" * 100_000), ServerFault, "no reply of Ollama"),
        (Answer("[" * 100_000, status=500), ServerFault, "no reply of Ollama"),
        (Answer([1]), BadReply, "no reply of Ollama"),
        (Answer({"message": 5}), BadReply, "no reply of Ollama"),
        (Answer({"done": True}), BadReply, "no reply of Ollama"),
        (Answer({"done": True}, fault="half"), ServerFault, "no connection with"),
        (Answer(fault="drop"), ServerFault, "no connection with"),
    ],
)
def test_each_fault_is_one_of_ours_in_one_sentence(
    answer: Answer, kind: type[ModelError], words: str
) -> None:
    error = failure(answer)
    assert type(error) is kind
    assert words in str(error)
    assert str(error).startswith("ollama/llama3.2: ")
    assert "\n" not in str(error)
    assert error.model == "ollama/llama3.2"
    assert error.__cause__ is not None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "30"}, 30), ({"Retry-After": "soon"}, None), ({}, None)],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_server_tells_how_long_to_wait(
    status: int, headers: dict[str, str], seconds: float | None
) -> None:
    answer = Answer({"error": "too many requests"}, status=status, headers=headers)
    assert failure(answer).retry_after == seconds


def test_a_server_that_hangs_is_given_up_after_the_timeout() -> None:
    error = failure(Answer(fault="hang"), timeout=0.3)
    assert type(error) is ModelTimeout
    assert "within the time allowed" in str(error)
