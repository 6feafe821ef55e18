"""The log of a run: one line a tree at info, calls at debug, never a prompt or a key."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from loguru import logger

from dialoom.events import (
    CallFinished,
    CallRetried,
    Event,
    Listener,
    MessageAdded,
    Notice,
    RunFinished,
    RunStarted,
    TreeFailed,
    TreeFinished,
    TreeStarted,
)

__all__ = ["event_log", "quiet_console", "run_log"]

FREQUENT = {CallFinished, MessageAdded, TreeStarted}
"""Events that make no line, calls aside where the level is DEBUG."""

FORMAT = "{time:YYYY-MM-DDTHH:mm:ss.SSSZZ} {level:<7} {message} {extra}"


@contextmanager
def run_log(file: Path, *, level: str = "DEBUG") -> Iterator[None]:
    """Write dialoom's log lines to a file, behind what it holds, while the context lasts."""
    with file.open("a", encoding="utf-8") as lines:

        def write(line: str) -> None:
            with suppress(OSError):  # on a full disk the run stops and says so; its log can't
                lines.write(line)
                lines.flush()

        handle = logger.add(write, format=FORMAT, level=level, filter="dialoom")
        try:
            yield
        finally:
            logger.remove(handle)
            with suppress(OSError):
                lines.close()


def quiet_console(level: str = "WARNING") -> None:
    """Send log lines of at least this level to stderr, and no others; for the command line."""
    logger.remove()
    logger.add(sys.stderr, format="{level}: {message}", level=level)


def event_log(level: str) -> Listener:
    """Return a listener that writes events to the log, calls only when the level is DEBUG."""
    calls = level == "DEBUG"

    def listen(event: Event) -> None:
        if type(event) not in FREQUENT or (calls and type(event) is CallFinished):
            _log(event)

    return listen


def _log(event: Event) -> None:
    match event:
        case RunStarted():
            logger.bind(trees=event.trees, finished=event.finished).info("run {}", event.run_id)
        case TreeFinished():
            rejected = sum(event.dropped.values())
            fields = logger.bind(messages=event.messages, rejected=rejected)
            fields.info("tree {} {}", event.tree, ",".join(event.terminations))
        case TreeFailed():
            logger.bind(error=event.error).warning("tree {} failed: {}", event.tree, event.message)
        case CallFinished():
            logger.bind(
                prompt_tokens=event.prompt_tokens,
                cached_tokens=event.cached_tokens,
                completion_tokens=event.completion_tokens,
                seconds=round(event.seconds, 3),
                replayed=event.replayed,
            ).debug("call {} {}", event.model, event.purpose)
        case CallRetried():
            fields = logger.bind(attempt=event.attempt, delay=round(event.delay, 2))
            fields.info("call {} again after {}: {}", event.model, event.error, event.message)
        case Notice():
            logger.warning("{}", event.message)
        case RunFinished():
            fields = logger.bind(finished=event.finished, failed=event.failed)
            fields.info("run {}", "interrupted" if event.interrupted else "finished")
        case _:
            pass
