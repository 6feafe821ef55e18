"""Tags messages: candidates of a growing tree as they are drawn, or a whole tree from a file.

A sibling group is tagged as one, since scores and ranks compare siblings.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dialoom.evaluators.base import Heuristic, Said, Subject
from dialoom.evaluators.critic import CriticJudge
from dialoom.evaluators.labels import labels_of, with_ours
from dialoom.evaluators.scorers import Scorer, Scores, scored
from dialoom.evaluators.stages import Assessment, Stages, Tally
from dialoom.evaluators.subjects import on_stage, speaker_of, subject_of
from dialoom.events import Listener, Notice
from dialoom.messages import Label, Message, MessageTree, Thread
from dialoom.scenarios.cast import Cast
from dialoom.tree import MessageNotes, Node, TreeRecord, path_to

__all__ = ["Tagger"]


class Tagger:
    """Tags sibling groups; safe to share between all trees of a run."""

    def __init__(
        self,
        heuristics: Sequence[Heuristic],
        *critics: CriticJudge,
        listener: Listener | None = None,
        scorers: Sequence[Scorer] = (),
        scores: Scores | None = None,
    ) -> None:
        """Make a tagger.

        Args:
            heuristics: In the order in which their verdicts are listed.
            critics: Each judges every message; none asks no model.
            listener: Is told, once each, when a critic is not trusted, and when it or a scorer
                fails.
            scorers: What they give becomes labels, and decides no rank.
            scores: How their numbers are had; None asks them each time.
        """
        self._scorers, self._scores = tuple(scorers), scores
        self._listener: Listener = listener or (lambda event: None)
        self._failed: set[str] = set()
        self._stages = Stages(heuristics, critics, self._listener)

    @property
    def critics(self) -> tuple[CriticJudge, ...]:
        """Who judges."""
        return self._stages.critics

    @property
    def tally(self) -> Tally:
        """What was done so far, for the summary."""
        return self._stages.tally

    async def tag(
        self,
        siblings: Sequence[Node],
        cast: Cast,
        seed: int,
        *,
        systems: Mapping[str, str] | None = None,
    ) -> None:
        """Judge, score and rank the candidates of one turn, in place.

        Candidates that were tagged before are tagged anew, since their group has grown.

        Args:
            siblings: All candidates of the turn, at least one, in the order they were asked for.
            cast: Everyone on the stage.
            seed: Of the critic's judgements, 0 to 2**31 - 1.
            systems: The system prompt of each speaker.
        """
        again = sum(node.score is not None for node in siblings)
        subjects = _subjects(siblings, cast, systems or {})
        found = await self._stages.assess(subjects, seed, again=again)
        found = await self._scored(subjects, found)
        for node, assessment in zip(siblings, found, strict=True):
            node.verdicts, node.failures = list(assessment.verdicts), list(assessment.failures)
            node.labels, node.rank = assessment.labels, assessment.rank
            node.score, node.basis, node.rejected = assessment.grade

    async def tag_tree(
        self,
        tree: MessageTree,
        seed: int = 0,
        *,
        notes: Mapping[str, MessageNotes] | None = None,
        cast: Cast | None = None,
        systems: Mapping[str, str] | None = None,
    ) -> TreeRecord:
        """Tag every message of a finished tree in place, and return the tree with its notes.

        Labels, ranks and review results that are there stay as they are; ours are added. Only
        what the notes show to be drawn by dialoom is labelled, ranked and reviewed anew.

        Args:
            tree: OASST's or our own; its messages are changed.
            seed: Of the critic's judgements, 0 to 2**31 - 1.
            notes: What dialoom knows of the messages, by id.
            cast: Who is on the stage; None where nobody knows, and rules that ask are silent.
            systems: System prompts by author.
        """
        known = dict(notes or {})
        groups = [
            (
                group,
                [
                    subject_of((*thread, message), group, notes=known, cast=cast, systems=systems)
                    for message in group
                ],
            )
            for thread, group in _groups(tree)
        ]
        if not self._stages.critics and not self._scorers:
            found = [await self._stages.assess(subjects, seed) for _, subjects in groups]
        else:
            async with asyncio.TaskGroup() as tasks:
                running = [
                    tasks.create_task(self._assessed(subjects, seed)) for _, subjects in groups
                ]
            found = [task.result() for task in running]
        for (group, _), assessments in zip(groups, found, strict=True):
            _write(group, assessments, known)
        return TreeRecord(tree, notes=known, systems=dict(systems or {}))

    async def _assessed(self, subjects: Sequence[Subject], seed: int) -> list[Assessment]:
        found = await self._stages.assess(subjects, seed)
        return await self._scored(subjects, found)

    async def _scored(
        self, subjects: Sequence[Subject], found: Sequence[Assessment]
    ) -> list[Assessment]:
        """Return assessments with what scorers say; the first failure of each is told."""
        assessments = await scored(self._scorers, subjects, found, self._scores)
        names = {scorer.name for scorer in self._scorers}
        for failure in (failure for one in assessments for failure in one.failures):
            if failure.evaluator in names - self._failed:
                self._failed.add(failure.evaluator)
                self._listener(
                    Notice(
                        f"the scorer {failure.evaluator} could not score every message "
                        f"({failure.error}: {failure.message})"
                    )
                )
        return assessments


def _subjects(siblings: Sequence[Node], cast: Cast, systems: Mapping[str, str]) -> list[Subject]:
    """Return the candidates of a turn as rules see them; what they share is made once."""
    parent = siblings[0].parent
    before = () if parent is None else tuple(path_to(parent))
    thread = tuple(Said(node.speaker, node.role, node.text) for node in before)
    texts = tuple(node.text for node in siblings)
    return [
        on_stage(
            Subject(
                text=node.text,
                speaker=node.speaker,
                role=node.role,
                thread=thread,
                siblings=texts,
                candidate=place,
                system=systems.get(node.speaker, ""),
                finish_reason=node.finish_reason,
                thought=node.thought,
                synthetic=node.model is not None,
            ),
            cast,
        )
        for place, node in enumerate(siblings)
    ]


def _groups(tree: MessageTree) -> Iterator[tuple[Thread, list[Message]]]:
    """Yield each sibling group of a tree with the thread it replies to, parents first."""
    pending: list[tuple[Thread, list[Message]]] = [((), [tree.prompt])] if tree.prompt else []
    while pending:
        thread, group = pending.pop()
        yield thread, group
        pending.extend(
            ((*thread, message), message.replies) for message in reversed(group) if message.replies
        )


def _write(
    group: list[Message], assessments: Sequence[Assessment], known: dict[str, MessageNotes]
) -> None:
    """Write assessments into messages and notes, beside what others have written there."""
    ranked_by_others = any(
        message.rank is not None and not _is_ours(message, known) for message in group
    )
    for message, found in zip(group, assessments, strict=True):
        if not ranked_by_others:
            message.rank = found.rank
        if _is_ours(message, known):
            message.review_result = not found.grade.rejected
        elif message.review_result is None and found.grade.rejected:
            message.review_result = False
        message.labels = with_ours(_theirs(message, known), found.labels)
        known[message.message_id] = replace(
            known.get(message.message_id) or _first_note(message),
            score=found.grade.score,
            basis=found.grade.basis,
            verdicts=found.verdicts,
            failures=found.failures,
        )
    if not ranked_by_others:
        group.sort(key=lambda message: (message.rank is None, message.rank or 0))


def _is_ours(message: Message, known: Mapping[str, MessageNotes]) -> bool:
    note = known.get(message.message_id)
    return note is not None and note.seed is not None


def _theirs(message: Message, known: Mapping[str, MessageNotes]) -> dict[str, Label]:
    """Return a message's labels less those that dialoom's own notes account for."""
    labels = message.labels or {}
    if not _is_ours(message, known):
        return labels
    note = known[message.message_id]
    ours = labels_of(note.verdicts, score=note.score)
    return {name: label for name, label in labels.items() if label != ours.get(name)}


def _first_note(message: Message) -> MessageNotes:
    return MessageNotes(speaker=speaker_of(message), model=message.model_name)
