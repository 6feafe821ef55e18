"""HTTP servers on loopback that answer as model servers do, and break when told to."""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

__all__ = ["Answer", "FakeServer", "Received", "ollama_server", "openai_server", "serving"]


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Any
    """Decoded from JSON; None without a body."""


@dataclass(frozen=True)
class Answer:
    """A response, or a way to fail."""

    value: Any = None
    """Sent as JSON; text and bytes are sent as they are."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Literal["", "half", "hang", "drop"] = ""
    """`half`: the connection closes in mid-body; `hang`: no answer; `drop`: closed at once."""

    @property
    def body(self) -> bytes:
        if isinstance(self.value, bytes):
            return self.value
        text = self.value if isinstance(self.value, str) else json.dumps(self.value)
        return text.encode()


Route = Callable[[Received], Answer]


class _Server(ThreadingHTTPServer):
    """Lets as many connections wait as real servers do; 5, the default, drops some of a burst."""

    daemon_threads = True
    request_queue_size = 128


class FakeServer:
    """Answers by path. What lies in `next_answers` goes before, for the path in `chat_path`."""

    def __init__(self, routes: Mapping[str, Route], chat_path: str, port: int = 0) -> None:
        self.routes = dict(routes)
        self.chat_path = chat_path
        self.received: list[Received] = []
        self.next_answers: deque[Answer] = deque()
        self.closing = threading.Event()
        self._http = _Server(("127.0.0.1", port), self._handler())
        self.origin = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def chats(self) -> list[Any]:
        """The bodies of the chat requests so far."""
        return [one.body for one in self.received if one.path == self.chat_path]

    def answer_to(self, received: Received) -> Answer:
        self.received.append(received)
        if received.path == self.chat_path and self.next_answers:
            return self.next_answers.popleft()
        route = self.routes.get(received.path)
        return route(received) if route else Answer({"detail": "Not Found"}, status=404)

    def close(self) -> None:
        self.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._serve()

            def do_POST(self) -> None:
                self._serve()

            def _serve(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                headers = {name.lower(): value for name, value in self.headers.items()}
                self._send(server.answer_to(Received(self.command, self.path, headers, body)))

            def _send(self, answer: Answer) -> None:
                if answer.fault == "hang":
                    server.closing.wait()
                if answer.fault in ("hang", "drop"):
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                headers = {"Content-Type": "application/json", **answer.headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                half = len(answer.body) // 2 if answer.fault == "half" else None
                self.wfile.write(answer.body[:half])
                self.close_connection = answer.fault == "half"

            def log_message(self, format: str, *args: Any) -> None:
                return

        return Handler


@contextmanager
def serving(server: FakeServer) -> Iterator[FakeServer]:
    """Close the server at the end of the block."""
    try:
        yield server
    finally:
        server.close()


def openai_server(
    *,
    models: tuple[Mapping[str, Any], ...] = ({"id": "m", "max_model_len": 4096},),
    text: Callable[[Any, int], str] = lambda body, choice: f"Reply {choice}.",
    honours_n: bool = True,
    logprobs: bool = True,
    props: Mapping[str, Any] | None = None,
    key: str | None = None,
    port: int = 0,
) -> FakeServer:
    """Return an OpenAI-compatible server.

    Args:
        models: Entries of its list.
        text: What it replies, by body and number of the choice.
        honours_n: Whether it gives more than one choice.
        logprobs: Whether it gives log probabilities; if not, it ignores the wish.
        props: llama-server's `/props`.
        key: The key it wants.
        port: Where it listens; 0 takes a free one.
    """

    def guarded(route: Route) -> Route:
        def answer(received: Received) -> Answer:
            if key is not None and received.headers.get("authorization") != f"Bearer {key}":
                given = received.headers.get("authorization", "nothing")
                error = {"message": f"Incorrect API key provided: {given}", "code": "bad_key"}
                return Answer({"error": error}, status=401)
            return route(received)

        return answer

    def chat(received: Received) -> Answer:
        body = received.body
        if body.get("stream"):
            return Answer(_events(text(body, 0)), headers={"Content-Type": "text/event-stream"})
        count = body.get("n", 1) if honours_n else 1
        tokens = [
            {"token": "R", "logprob": -0.5, "top_logprobs": [{"token": "R", "logprob": -0.5}]}
        ]
        choices = [
            {
                "index": i,
                "message": {"role": "assistant", "content": text(body, i)},
                "finish_reason": "stop",
                "logprobs": {"content": tokens} if logprobs and body.get("logprobs") else None,
            }
            for i in range(count)
        ]
        usage = {"prompt_tokens": 30, "completion_tokens": 4 * count, "total_tokens": 99}
        return Answer({"id": "c", "choices": choices, "usage": usage})

    routes = {
        "/v1/models": guarded(lambda received: Answer({"object": "list", "data": models})),
        "/v1/chat/completions": guarded(chat),
    }
    if props is not None:
        routes["/props"] = lambda received: Answer(props)
    return FakeServer(routes, "/v1/chat/completions", port)


def _events(text: str) -> str:
    """Return a reply as server-sent events of at most five characters each."""
    pieces = [text[i : i + 5] for i in range(0, len(text), 5)]
    chunks: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}
        for piece in pieces
    ]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    chunks.append({"choices": [], "usage": {"prompt_tokens": 30, "completion_tokens": 4}})
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"


def ollama_server(
    *,
    models: tuple[str, ...] = ("llama3.2:latest",),
    show: Mapping[str, Any] | None = None,
    text: Callable[[Any], str] = lambda body: "Reply.",
    message: Mapping[str, Any] | None = None,
    prompt_tokens: Callable[[Any], int] = lambda body: 40,
    holds: int = 3,
    loads: list[str] | None = None,
) -> FakeServer:
    """Return a server with Ollama's native API.

    Args:
        models: Names of what is pulled.
        show: What `/api/show` says beyond the defaults.
        text: What it replies to a body.
        message: More fields of the reply's message, like `thinking`.
        prompt_tokens: `prompt_eval_count` of a body.
        holds: Models that it keeps in memory at once.
        loads: Takes the name of each model that has to be loaded.
    """
    held: list[str] = []

    def load(name: str) -> None:
        full = name if ":" in name else f"{name}:latest"
        if full not in held:
            (loads if loads is not None else []).append(full)
            del held[: len(held) - holds + 1]
            held.append(full)

    def missing(name: str) -> Answer | None:
        if name in models or f"{name}:latest" in models:
            return None
        return Answer({"error": f"model '{name}' not found"}, status=404)

    def chat(received: Received) -> Answer:
        body = received.body
        load(body["model"])
        counts = {"prompt_eval_count": prompt_tokens(body), "eval_count": 4, "done_reason": "stop"}
        whole = {"model": body["model"], "created_at": "2026-01-01T00:00:00Z"}
        if not body.get("stream"):
            said = {"role": "assistant", "content": text(body), **(message or {})}
            value = {**whole, "message": said, "done": True, **counts}
            return missing(body["model"]) or Answer(value)
        pieces = [text(body)[i : i + 5] for i in range(0, len(text(body)), 5)]
        parts: list[Any] = [
            {**whole, "message": {"role": "assistant", "content": piece}, "done": False}
            for piece in pieces
        ]
        parts.append({**whole, "message": {"role": "assistant", "content": ""}, "done": True})
        parts[-1] |= counts
        return missing(body["model"]) or Answer("\n".join(map(json.dumps, parts)) + "\n")

    def details(received: Received) -> Answer:
        info = {"general.architecture": "llama", "general.parameter_count": 3_212_749_888}
        info["llama.context_length"] = 131_072
        base = {"model_info": info, "capabilities": ["completion"], "details": {}}
        return missing(received.body["model"]) or Answer({**base, **(show or {})})

    def tags(received: Received) -> Answer:
        listed = [{"model": name, "name": name, "digest": "sha256:abcdef0123"} for name in models]
        return Answer({"models": listed})

    def loaded(received: Received) -> Answer:
        return Answer({"models": [{"model": name, "name": name} for name in held]})

    paths = {"/api/chat": chat, "/api/show": details, "/api/tags": tags, "/api/ps": loaded}
    return FakeServer(paths, "/api/chat")
