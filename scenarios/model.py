"""What a scenario is: who talks, about what, how turns go, how far, and what becomes of it."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    GetJsonSchemaHandler,
    PositiveInt,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from dialoom.chat import Sampling
from dialoom.messages import Role
from dialoom.personas.model import Language, Line, Name, Persona
from dialoom.scenarios.check import Check
from dialoom.scenarios.critic import Critic, OwnCriterion, Scale
from dialoom.scenarios.keep import Decontamination, Kept
from dialoom.scenarios.patterns import compiled
from dialoom.spec import Choice, Spec

__all__ = [
    "Branching",
    "Critic",
    "Evaluation",
    "Member",
    "OwnCriterion",
    "RoleBranching",
    "Rows",
    "Sample",
    "Scale",
    "Scenario",
    "StopRule",
    "Turns",
]

Scalar = str | int | float | bool
STOP_OPTIONS = {
    "pattern": ("goal_reached",),
    "similarity": ("loop",),
    "times": ("loop", "refused"),
}


CHOICE_SCHEMA = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {"type": "object", "minProperties": 1, "maxProperties": 1},
    ]
}
VALUES_SCHEMA = {
    "anyOf": [
        {"type": ["string", "number", "boolean"]},
        {"type": "array", "minItems": 1},
        {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": False}
        | {
            "properties": {
                "weighted": {"type": "object", "additionalProperties": {"type": "number"}},
                "range": {
                    "type": "array",
                    "items": {"type": "number"},
                    "minItems": 2,
                    "maxItems": 3,
                },
                "pattern": {"type": "string"},
                "file": {"type": "string"},
            }
        },
    ]
}


def _is_choice(value: Any) -> Any:
    Choice.parse(value)
    return value


Chosen = Annotated[Any, AfterValidator(_is_choice), WithJsonSchema(CHOICE_SCHEMA)]
"""`name`, `{name: argument}` or `{name: {option: value}}`, of something registered."""
Values = Annotated[Any, WithJsonSchema(VALUES_SCHEMA)]
"""Where a variable's values come from."""


class Member(Spec):
    """A persona's part in this scenario."""

    persona: Name | Persona
    """A name from the library, or a persona written out in place."""
    role: Role
    name: Name | None = None
    """What this member is called in the run; the persona's name when left out."""
    display_name: Line | None = None
    """What the others call it here; the persona's own when left out."""
    goal: str = ""
    """What it wants from the conversation."""
    policy: str = ""
    """Rules it keeps to."""
    check: Check | None = None
    """What a right answer to its question is: replies to it are marked right or wrong."""
    knows: dict[str, Scalar] = Field(default_factory=dict)
    """Facts added to the persona's own; the same name replaces."""
    hides_until_asked: tuple[str, ...] = ()
    """Names of facts, added to the persona's own."""
    doesnt_know: tuple[Line, ...] = ()
    system: str | None = None
    """A system prompt that replaces the rendered persona sheet altogether."""


class Rows(Spec):
    """Values drawn together from the rows of a file: each column is a variable."""

    file: str
    """CSV or JSONL, relative to the scenario's file. A JSONL line that is a bare string is the
    column `text`."""


class Sample(Spec):
    """How many trees to grow, and how their variables are chosen."""

    count: int | None = Field(default=None, ge=1)
    """None with `every` means each combination once."""
    mode: Literal["seeded", "every"] = "seeded"
    """`seeded` draws each tree's values; `every` goes through all combinations in order."""


class Turns(Spec):
    """Who speaks when."""

    policy: Chosen = "alternate"
    """`alternate`, `round_robin`, `selector`, or a registered policy."""
    max: int = Field(default=6, ge=1, le=200)
    """Messages of a thread, the opening included."""


class StopRule(Spec):
    """A rule that ends a thread, by registered name with its options."""

    name: Literal["goal_reached", "farewell", "loop", "refused"]
    pattern: str | None = None
    """goal_reached only: a regular expression in the prompter's words that shows the goal met;
    without it the critic's model is asked."""
    similarity: float = Field(default=0.9, gt=0, le=1)
    """loop only: how alike (0 to 1) two messages of one speaker count as repeated."""
    times: int = Field(default=2, ge=1, le=20)
    """loop, refused: how many repetitions or refusals in a row end the thread."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": value}
        if isinstance(value, dict) and "name" not in value and len(value) == 1:
            ((name, options),) = value.items()
            if isinstance(options, dict):
                return {"name": name, **options}
        return value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the schema of every form that YAML accepts."""
        full = handler(core_schema)
        properties = full["properties"]
        options = {k: v for k, v in properties.items() if k != "name"}
        of_rule = {
            name: {
                "type": "object",
                "additionalProperties": False,
                "properties": {k: v for k, v in options.items() if name in STOP_OPTIONS[k]},
            }
            for name in properties["name"]["enum"]
        }
        short = {"type": "object", "additionalProperties": False, "properties": of_rule}
        short |= {"minProperties": 1, "maxProperties": 1}
        return {"anyOf": [properties["name"], short, full]}

    @field_validator("pattern")
    @classmethod
    def _is_regex(cls, value: str | None) -> str | None:
        compiled(value or "")
        return value

    @model_validator(mode="after")
    def _options_belong(self) -> "StopRule":
        for option in sorted(self.model_fields_set - {"name"}):
            if self.name not in STOP_OPTIONS[option]:
                owners = " and ".join(STOP_OPTIONS[option])
                raise ValueError(f"{option!r} is an option of {owners}, not of {self.name}")
        return self


