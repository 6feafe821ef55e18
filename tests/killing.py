"""Runs in processes of their own that start fast, to be killed at any moment."""

import asyncio
import multiprocessing
import os
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from dialoom.agents.clients.base import ClientOptions
from dialoom.build import RunOptions, simulate_run
from dialoom.log import quiet_console

__all__ = ["started"]


def started(scene: Path, out: Path, base_url: str) -> ForkServerProcess:
    """Return a process that works on a run; forked from one that has imported dialoom."""
    process = _context().Process(target=_work, args=(scene, out, base_url), daemon=True)
    process.start()
    return process


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["dialoom.build"])
    return context


def _work(scene: Path, out: Path, base_url: str) -> None:
    os.environ["SOURCE_DATE_EPOCH"] = "1795370859"
    quiet_console("ERROR")
    client = ClientOptions(base_url=base_url)
    options = RunOptions(model="openai/m", out=out, client=client, concurrency=3)
    asyncio.run(simulate_run(scene, options))
