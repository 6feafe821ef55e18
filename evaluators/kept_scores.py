"""What scorers gave, kept in a journal of calls, so that nothing is asked and paid for twice."""

import asyncio
import json
import time
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from pydantic_core import to_json

from dialoom.agents.clients.endpoint import Journal
from dialoom.chat import ChatMessage, ChatRequest, Completion, Sampling
from dialoom.errors import MissingCall, first_error
from dialoom.evaluators.base import Subject
from dialoom.evaluators.scorers import Scorer, Scores, conversation, numbers

__all__ = ["KeptScores"]

PURPOSE = "scorer"


class KeptScores(Scores):
    """Asks a scorer for what no journal holds, and keeps it there before anybody sees it."""

    def __init__(self, journal: Journal, *, asks: bool = True) -> None:
        """Take the journal.

        Args:
            journal: Where numbers are looked up and kept, as calls of `scorer/VERSION`.
            asks: False for a replay, in which what isn't kept is an error.
        """
        self._journal, self._asks = journal, asks

    async def of(self, scorer: Scorer, subjects: Sequence[Subject]) -> list[float]:
        """Return the number of each candidate of a turn.

        Raises:
            MissingCall: one is not kept, and nobody is to be asked.
            RunConflict: one can't be kept.
            Exception: whatever the scorer raises.
        """
        if not scorer.apart:
            return await self._together(scorer, subjects)
        alone = [replace(subject, siblings=(), candidate=0) for subject in subjects]
        keys = [_key(scorer, [subject]) for subject in alone]
        found = {key: kept[0] for key in keys if (kept := self._kept(key, 1)) is not None}
        missing = {key: one for key, one in zip(keys, alone, strict=True) if key not in found}
        if missing:
            asked = list(missing.values())
            values, seconds = await self._asked(scorer, asked)
            found |= dict(zip(missing, values, strict=True))
            await _all(
                self._keep(key, scorer, [one], [found[key]], seconds)
                for key, one in missing.items()
            )
        return [found[key] for key in keys]

    async def _together(self, scorer: Scorer, subjects: Sequence[Subject]) -> list[float]:
        key = _key(scorer, subjects)
        kept = self._kept(key, len(subjects))
        if kept is not None:
            return kept
        values, seconds = await self._asked(scorer, subjects)
        await self._keep(key, scorer, subjects, values, seconds)
        return values

    def _kept(self, key: str, count: int) -> list[float] | None:
        answer = self._journal.find(key)
        return None if answer is None else numbers([json.loads(one.text) for one in answer], count)

    async def _asked(
        self, scorer: Scorer, subjects: Sequence[Subject]
    ) -> tuple[list[float], float]:
        if not self._asks:
            raise MissingCall(
                f"--replay: no kept score of {scorer.name} ({scorer.version}) for the message "
                f"that ends with {subjects[0].text[-60:]!r}; without --replay it would be asked"
            )
        began = time.monotonic()
        values = numbers(await scorer.score(subjects), len(subjects))
        return values, time.monotonic() - began

    async def _keep(
        self,
        key: str,
        scorer: Scorer,
        subjects: Sequence[Subject],
        values: Sequence[float],
        seconds: float,
    ) -> None:
        request = ChatRequest(_shown(subjects), Sampling(), (0,) * len(values), purpose=PURPOSE)
        answer = [Completion(json.dumps(value), seconds=seconds) for value in values]
        await self._journal.put(key, f"{PURPOSE}/{scorer.version}", request, answer)


async def _all(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Wait for what shares a commit; of several errors the first is raised."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for one in work:
                tasks.create_task(one)
    except BaseExceptionGroup as errors:
        raise first_error(errors) from errors


def _key(scorer: Scorer, subjects: Sequence[Subject]) -> str:
    """Return the SHA-256 of all that makes a scorer's numbers, in hexadecimal."""
    made_by = (scorer.name, scorer.version, scorer.made_with, list(subjects))
    return sha256(to_json(made_by)).hexdigest()


def _shown(subjects: Sequence[Subject]) -> tuple[ChatMessage, ...]:
    """Return what was scored, for whoever reads the journal: the thread, then the candidates."""
    first, *others = subjects
    said: list[ChatMessage] = [{"role": "assistant", "content": one.text} for one in others]
    return (*conversation(first), *said)
