"""From names to running parts: the only place that knows the concrete classes."""

from dialoom.build.models import DEFAULT_MODEL, ModelBook, make_client, models_by_role
from dialoom.build.options import RunOptions
from dialoom.build.result import Run
from dialoom.build.run import simulate_run
from dialoom.build.stages import StageFactory, heuristics_of, turn_policy_of
from dialoom.build.summary import RunSummary

__all__ = [
    "DEFAULT_MODEL",
    "ModelBook",
    "Run",
    "RunOptions",
    "RunSummary",
    "StageFactory",
    "heuristics_of",
    "make_client",
    "models_by_role",
    "simulate_run",
    "turn_policy_of",
]
