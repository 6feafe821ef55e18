"""What a scenario asks of its critic, and when it believes it."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from dialoom.errors import Fault
from dialoom.messages import OASST_LABELS, Role
from dialoom.personas.model import Line, Name
from dialoom.spec import Document, Spec, suggestion

__all__ = ["Critic", "OwnCriterion", "Scale", "rubric_faults"]

Names = Annotated[str, StringConstraints(min_length=1)]
TAKEN_LABELS = ("score", "preference", "dropped")
"""What messages are labelled with beside the answers of critics."""


class Scale(Spec):
    """Five points, 1 to 5, by what their ends mean."""

    low: Line
    high: Line


class OwnCriterion(Spec):
    """A question of the scenario's own that the critic answers."""

    name: Name
    """The label its answers become."""
    question: Line
    scale: Literal["yes_no"] | Scale = "yes_no"
    polarity: Literal["merit", "harm", "neither"] = "merit"
    """Whether more of it is better, worse, or says nothing of how good a message is."""
    may_not_apply: bool = False
    """Whether the critic may also answer that it does not apply, which is no rating."""

    @field_validator("name")
    @classmethod
    def _is_free(cls, value: str) -> str:
        if value in OASST_LABELS or value in TAKEN_LABELS:
            raise ValueError(f"{value!r} is a label already; give the criterion another name")
        return value


class Critic(Spec):
    """What the critic agent is asked of each message that passed the heuristics."""

    rubric: tuple[Names | OwnCriterion, ...] = Field(
        default=("quality", "helpfulness", "toxicity"), min_length=1
    )
    """OASST label names, and criteria of the scenario's own."""
    samples: int = Field(default=1, ge=1, le=20)
    """Written judgements of each message, whose mean counts."""
    compare: Literal["pointwise", "pairwise", "listwise"] = "pointwise"
    """Whether siblings are also compared with each other, two at a time or all at once, in two
    orders; what comes of it is one more merit, `preference`."""
    roles: tuple[Role, ...] = Field(default=("assistant",), min_length=1)
    """Whose messages are judged."""
    trust: Literal["auto", "always", "never"] = "auto"
    """Whether the critic's scores decide ranks; `auto` lets its canaries decide."""
    canaries: int = Field(default=24, ge=0, le=1000)
    """Replies that are spoilt on purpose and put before it, to see whether it notices; 0 leaves
    trust to what is known of its model."""
    floor: float = Field(default=0.7, ge=0, le=1)
    """What the lower end of the interval around the share of canaries told apart must reach."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that its answers become."""
        own = tuple(item if isinstance(item, str) else item.name for item in self.rubric)
        return own if self.compare == "pointwise" else (*own, "preference")


def rubric_faults(critic: Critic | None, document: Document) -> Iterator[Fault]:
    """Yield each item of a rubric that names no label, or one that is there already."""
    seen: set[str] = set()
    for place, item in enumerate(critic.rubric if critic else ()):
        name = item if isinstance(item, str) else item.name
        at = ("evaluate", "critic", "rubric", place)
        if isinstance(item, str) and item not in OASST_LABELS:
            yield document.fault(
                f"no rubric item is named {item!r}{suggestion(item, OASST_LABELS)}", at
            )
        elif name in seen:
            yield document.fault(f"the rubric names {name!r} twice", at)
        seen.add(name)
