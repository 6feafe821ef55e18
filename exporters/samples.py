"""Trees into supervised samples: which threads are trained on, and which turns of each.

A sample is neutral; each format of supervised data is a few lines that write it down.
"""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from dialoom.agents.view import OPENING
from dialoom.errors import RowRejected
from dialoom.exporters.base import Exporter, Row, source_of
from dialoom.exporters.branches import Branches, Unscored, Walk
from dialoom.exporters.conversations import (
    SYSTEM_MODES,
    ChatMessage,
    Speaker,
    SystemMode,
    Turn,
    chat,
    shape_fault,
    speaker_of,
    speakers,
    turns,
)
from dialoom.exporters.digests import SeenTexts, row_id
from dialoom.exporters.options import one_of
from dialoom.exporters.scores import score_of
from dialoom.messages import Role, Thread
from dialoom.tree import TreeRecord

__all__ = ["Sample", "SampleExporter", "Target", "check_chat"]

UNSCORED = -1.0
"""The score of a row that nobody scored. Not null: the JSON reader of `datasets` takes a column's
type from the first 10 MB, and fails on a number after a stretch of nulls."""

Target = Literal["all_turns", "last_turn"]


@dataclass(frozen=True, slots=True)
class Sample:
    """A conversation to train on."""

    record: TreeRecord
    speaker: Speaker
    turns: tuple[Turn, ...]
    """From the first user turn to an assistant turn."""
    trained: tuple[bool, ...]
    """For each turn whether its text is a training target."""
    messages: tuple[ChatMessage, ...]
    """The turns as chat messages, the system prompt in its place."""
    cut: str
    """Why the thread ends before its leaf; empty when it doesn't."""

    @property
    def targets(self) -> tuple[Turn, ...]:
        """The turns that are trained."""
        return tuple(turn for turn, on in zip(self.turns, self.trained, strict=True) if on)

    @property
    def weights(self) -> tuple[int, ...]:
        """1 for each chat message that is trained, 0 for the others."""
        weights = tuple(map(int, self.trained))
        return (0,) * (len(self.messages) - len(weights)) + weights

    @property
    def trace(self) -> Row:
        """What each row says of itself: an id made from content, the source, and `meta`."""
        written = [message for turn in self.targets for message in turn.messages]
        scores = [s.value for m in written if (s := score_of(self.record, m)) is not None]
        meta = {
            "tree_id": self.record.tree.message_tree_id,
            "message_ids": [message.message_id for message in written],
            "speaker": self.speaker.name,
            "lang": written[-1].lang or "",
            "model": ", ".join(sorted({message.model_name or "" for message in written} - {""})),
            "score": min(scores, default=UNSCORED),
            "cut": self.cut,
        }
        return {
            "id": row_id("sample", self.messages, self.trained),
            "source": source_of(self.record),
            "meta": meta,
        }


