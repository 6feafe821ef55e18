"""What rules drop, in lines."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dialoom.quality import FunnelStep

if TYPE_CHECKING:
    from dialoom.build.what_if import WhatIf

__all__ = ["funnel_lines", "step_text", "what_if_figures", "what_if_lines"]


def funnel_lines(funnel: Sequence[FunnelStep]) -> Iterator[str]:
    """Yield a line for each step: what reached it, what it drops and why."""
    width = max((len(step.rule) for step in funnel), default=0)
    for step in funnel:
        yield f"{step.rule:<{width}}  {step_text(step)}"


def step_text(step: FunnelStep) -> str:
    """Return what a step drops, and why where there is more than one reason."""
    reasons = ", ".join(f"{name} {count:,}" for name, count in step.reasons.items())
    why = f" ({reasons})" if len(step.reasons) > 1 else ""
    unrated = f"; {step.unrated:,} without the label pass" if step.unrated else ""
    return f"{step.dropped:,} of {step.before:,} dropped{why}{unrated}"


def what_if_lines(found: "WhatIf") -> Iterator[str]:
    """Yield what rules would come to, line by line."""
    yield from funnel_lines(found.funnel)
    for name, rows in found.rows.items():
        unit = "pair" if name == "dpo" else "row"
        many = "" if rows.after == 1 else "s"
        yield f"{name}: {rows.after:,} {unit}{many}, {rows.before:,} as it is"
    yield "nothing was written"


def what_if_figures(found: "WhatIf") -> dict[str, Any]:
    """Return what rules would come to as JSON values."""
    return {
        "funnel": [step.model_dump(mode="json") for step in found.funnel],
        "rows": {name: rows._asdict() for name, rows in found.rows.items()},
        "warnings": list(found.warnings),
    }
