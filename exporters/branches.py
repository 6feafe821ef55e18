"""Which threads of a tree are fit to train on, and where they end."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from dialoom.exporters.options import at_least, fraction, one_of
from dialoom.exporters.scores import score_of
from dialoom.exporters.siblings import best_first, unfit
from dialoom.messages import Message, Role, Thread
from dialoom.tree import TreeRecord

__all__ = ["Branches", "Step", "Unscored", "Walk"]

Branches = Literal["best", "all", "top_k"]
Unscored = Literal["keep", "drop"]


class Step(NamedTuple):
    """A thread of fit messages, and what becomes of the replies to its last one."""

    thread: Thread
    """Empty before the prompt."""
    faults: tuple[str, ...]
    """Why replies were left out, one reason each, the best reply's first."""
    ends: bool
    """True when no reply goes on."""


class Walk:
    """Goes through the fit messages of a tree; see `SampleExporter` for the options."""

    def __init__(
        self, *, role: Role, branches: Branches, k: int, min_quality: float, unscored: Unscored
    ) -> None:
        one_of("role", role, ("assistant", "prompter"))
        one_of("branches", branches, ("best", "all", "top_k"))
        one_of("unscored", unscored, ("keep", "drop"))
        at_least("k", k, 1)
        fraction("min_quality", min_quality)
        self.role, self.min_quality, self.unscored = role, min_quality, unscored
        self.width = {"best": 1, "all": None, "top_k": k}[branches]

    def steps(self, record: TreeRecord) -> Iterator[Step]:
        """Yield every fit thread of a tree, parents first, the best branches first."""
        pending: list[Thread] = [()]
        while pending:
            thread = pending.pop()
            fit, faults = self._sorted_out(record, thread)
            yield Step(thread, tuple(faults), not fit)
            pending.extend((*thread, message) for message in reversed(fit))

    def _sorted_out(self, record: TreeRecord, thread: Thread) -> tuple[list[Message], list[str]]:
        """Return the replies that go on, best first, and what is wrong with the others."""
        prompt = record.tree.prompt
        replies = (thread[-1].replies or ()) if thread else (prompt,) if prompt else ()
        fit, faults = [], []
        for message in best_first(record, replies):
            fault = self._fault(record, message)
            if fault is None:
                fit.append(message)
            else:
                faults.append(fault)
        return fit[: self.width], faults

    def _fault(self, record: TreeRecord, message: Message) -> str | None:
        fault = unfit(message)
        if fault or message.role != self.role or not self.min_quality:
            return fault
        score = score_of(record, message)
        if score is None:
            return "a message without a score" if self.unscored == "drop" else None
        return "a score under min_quality" if score.value < self.min_quality else None
