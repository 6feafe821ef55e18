"""llama.cpp in this process, through `xllamacpp`: loading, sharing, asking and stopping.

What this module knows of the engine was measured with xllamacpp 2026.10: see
`benchmarks/embedded.py`.
"""

import ctypes
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from dialoom.agents.clients.weights import Weights
from dialoom.errors import ModelUnavailable
from dialoom.wording import counted

__all__ = ["Engine", "EngineSettings", "borrow", "give_back"]

OnChunk = Callable[[Mapping[str, Any]], bool]
"""Takes a piece of the answer as OpenAI's endpoint streams it; True stops the answer."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How the engine is run; `dialoom models` prints it."""

    slots: int
    """Sequences decoded together."""
    threads: int
    context: int
    """Tokens of prompt and reply together, in each slot."""
    batch: int = 512
    """Prompt tokens computed at a time."""

    def __str__(self) -> str:
        """Return the settings for a person to read."""
        slots, threads = counted(self.slots, "slot"), counted(self.threads, "thread")
        return (
            f"the engine runs with {slots} of {self.context:,} tokens, {threads}, and prompts in "
            f"batches of {self.batch}"
        )


class Engine:
    """One loaded model. Calls come from many threads; the weights are freed with the last user."""

    def __init__(self, weights: Weights, settings: EngineSettings, model: str) -> None:
        self.settings = settings
        self.users = 0
        llama = self._llama = _import_engine(model)
        with _own_signal_handlers():
            try:
                self._server = llama.Server(_parameters(llama, weights, settings))
            except RuntimeError as error:
                raise ModelUnavailable(
                    f"{model}: llama.cpp can't load {weights.path} "
                    f"(architecture {weights.architecture or 'unknown'}, "
                    f"{settings.slots} slots of {settings.context} tokens)",
                    model=model,
                ) from error
        # Freeing a server whose loop has not started yet never returns: one token starts it.
        self.ask({"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}, _go_on)

    def ask(self, body: Mapping[str, Any], on_chunk: OnChunk) -> None:
        """Stream the answer to a chat request into `on_chunk`; blocks, without the GIL.

        Stopping frees the slot at once. While the prompt is computed no chunk comes, so a stop
        waits for the first token.

        Raises:
            ValueError: the request is not understood.
        """
        options = {"include_usage": True}
        self._server.handle_chat_completions(
            {**body, "stream": True, "stream_options": options}, on_chunk
        )

    def grammar(self, schema: Mapping[str, Any]) -> str:
        """Return the grammar of JSON that satisfies the schema, written without spaces.

        The engine's own `response_format` also lets a model wrap its JSON in a code fence and
        pad it with spaces: half of a small model's tokens, and not the text that is returned.

        Raises:
            ValueError: that is no JSON Schema.
        """
        try:
            Draft202012Validator.check_schema(schema)
            compact = {**schema, "x-guidance": {"whitespace_flexible": False}}
            return str(self._llama.json_schema_to_grammar(compact))
        except (SchemaError, RuntimeError) as error:
            reason = error.message if isinstance(error, SchemaError) else str(error)
            raise ValueError(f"not a JSON Schema it can use: {reason}") from error

    def free(self) -> None:
        """Let go of the weights; no call may be under way."""
        del self._server


_engines: dict[tuple[str, EngineSettings], Engine] = {}
_lock = threading.Lock()


def borrow(weights: Weights, settings: EngineSettings, model: str) -> Engine:
    """Return the engine with these weights and settings, loaded if nobody uses it yet.

    Raises:
        ModelUnavailable: the engine is not installed, or can't load the file.
    """
    with _lock:
        key = (weights.sha256, settings)
        if key not in _engines:
            _engines[key] = Engine(weights, settings, model)
        _engines[key].users += 1
        return _engines[key]


def give_back(engine: Engine) -> None:
    """Free the engine when this was its last user."""
    with _lock:
        engine.users -= 1
        if engine.users == 0:
            for key in [key for key, value in _engines.items() if value is engine]:
                del _engines[key]
            engine.free()


def _parameters(llama: ModuleType, weights: Weights, settings: EngineSettings) -> Any:
    parameters = llama.CommonParams()
    parameters.model.path = str(weights.path)
    parameters.n_parallel = settings.slots
    parameters.n_ctx = settings.slots * settings.context
    parameters.n_ubatch = settings.batch
    _make_exact(llama, parameters)
    parameters.cpuparams.n_threads = settings.threads
    parameters.cpuparams_batch.n_threads = settings.threads
    # dialogues that lost their slot wait in memory; the engine's own limit is 8 GiB
    parameters.cache_ram_mib = 512
    parameters.verbosity = -1
    parameters.warmup = False
    # xllamacpp always opens an HTTP port on loopback: nobody else may read or ask
    parameters.api_keys = [secrets.token_hex(32)]
    parameters.endpoint_slots = False
    parameters.ui = False
    parameters.n_threads_http = 1
    return parameters


def _make_exact(llama: ModuleType, parameters: Any) -> None:
    """Let a reply depend on its prompt and seed, and hardly on what else the engine does.

    By default it also depends on how much of the prompt was cached and what is in the batch:
    sums are rounded in another order, and logprobs differ by up to 0.2 in every prompt tried.
    With these settings the prompts tried gave the same bits, save where the last token of a
    prompt was computed alone (3 of 12), which the engine does with another kernel. They take
    7 % more CPU, and twice the memory of its cache.
    """
    parameters.kv_unified = False
    parameters.flash_attn_type = llama.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    parameters.cache_type_k = parameters.cache_type_v = llama.ggml_type.GGML_TYPE_F32
    parameters.no_extra_bufts = True


def _import_engine(model: str) -> ModuleType:
    with _patient_threads():
        try:
            return import_module("xllamacpp")
        except ImportError as error:
            raise ModelUnavailable(
                f'{model}: the embedded engine is not installed; `pip install "dialoom[embedded]"` '
                "brings it",
                model=model,
            ) from error


@contextmanager
def _patient_threads() -> Iterator[None]:
    """Let OpenMP's threads sleep at a barrier soon, and not spin for milliseconds.

    libgomp reads this once, when it is loaded. Spinning threads keep each other from the cores
    when something else runs there: two threads on two busy cores were 7 to 50 times slower than
    one. The user's own setting is kept.
    """
    if "GOMP_SPINCOUNT" in os.environ or "OMP_WAIT_POLICY" in os.environ:
        yield
        return
    os.environ["GOMP_SPINCOUNT"] = "1000"
    try:
        yield
    finally:
        del os.environ["GOMP_SPINCOUNT"]


@contextmanager
def _own_signal_handlers() -> Iterator[None]:
    """Undo that the engine takes SIGINT and SIGTERM for itself, which would end Ctrl-C for us.

    In C, since Python sets handlers in its main thread only, and loading happens in another.
    """
    if sys.platform == "win32":
        yield
        return
    libc = ctypes.CDLL(None)
    kept = {number: ctypes.create_string_buffer(512) for number in (signal.SIGINT, signal.SIGTERM)}
    for number, action in kept.items():
        libc.sigaction(int(number), None, action)
    try:
        yield
    finally:
        for number, action in kept.items():
            libc.sigaction(int(number), action, None)


def _go_on(chunk: Mapping[str, Any]) -> bool:
    return False
