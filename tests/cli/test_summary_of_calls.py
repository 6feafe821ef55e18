"""What the summary says of the calls to models."""

import asyncio
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from scenes import NO_CRITIC, write_scene

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import RunOptions, simulate_run
from dialoom.chat import ChatRequest, Completion, Usage
from dialoom.cli.summary import summary_table
from dialoom.errors import RateLimited

MODEL = "scripted/test"


def lines(folder: Path, usage: Usage, *, fails: bool = False) -> str:
    failed: list[int] = []

    def reply(request: ChatRequest, seed: int) -> Completion | Exception:
        if fails and not failed:
            failed.append(seed)
            return RateLimited("too many requests", model=MODEL)
        return Completion(f"This is what is said about number {seed}.", usage=usage)

    client = ScriptedClient(reply, name=MODEL)
    options = RunOptions(model=MODEL, out=folder / "run")
    run = asyncio.run(
        simulate_run(write_scene(folder, NO_CRITIC), options, clients={MODEL: client})
    )
    console = Console(width=200, file=StringIO())
    console.print(summary_table(run.summary))
    assert isinstance(console.file, StringIO)
    return " ".join(console.file.getvalue().split())


@pytest.mark.parametrize(
    ("cached", "said"), [(0, "tokens in, "), (60, "tokens in (60% from the prefix cache), ")]
)
def test_only_an_endpoint_that_tells_of_its_prefix_cache_has_a_share_of_it(
    tmp_path: Path, cached: int, said: str
) -> None:
    printed = lines(tmp_path, Usage(100, 10, cached))
    assert said in printed
    assert ("prefix cache" in printed) == bool(cached)


def test_attempts_that_were_made_again_are_told_in_words(tmp_path: Path) -> None:
    assert f"retries {MODEL}: rate limited 1" in lines(tmp_path, Usage(100, 10), fails=True)
