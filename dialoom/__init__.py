"""Simulate multi-agent conversations and turn them into fine-tuning data.

    >>> import dialoom
    >>> run = dialoom.simulate("support", model="scripted/demo", sample=2, out="demo")
    >>> pairs = list(run.rows("dpo"))

Names are loaded when they are first used, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dialoom.build.api import asimulate, simulate
    from dialoom.build.result import Run
    from dialoom.build.sources import records_from
    from dialoom.errors import DialoomError

__all__ = ["DialoomError", "Run", "asimulate", "records_from", "simulate"]

_HOMES = {
    "DialoomError": "dialoom.errors",
    "Run": "dialoom.build.result",
    "asimulate": "dialoom.build.api",
    "records_from": "dialoom.build.sources",
    "simulate": "dialoom.build.api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'dialoom' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