class SampleExporter(Exporter):
    """Base of the supervised formats.

    Args:
        branches: `best` follows the best reply all the way and gives one thread a tree; `all`
            takes every accepted branch; `top_k` the best `k` of each sibling group.
        k: How many siblings of a group `top_k` takes.
        min_quality: Least score of each trained message, 0 to 1; 0 takes all that are accepted.
        unscored: What `min_quality` does with messages that nobody scored.
        target: `all_turns` trains every assistant turn of a row; `last_turn` makes one row of
            each assistant message and trains only that. None: `all_turns` for `best`, else
            what trains a turn that branches share once and not once a branch.
        system: The speaker's system prompt as the first message (`persona`), left out (`none`),
            or in front of the first user turn (`fold`).
        role: Whose words are trained. `prompter` turns the roles round and trains user
            simulators: their words become the assistant's, and what opens the conversation
            follows the line that the run gives to whoever speaks first.

    A thread ends before the first message that was rejected, deleted, is empty, or is to be
    trained and lies under the floor.

    Raises:
        ValueError: an option has a value it can't have.
    """

    masks: ClassVar[bool] = False
    """True when a row can say which of its assistant turns are trained."""
    last_turn_only: ClassVar[str | None] = ""
    """What the user must do so that only the last turn is trained; empty when the rows see to
    it themselves, None when it can't be done."""

    def __init__(
        self,
        *,
        branches: Branches = "best",
        k: int = 2,
        min_quality: float = 0.5,
        unscored: Unscored = "keep",
        target: Target | None = None,
        system: SystemMode = "persona",
        role: Role = "assistant",
    ) -> None:
        super().__init__()
        self.walk = Walk(
            role=role, branches=branches, k=k, min_quality=min_quality, unscored=unscored
        )
        one_of("system", system, SYSTEM_MODES)
        self.system, self.role = system, role
        self.target = self._target(branches, target)
        self._seen = SeenTexts()

    def _target(self, branches: Branches, wanted: Target | None) -> Target:
        one_of("target", wanted or "all_turns", ("all_turns", "last_turn"))
        shares = branches != "best"
        if self.last_turn_only is None and (shares or wanted == "last_turn"):
            raise ValueError("rows of this format train every turn; leave branches at 'best'")
        if wanted is None and shares and self.last_turn_only:
            raise ValueError(
                f"rows of this format train every turn, and branches {branches!r} share turns; "
                f"say target 'last_turn' and {self.last_turn_only}"
            )
        if wanted == "all_turns" and shares and not self.masks:
            raise ValueError(
                f"target 'all_turns' with branches {branches!r} trains shared turns once a branch;"
                " use target 'last_turn'"
            )
        return wanted or ("all_turns" if self.masks or not shares else "last_turn")

    @abstractmethod
    def row(self, sample: Sample) -> Row:
        """Return a sample in this format."""

    def tree_rows(self, record: TreeRecord) -> Iterator[Row]:
        """Yield a row for each sample; the same trained text never comes twice.

        Raises:
            RowRejected: a row breaks the format.
        """
        for sample in self._samples(record):
            if self._seen.add(turn.content for turn in sample.targets):
                check_chat(sample.messages)
                yield self.row(sample)
            else:
                self.dropped["same text as an earlier row"] += 1

    def _samples(self, record: TreeRecord) -> Iterator[Sample]:
        cast = speakers(record)
        trained: set[str] = set()
        for thread, cut in self._threads(record):
            for speaker in self._learners(thread):
                conversation = self._conversation(thread, speaker, cast)
                fault = self._fault(conversation)
                if fault:
                    self.dropped[fault] += 1
                    continue
                flags = self._flags(conversation, trained)
                if any(flags):
                    system = record.systems.get(speaker.name, "")
                    said = chat(conversation, system=system, mode=self.system)
                    yield Sample(record, speaker, tuple(conversation), flags, tuple(said), cut)

    def _threads(self, record: TreeRecord) -> Iterator[tuple[Thread, str]]:
        """Yield the threads that become rows, each with why it was cut short."""
        for thread, faults, ends in self.walk.steps(record):
            if self.target == "last_turn":
                if thread and thread[-1].role == self.role:
                    yield thread, ""
                if ends or self.walk.width is None:
                    self.dropped.update(faults)
            elif not ends:
                self.dropped.update(faults if self.walk.width is None else ())
            elif any(message.role == self.role for message in thread):
                yield thread, faults[0] if faults else ""
            else:
                self.dropped[faults[0] if faults else "nobody replied"] += 1

    def _learners(self, thread: Thread) -> list[Speaker]:
        """Return the speakers whose words this thread trains, in the order they speak."""
        if self.target == "last_turn":
            return [speaker_of(thread[-1])]
        return list(dict.fromkeys(speaker_of(m) for m in thread if m.role == self.role))

    def _conversation(
        self, thread: Thread, speaker: Speaker, cast: frozenset[Speaker]
    ) -> list[Turn]:
        """Return the turns of a thread down to the speaker's last."""
        conversation = turns(thread, speaker, cast=cast)
        if conversation[-1].role == "user":
            conversation.pop()
        if self.role == "prompter" and conversation[0].role == "assistant":
            conversation.insert(0, Turn("user", OPENING, ()))
        return conversation

    def _fault(self, conversation: list[Turn]) -> str | None:
        if self.target == "last_turn" and len(conversation[-1].messages) > 1:
            return "follows the speaker's own message"
        return shape_fault(conversation)

    def _flags(self, conversation: list[Turn], trained: set[str]) -> tuple[bool, ...]:
        """Return which turns a row trains; remember their messages when branches share them."""
        last = len(conversation) - 1
        if self.target == "last_turn":
            return (False,) * last + (True,)
        flags = []
        for turn in conversation:
            ids = {message.message_id for message in turn.messages}
            flags.append(turn.role == "assistant" and not ids & trained)
            if turn.role == "assistant":
                trained |= ids
        return tuple(flags)


def check_chat(said: tuple[ChatMessage, ...]) -> None:
    """Check that chat messages alternate, end with the assistant and are nowhere empty.

    Raises:
        RowRejected: they don't.
    """
    roles = [message["role"] for message in said]
    after = roles[1:] if roles[:1] == ["system"] else roles
    if after != ["user", "assistant"] * (len(after) // 2) or not after:
        raise RowRejected(f"roles {roles} don't alternate from user to assistant")
    if not all(message["content"].strip() for message in said):
        raise RowRejected("a message is empty")
