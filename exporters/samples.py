"""Trees into supervised samples: which threads are trained on, and which turns of each.

A sample is neutral; each format of supervised data is a few lines that write it down.
"""

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from dialoom.errors import RowRejected
from dialoom.exporters.base import Exporter, Row, source_of
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
from dialoom.exporters.options import at_least, fraction, one_of
from dialoom.exporters.scores import score_of
from dialoom.exporters.siblings import best_first, unfit
from dialoom.messages import Message, Thread
from dialoom.tree import TreeRecord

__all__ = ["Branches", "Sample", "SampleExporter", "Target", "Unscored"]

Branches = Literal["best", "all", "top_k"]
Target = Literal["all_turns", "last_turn"]
Unscored = Literal["keep", "drop"]


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
    def targets(self) -> Thread:
        """The messages that are trained."""
        pairs = zip(self.turns, self.trained, strict=True)
        return tuple(message for turn, on in pairs if on for message in turn.messages)

    @property
    def weights(self) -> tuple[int, ...]:
        """1 for each chat message that is trained, 0 for the others."""
        weights = tuple(map(int, self.trained))
        return (0,) * (len(self.messages) - len(weights)) + weights

    @property
    def id(self) -> str:
        """A name made from the content."""
        return row_id("sft", self.messages, self.trained)

    @property
    def source(self) -> str:
        """See `source_of`."""
        return source_of(self.record)

    @property
    def meta(self) -> Row:
        """Where the sample comes from: the same keys and types in each."""
        targets = self.targets
        scores = [score_of(self.record, message) for message in targets]
        return {
            "tree_id": self.record.tree.message_tree_id,
            "message_ids": [message.message_id for message in targets],
            "speaker": self.speaker.name,
            "lang": targets[-1].lang or "",
            "model": ", ".join(sorted({message.model_name or "" for message in targets})),
            "score": min((score.value for score in scores if score), default=None),
            "cut": self.cut,
        }


