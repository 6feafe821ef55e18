"""Grows one message tree on a stage.

Everything random is drawn from hashes of (run seed, tree, path, candidate), so neither the
order in which calls finish nor an interruption changes what a tree becomes.
"""

import asyncio
import random
from collections.abc import Sequence
from hashlib import sha1
from uuid import UUID

from dialoom.errors import ModelError
from dialoom.messages import Role
from dialoom.stage import Candidate, Openings, Stage, derived_seed
from dialoom.tree import BranchFailure, GrownTree, Node, TerminationReason, path_to

__all__ = ["Engine"]

NAMESPACE = UUID("6f0c3d2e-52b0-4f5e-9d64-7b8e6f5a1c11").bytes
"""Message ids are version-5 UUIDs under this one."""


class Engine:
    """Grows the tree of one stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.failures: list[BranchFailure] = []
        """The turns that were lost, also when `grow` raises."""
        self._recorded: set[ModelError] = set()
        self._drafts: tuple[str, ...] = ()

    async def grow(self) -> GrownTree:
        """Return the grown tree.

        Raises:
            ModelError: there is no tree at all, because the opening could not be drawn.
        """
        prefix = self.stage.prefix
        root = await self._opening() if prefix is None else prefix.root
        async with asyncio.TaskGroup() as group:
            for node in (root,) if prefix is None else prefix.ends:
                group.create_task(self._expand(node))
        return GrownTree(
            number=self.stage.number,
            root=root,
            variables=dict(self.stage.variables),
            systems=dict(self.stage.systems),
            roles={player.name: player.role for player in self.stage.cast.players},
            failures=sorted(self.failures, key=lambda failure: failure.path),
            drafts=self._drafts,
        )

    async def _opening(self) -> Node:
        """Return the root. A tree has one, so of several drawn openings the best is kept."""
        seed = self._seed((), "turn")
        speaker = await self.stage.next_speaker(None, seed)
        if self.stage.opener is not None:
            role = self.stage.cast[speaker].role
            root = self._node(None, speaker, role, self.stage.opener, 0)
            await self.stage.tag([root], seed)
            return root
        root = await self._settled(self.stage.openings, speaker)
        root.rank = None
        return root

    async def _settled(self, openings: Openings | None, speaker: str) -> Node:
        """Return the opening that the tree begins with, and tell the run's other trees."""
        if openings is None:
            return self._best(await self._drawn(None, speaker))
        text = None
        try:
            root = await self._fresh(openings, speaker)
            text = root.text
        finally:
            self._drafts = openings.settle(self.stage.number, text)
        return root

    async def _fresh(self, openings: Openings, speaker: str) -> Node:
        """Return an opening, drawn anew as long as it repeats an earlier tree's.

        The last draw is taken as it is: a tree that begins like another is better than none.
        """
        drawn = await self._drawn(None, speaker)
        root = self._best(drawn)
        for attempt in range(self.stage.branching.redraw):
            if root.rejected or not await openings.repeats(self.stage.number, root.text):
                break
            more = await self._candidates(None, speaker, (), len(drawn), f"fresh{attempt}")
            await self.stage.tag(more, self._seed((), f"fresh{attempt}"))
            drawn = [*drawn, *more]
            root = self._best(more)
        return root

    def _best(self, openings: Sequence[Node]) -> Node:
        return (self._followed(openings, None) or openings)[0]

    async def _expand(self, node: Node) -> None:
        """Grow everything below `node`: a loop along a single branch, tasks where it forks."""
        while True:
            try:
                followed = await self._step(node)
            except ModelError as error:
                self._fail(node, error)
                return
            if len(followed) != 1:
                break
            node = followed[0]
        async with asyncio.TaskGroup() as group:
            for child in followed:
                group.create_task(self._expand(child))

    async def _step(self, node: Node) -> list[Node]:
        """Give `node` its replies and return those to go on from; none where the thread ends."""
        thread = path_to(node)
        path = node.path
        if node.rejected and node.model is not None:  # authored text is the user's own choice
            self._give_up(node)
            return []
        # a message of a file is replied to whatever the rules say
        ending = await self._ending(thread, path) if node.message is None else None
        if ending is None and len(thread) >= self._most(thread):
            ending = (TerminationReason.MAX_TURNS, f"{len(thread)} messages")
        if ending is not None:
            node.termination, node.termination_detail = ending
            return []
        speaker = await self.stage.next_speaker(node, self._seed(path, "turn"))
        drawn = await self._drawn(node, speaker)
        node.children = [*node.children, *drawn]
        followed = self._followed(drawn, node)
        return followed if self.stage.prefix is None or self.stage.prefix.turns else []

    def _most(self, thread: Sequence[Node]) -> int:
        """Return how many messages this thread may have."""
        prefix = self.stage.prefix
        if prefix is None:
            return self.stage.max_turns
        return sum(node.message is not None for node in thread) + 1 + prefix.turns

    async def _ending(
        self, thread: Sequence[Node], path: tuple[int, ...]
    ) -> tuple[TerminationReason, str] | None:
        """Return why the thread is over. A check that fails is recorded and ends nothing."""
        try:
            return await self.stage.ended(thread, self._seed(path, "ended"))
        except ModelError as error:
            self._record(path, "stop rules", error)
            return None

    async def _drawn(self, here: Node | None, speaker: str) -> list[Node]:
        """Return the tagged candidates of a turn, drawn anew when all of them are hopeless."""
        path = here.path if here is not None else ()
        fixed = here.children if here is not None else []
        rivals = fixed if self.stage.prefix and self.stage.prefix.keep_replies else []
        children: list[Node] = []
        for attempt in range(self.stage.branching.redraw + 1):
            place = len(fixed) + len(children)
            children.extend(await self._candidates(here, speaker, path, place, f"draw{attempt}"))
            await self.stage.tag([*rivals, *children], self._seed(path, f"tag{attempt}"))
            if not all(child.rejected for child in children):
                break
        return children

    async def _candidates(
        self, here: Node | None, speaker: str, path: tuple[int, ...], first: int, attempt: str
    ) -> list[Node]:
        role = self.stage.cast[speaker].role
        places = range(first, first + self._width(role, here, len(path)))
        # going up by one, as engines draw siblings asked for together (llama.cpp, vLLM)
        base = self._seed(path, attempt)
        seeds = [(base + place) & 0x7FFFFFFF for place in places]
        draws = await self.stage.speakers[speaker].sample(here, seeds)
        nodes = []
        lost: dict[ModelError, list[int]] = {}  # candidates asked for together share an error
        for place, draw in zip(places, draws, strict=True):
            if draw.completion is None:
                error = draw.error or ModelError("no reply", model=draw.model)
                lost.setdefault(error, []).append(draw.seed)
            else:
                nodes.append(self._node(here, speaker, role, draw.completion.text, place, draw))
        for error, missed in lost.items():
            self._record(path, speaker, error, missed)
        if not nodes:
            raise next(iter(lost))
        return nodes

    def _width(self, role: Role, here: Node | None, depth: int) -> int:
        rule = self.stage.branching.of(role)
        is_end = here is not None and here.message is not None
        return rule.width if is_end or rule.at == "all" or depth in rule.at else 1

    def _followed(self, siblings: Sequence[Node], parent: Node | None) -> list[Node]:
        """Return which candidates the conversation goes on from."""
        fit = [node for node in siblings if not node.rejected]
        if not fit:
            for node in siblings:
                self._give_up(node)
            return []
        follow = self.stage.branching.follow
        if follow == "all" and parent is not None:
            return fit
        best = min(fit, key=lambda node: (-(node.score or 0.0), node.candidate))
        if follow == "best" or parent is None:
            return [best]
        chance = random.Random(self._seed(parent.path, "follow"))
        if follow == "random":
            return [chance.choice(fit)]
        others = [node for node in fit if node is not best]
        return [best, *([chance.choice(others)] if others else [])]

    def _node(
        self,
        here: Node | None,
        speaker: str,
        role: Role,
        text: str,
        place: int,
        draw: Candidate | None = None,
    ) -> Node:
        path = (*(here.path if here is not None else ()), place)
        name = f"{self.stage.fingerprint}/{self.stage.seed}/{self.stage.number}/{path}"
        node = Node(_uuid5(name), here, speaker, role, text, candidate=place)
        if draw is not None and draw.completion is not None:
            completion = draw.completion
            node.model, node.seed = draw.model, draw.seed
            node.finish_reason, node.thought = completion.finish_reason, completion.thought
            node.call_key = completion.call_key or None
            node.prompt_tokens = completion.usage.prompt_tokens
            node.completion_tokens = completion.usage.completion_tokens
        return node

    def _give_up(self, node: Node) -> None:
        reasons = [verdict.reason for verdict in node.verdicts if verdict.severity == "hopeless"]
        node.termination = TerminationReason.HOPELESS
        node.termination_detail = "; ".join(reasons)

    def _fail(self, node: Node, error: ModelError) -> None:
        node.termination = TerminationReason.MODEL_ERROR
        node.termination_detail = str(error)
        if error not in self._recorded:
            self._record(node.path, "", error)

    def _record(
        self, path: tuple[int, ...], speaker: str, error: ModelError, seeds: Sequence[int] = ()
    ) -> None:
        kind, message = type(error).__name__, str(error)
        self._recorded.add(error)
        self.failures.append(
            BranchFailure(
                self.stage.number, path, speaker, error.model, kind, message, tuple(seeds)
            )
        )

    def _seed(self, path: tuple[int, ...], purpose: str) -> int:
        return derived_seed(self.stage.seed, self.stage.number, path, purpose)


def _uuid5(name: str) -> str:
    """Return the version-5 UUID of a name, as `uuid.uuid5` does at several times the cost.

    Source: RFC 9562, section 5.5.
    """
    digest = bytearray(sha1(NAMESPACE + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
