import asyncio
import os
import subprocess
import sys

import pytest

from dialoom.agents.clients.base import ClientOptions
from dialoom.agents.clients.embedded import embedded
from dialoom.agents.clients.llamacpp import EngineSettings
from dialoom.errors import ModelUnavailable

pytestmark = pytest.mark.embedded


def test_without_the_engine_the_command_that_brings_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    client = embedded("smollm2-135m", ClientOptions(context=64, slots=1))
    with pytest.raises(ModelUnavailable, match=r"`pip install \"dialoom\[embedded\]\"`"):
        asyncio.run(client.prepare())


QUIET = """
import asyncio, os
from dialoom.agents.clients.base import ClientOptions
from dialoom.agents.clients.embedded import embedded
from dialoom.agents.clients.llamacpp import EngineSettings
from dialoom.chat import ChatRequest, Sampling

async def main():
    client = embedded("smollm2-135m", ClientOptions(context=256, slots=1, threads=1))
    asked = ChatRequest(({"role": "user", "content": "Hi"},), Sampling(max_tokens=2))
    await client.complete(asked)
    await client.close()

asyncio.run(main())
assert "GOMP_SPINCOUNT" not in os.environ
"""


def test_loading_asking_and_leaving_print_nothing() -> None:
    environment = {key: value for key, value in os.environ.items() if "GOMP" not in key}
    done = subprocess.run(
        [sys.executable, "-c", QUIET], capture_output=True, timeout=120, env=environment
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_engines_settings_are_told_in_words() -> None:
    assert str(EngineSettings(slots=8, threads=1, context=4096)) == (
        "the engine runs with 8 slots of 4,096 tokens, 1 thread, and prompts in batches of 512"
    )