class SampleExporter(Exporter):
    """Base of the supervised formats.

    Args:
        branches: `best` follows the best reply all the way and gives one thread a tree; `all`
            takes every accepted branch; `top_k` the best `k` of each sibling group.
        k: How many siblings of a group `top_k` takes.
        min_quality: Least score of each trained message, 0 to 1.
        unscored: What `min_quality` does with messages that nobody scored.
        target: `all_turns` trains every assistant turn of a row; `last_turn` makes one row of
            each assistant message and trains only that. None: `all_turns` for `best`, else
            `last_turn`, so that turns which branches share are not trained once a branch.
        system: The speaker's system prompt as the first message (`persona`), left out (`none`),
            or in front of the first user turn (`fold`).

    A thread ends before the first message that was rejected, deleted, is empty, or is to be
    trained and lies under the floor.

    Raises:
        ValueError: an option has a value it can't have.
    """

    masks: ClassVar[bool] = False
    """True when a row can say which of its assistant turns are trained."""

    def __init__(
        self,
        *,
        branches: Branches = "best",
        k: int = 2,
        min_quality: float = 0.0,
        unscored: Unscored = "keep",
        target: Target | None = None,
        system: SystemMode = "persona",
    ) -> None:
        super().__init__()
        one_of("branches", branches, ("best", "all", "top_k"))
        one_of("unscored", unscored, ("keep", "drop"))
        one_of("system", system, SYSTEM_MODES)
        at_least("k", k, 1)
        fraction("min_quality", min_quality)
        self.width = {"best": 1, "all": None, "top_k": k}[branches]
        self.min_quality, self.unscored, self.system = min_quality, unscored, system
        self.target = target or ("all_turns" if branches == "best" or self.masks else "last_turn")
        one_of("target", self.target, ("all_turns", "last_turn"))
        if self.target == "all_turns" and branches != "best" and not self.masks:
            raise ValueError(
                f"target 'all_turns' with branches {branches!r} trains shared turns once a branch;"
                " use target 'last_turn'"
            )

    @abstractmethod
    def row(self, sample: Sample) -> Row:
        """Return a sample in this format."""

    def rows(self, records: Iterable[TreeRecord]) -> Iterator[Row]:
        """Yield a row for each sample; the same trained text never comes twice.

        Raises:
            RowRejected: a row breaks the format.
        """
        seen = SeenTexts()
        for record in records:
            for sample in self._samples(record):
                pairs = zip(sample.turns, sample.trained, strict=True)
                if not seen.add(turn.content for turn, on in pairs if on):
                    self.dropped["same text as an earlier row"] += 1
                    continue
                check_chat(sample.messages)
                yield self.row(sample)

    def _samples(self, record: TreeRecord) -> Iterator[Sample]:
        cast = speakers(record)
        trained: set[str] = set()
        for thread, cut in self._threads(record):
            for speaker in self._learners(thread):
                conversation = turns(thread, speaker, cast=cast)
                if conversation[-1].role == "user":
                    conversation.pop()
                sample = self._sample(record, speaker, conversation, trained, cut)
                if sample is not None:
                    yield sample

    def _learners(self, thread: Thread) -> list[Speaker]:
        """Return the speakers whose words this thread trains, in the order they speak."""
        if self.target == "last_turn":
            return [speaker_of(thread[-1])]
        return list(dict.fromkeys(speaker_of(m) for m in thread if m.role == "assistant"))

    def _sample(
        self,
        record: TreeRecord,
        speaker: Speaker,
        conversation: list[Turn],
        seen: set[str],
        cut: str,
    ) -> Sample | None:
        fault = shape_fault(conversation)
        last = len(conversation) - 1
        if self.target == "last_turn" and not fault and len(conversation[last].messages) > 1:
            fault = "follows the speaker's own message"
        if fault:
            self.dropped[fault] += 1
            return None
        trained = tuple(
            turn.role == "assistant"
            and (self.target == "all_turns" or place == last)
            and not any(message.message_id in seen for message in turn.messages)
            for place, turn in enumerate(conversation)
        )
        if not any(trained):
            return None
        for turn in conversation:
            if turn.role == "assistant" and self.target == "all_turns":
                seen.update(message.message_id for message in turn.messages)
        system = record.systems.get(speaker.name, "")
        said = chat(conversation, system=system, mode=self.system)
        return Sample(record, speaker, tuple(conversation), trained, tuple(said), cut)

    def _threads(self, record: TreeRecord) -> Iterator[tuple[Thread, str]]:
        """Yield the threads that become rows, each with why it was cut short."""
        for thread, faults, ends in self._walk(record):
            if self.target == "last_turn":
                if thread and thread[-1].role == "assistant":
                    yield thread, ""
                if ends or self.width is None:
                    self.dropped.update(faults)
            elif not ends:
                self.dropped.update(faults if self.width is None else ())
            elif any(message.role == "assistant" for message in thread):
                yield thread, faults[0] if faults else ""
            else:
                self.dropped[faults[0] if faults else "nobody replied"] += 1

    def _walk(self, record: TreeRecord) -> Iterator[tuple[Thread, list[str], bool]]:
        """Yield each thread of fit messages, parents first, from the empty one on.

        With it come the faults of the replies that are left out, and whether no reply is left.
        """
        pending: list[Thread] = [()]
        while pending:
            thread = pending.pop()
            fit, faults = self._fit(record, thread)
            yield thread, faults, not fit
            pending.extend((*thread, message) for message in reversed(fit))

    def _fit(self, record: TreeRecord, thread: Thread) -> tuple[list[Message], list[str]]:
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
        if fault or message.role != "assistant" or not self.min_quality:
            return fault
        score = score_of(record, message)
        if score is None:
            return "a message without a score" if self.unscored == "drop" else None
        return "a score under min_quality" if score.value < self.min_quality else None


def check_chat(said: tuple[ChatMessage, ...]) -> None:
    """Check that chat messages alternate, end with the assistant and are nowhere empty.

    Raises:
        RowRejected: they don't.
    """
    roles = [message["role"] for message in said]
    turns_ = roles[1:] if roles[:1] == ["system"] else roles
    if turns_ != ["user", "assistant"] * (len(turns_) // 2) or not turns_:
        raise RowRejected(f"roles {roles} don't alternate from user to assistant")
    if not all(message["content"].strip() for message in said):
        raise RowRejected("a message is empty")
