"""Heuristics and critic of a session, and what the person at the keyboard says instead."""

from collections.abc import Mapping, Sequence

from dialoom.agents.clients.base import ModelClient
from dialoom.agents.rubric import OASST_CRITERIA
from dialoom.errors import InputError
from dialoom.evaluators.base import Heuristic
from dialoom.evaluators.critic import CriticJudge
from dialoom.evaluators.labels import labels_of
from dialoom.evaluators.tagger import Tagger
from dialoom.messages import Role
from dialoom.repl.settings import Settings
from dialoom.scenarios.cast import Cast
from dialoom.scenarios.model import Critic, OwnCriterion
from dialoom.spec import suggestion
from dialoom.tree import Node
from dialoom.verdicts import Verdict

__all__ = ["HUMAN_BASIS", "Judges", "opinion", "with_opinions"]

HUMAN_BASIS = "a person's ranking"
"""What the scores of replies rest on that the user has ranked."""
NOT_OF_PROMPTERS = ("helpfulness", "fails_task")
"""OASST asks these of assistant replies only (`oasst_shared/schemas/protocol.py`)."""


class Judges:
    """Tags sibling groups as a run does; the critic is asked only where a command asks for it."""

    def __init__(self, heuristics: Sequence[Heuristic], critic: Critic | None) -> None:
        """Take the heuristics, and what the critic is asked; None: OASST's default rubric."""
        self.heuristics = tuple(heuristics)
        self._critic = critic or Critic()
        self._taggers: dict[tuple[Role, str], Tagger] = {}

    def rubric(self, role: Role) -> tuple[str | OwnCriterion, ...]:
        """Return what the critic is asked of messages of a role."""
        if role == "assistant":
            return self._critic.rubric
        fitting = (name for name in self._critic.rubric if name not in NOT_OF_PROMPTERS)
        return tuple(fitting) or ("quality",)

    async def tag(
        self,
        siblings: Sequence[Node],
        cast: Cast,
        seed: int,
        *,
        critic: ModelClient | None,
        systems: Mapping[str, str],
    ) -> None:
        """Judge, score and rank all messages of one place, in place.

        Args:
            siblings: In the order in which they were said.
            cast: Everyone on stage.
            seed: Of the critic's judgements.
            critic: The critic's model; None asks no model.
            systems: System prompts by speaker.

        Raises:
            InputError: the scenario's rubric names what there isn't.
        """
        tagger = self._tagger(siblings[0].role, critic)
        await tagger.tag(siblings, cast, seed, systems=systems)
        if siblings[0].parent is None:
            for node in siblings:
                node.rank = None  # OASST ranks replies, and an opening is none

    def trusts(self, role: Role, critic: ModelClient) -> bool:
        """Return whether the critic's verdicts decide scores."""
        return self._judge(role, critic).trusted

    def _tagger(self, role: Role, critic: ModelClient | None) -> Tagger:
        key = (role, critic.name if critic is not None else "")
        if key not in self._taggers:
            judges = () if critic is None else (self._judge(role, critic),)
            self._taggers[key] = Tagger(self.heuristics, *judges)
        return self._taggers[key]

    def _judge(self, role: Role, critic: ModelClient) -> CriticJudge:
        changes = {"roles": (role,), "rubric": self.rubric(role)}
        return CriticJudge(critic, self._critic.model_copy(update=changes))


def opinion(name: str, value: str) -> Verdict:
    """Return what a person says of a message: `quality` `4`, `spam` `yes`.

    Raises:
        InputError: no such label, or no such value of it.
    """
    if name not in OASST_CRITERIA:
        raise InputError(f"no label is named {name!r}{suggestion(name, OASST_CRITERIA)}")
    values = OASST_CRITERIA[name].values
    if value not in values:
        known = "yes or no" if "yes" in values else "1 to 5"
        raise InputError(f"{name} takes {known}; not {value!r}")
    return Verdict(
        name=name,
        value=values[value],
        reason=f"a person says {value}" + ("" if "yes" in values else " of 5"),
        evaluator="human",
        version="1",
        kind="human",
    )


def with_opinions(siblings: Sequence[Node], parent_id: str, settings: Settings) -> None:
    """Put a person's labels and ranking on top of what heuristics and critic said, in place."""
    order = [id_ for id_ in settings.rankings.get(parent_id, ()) if _among(id_, siblings)]
    for node in siblings:
        kept = [verdict for verdict in node.verdicts if verdict.kind != "human"]
        node.verdicts = [*kept, *settings.opinions.get(node.message_id, ())]
        if order:
            _place(node, order)
        node.labels = labels_of(node.verdicts, score=node.score)


def _among(message_id: str, siblings: Sequence[Node]) -> bool:
    return any(node.message_id == message_id for node in siblings)


def _place(node: Node, order: Sequence[str]) -> None:
    """Give a message the rank and score of its place in a person's order, or none outside it."""
    if node.message_id not in order:
        node.rank, node.score, node.basis = None, None, ""
        return
    place, last = order.index(node.message_id), max(1, len(order) - 1)
    node.rank = None if node.parent is None else place
    node.score, node.basis = 1 - place / last, HUMAN_BASIS
    node.verdicts = [
        *node.verdicts,
        Verdict(
            name="preference",
            value=node.score,
            reason=f"a person ranks it {place + 1} of {len(order)}",
            evaluator="human",
            version="1",
            kind="human",
        ),
    ]
