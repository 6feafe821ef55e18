"""The one place where errors become text and exit codes."""

import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import typer

from dialoom.display import printable
from dialoom.errors import DialoomError, InputError, first_error

__all__ = ["INTERRUPTED", "reported", "run_async", "told"]

INTERRUPTED = 130
"""Exit code of an interrupted run: 128 + SIGINT, as shells have it."""

P = ParamSpec("P")
T = TypeVar("T")


def reported(command: Callable[P, None]) -> Callable[P, None]:
    """Wrap a command so that its errors are sentences on stderr and its exit code tells."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except DialoomError as error:
            lines = (
                [str(f) for f in error.faults] if isinstance(error, InputError) else [str(error)]
            )
            for line in lines:
                typer.echo(f"error: {printable(line)}", err=True)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            with suppress(OSError):
                sys.stdout.close()
            raise typer.Exit(0) from None
        except OSError as error:
            raise typer.Exit(told(error)) from None

    return wrapped


def told(error: OSError) -> int:
    """Say on stderr what the system did not do, by default writing the output; return the code."""
    reason = (error.strerror or str(error)).lower()
    typer.echo(f"error: {printable(str(error.filename or 'stdout'))}: {reason}", err=True)
    return InputError.exit_code


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine; SIGTERM and a closed terminal stop it the way Ctrl-C does.

    Raises:
        KeyboardInterrupt: it was interrupted or stopped; it has had the time to save.
    """
    import asyncio

    try:
        return asyncio.run(_stoppable(work))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _stoppable(work: Coroutine[Any, Any, T]) -> T:
    import asyncio
    import signal

    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    for name in ("SIGTERM", "SIGHUP"):
        with suppress(AttributeError, NotImplementedError):  # Windows has neither
            loop.add_signal_handler(getattr(signal, name), task.cancel)
    try:
        return await work
    except BaseExceptionGroup as errors:
        raise first_error(errors) from errors