class RoleBranching(Spec):
    """How many candidates are drawn at the turns of one role."""

    width: int = Field(default=1, ge=1, le=64)
    at: Literal["all"] | tuple[Annotated[int, Field(ge=0)], ...] = "all"
    """Which messages branch: every one of this role, or those at these places in the thread
    (0 is the opening)."""


class Branching(Spec):
    """How the tree widens, and which candidates are continued."""

    prompter: RoleBranching = RoleBranching()
    assistant: RoleBranching = RoleBranching(width=3)
    follow: Literal["best", "all", "best_and_random", "random"] = "best"
    redraw: int = Field(default=1, ge=0, le=10)
    """How often a turn is drawn anew when every candidate of it is hopeless, and an opening that
    says what an earlier tree's says."""

    def of(self, role: Role) -> RoleBranching:
        """Return the rule for the turns of a role."""
        return self.assistant if role == "assistant" else self.prompter


class Evaluation(Spec):
    """How messages are tagged."""

    heuristics: tuple[Chosen, ...] | None = None
    """Registered heuristics with their options; None takes all with their defaults."""
    critic: Critic | None = Critic()
    """None never asks a model."""
    scorers: tuple[Chosen, ...] = ()
    """Registered scorers with their options, whose numbers become labels."""
    keep: tuple[Kept, ...] = ()
    """Rules in the order in which they drop messages from the exports, when the run ends."""
    decontaminate: Decontamination | None = None
    """Messages that share words with files they must not are dropped before any rule."""


class Scenario(Spec):
    """A conversation to simulate. `name`, `cast` and one goal are enough."""

    name: Name
    description: str = ""
    language: Language = "en"
    """BCP 47 tag of the language the conversation is held in."""
    setting: str = ""
    """What every member knows of the situation. Texts may hold `{{ variables }}`."""
    cast: tuple[Member, ...] = Field(min_length=2)
    variables: dict[str, Values] = Field(default_factory=dict)
    """By name: a value, a list, `{weighted: {value: weight}}`, `{range: [low, high]}` (both
    included) or `{range: [low, high, step]}`, `{pattern: regex}`; or `rows: {file: F}`, whose
    columns are variables. An item of a list may be a mapping of things that belong together.
    Texts may refer to other variables. Lists and rows are used up before any value comes again;
    everything else is drawn for each tree anew."""
    sample: Sample = Sample(count=5)
    openers: tuple[Line, ...] | Rows = ()
    """First messages, one drawn for each tree; a file's column is `text`. None: the first
    prompter's model writes it."""
    turns: Turns = Turns()
    stop: tuple[StopRule, ...] = (StopRule(name="farewell"), StopRule(name="loop"))
    branch: Branching = Branching()
    models: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    """By role or member: prompter, assistant, critic, selector, or a member's name; `default` is
    for all others. Several models take turns at the candidates."""
    sampling: dict[str, Sampling] = Field(default_factory=dict)
    """By member, by prompter or assistant, and `default`: the narrower goes before the wider."""
    evaluate: Evaluation = Evaluation()
    export: dict[str, dict[str, Any] | None] = Field(default_factory=dict)
    """Which files a run writes at its end: registered formats with their options. `sft` and `dpo`
    are written unless they are `null`, and the trees always."""
    seed: int = Field(default=0, ge=0, lt=2**31)

    @field_validator("sample", mode="before", json_schema_input_type=PositiveInt | Sample)
    @classmethod
    def _count_is_enough(cls, value: Any) -> Any:
        return {"count": value} if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("cast")
    @classmethod
    def _cast_has_both_roles(cls, value: tuple[Member, ...]) -> tuple[Member, ...]:
        roles = {member.role for member in value}
        for role in ("prompter", "assistant"):
            if role not in roles:
                raise ValueError(f"somebody must have the role {role!r}")
        return value
