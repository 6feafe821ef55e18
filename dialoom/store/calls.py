"""Where else a run's calls are looked up and kept: nowhere, or in a store that runs share."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Any

from dialoom.chat import ChatRequest, Completion
from dialoom.errors import Fault, InputError
from dialoom.store.database import GroupCommit, connect
from dialoom.store.journal import RunJournal

__all__ = ["SharedCalls", "SharedJournal", "Uncached"]

PROMPTS = 1
"""Goes up when the same messages would have to be asked anew: a change that no text shows."""


class Uncached:
    """Keeps the figures of a run's calls, looks nothing up, and keeps no answer."""

    def __init__(self, own: RunJournal) -> None:
        self._own = own

    def find(self, key: str) -> None:
        """Return None, whatever was asked before."""
        return

    async def put(
        self, key: str, model: str, request: ChatRequest, answer: Sequence[Completion]
    ) -> None:
        """Keep the figures; returns once they are committed.

        Raises:
            RunConflict: they can't be written.
        """
        await self._own.count(f"{key}/{token_hex(6)}", model, request, answer)


class SharedCalls:
    """A folder with the calls of several runs, or another run's directory, which is only read."""

    def __init__(self, folder: Path) -> None:
        """Open the store, made when it is missing.

        Raises:
            InputError: the folder can't be made; RunConflict when it holds no calls.
        """
        self.writes = not (folder / "run.db").exists()
        file = folder / ("calls.db" if self.writes else "run.db")
        if self.writes:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise InputError(Fault((error.strerror or str(error)).lower(), folder)) from error
        self._database = connect(file, create=self.writes)
        self._commits = GroupCommit(self._database, file)
        self.journal = RunJournal(self._database, self._commits)

    def close(self) -> None:
        """Write what is left to write, and close the file."""
        self._commits.flush()
        self._database.close()


class SharedJournal:
    """A run's own journal with a shared store behind it.

    What comes from the store is copied, so that the run's directory tells everything by itself.
    """

    def __init__(self, own: RunJournal, shared: SharedCalls, *, place: str = "") -> None:
        """Put a store behind a journal.

        Args:
            own: The run's.
            shared: The store.
            place: Where the model is reached; one of the same name elsewhere may be another.
        """
        self._own, self._shared, self._place = own, shared, place

    def at(self, model: str, place: str) -> "SharedJournal | RunJournal":
        """Return the journal of one model; the run's own alone where the store's is elsewhere."""
        if not self._shared.writes:
            described = self._shared.journal.described(model)
            if described is not None and described["place"] != place:
                return self._own
        return SharedJournal(self._own, self._shared, place=place)

    def find(self, key: str) -> list[Completion] | None:
        """Return the answer kept under a key by this run or by another, or None."""
        answer = self._own.find(key)
        if answer is not None:
            return answer
        elsewhere = self._elsewhere(key)
        answer, call = self._shared.journal.find(elsewhere), self._shared.journal.kept(elsewhere)
        if answer is None or call is None:
            return None
        self._own.adopt(key, call)
        return [replace(completion, call_key=key) for completion in answer]

    async def put(
        self, key: str, model: str, request: ChatRequest, answer: Sequence[Completion]
    ) -> None:
        """Keep an answer in both; returns once it is committed.

        Raises:
            RunConflict: it can't be written: the disk is full, say.
        """
        await self._own.put(key, model, request, answer)
        if self._shared.writes:
            await self._shared.journal.put(self._elsewhere(key), model, request, answer)

    def describe(self, model: str, about: Mapping[str, Any]) -> None:
        """Keep what was found out about a model."""
        self._own.describe(model, about)
        if self._shared.writes:
            self._shared.journal.describe(self._named(model), about)

    def described(self, model: str) -> dict[str, Any] | None:
        """Return what this run or another has found out about a model, or None."""
        return self._own.described(model) or self._shared.journal.described(self._named(model))

    def _elsewhere(self, key: str) -> str:
        """Return the store's key; another run's directory has the same keys as this one."""
        if not self._shared.writes:
            return key
        return sha256(f"{PROMPTS}\n{self._place}\n{key}".encode()).hexdigest()

    def _named(self, model: str) -> str:
        return f"{model} {self._place}".rstrip() if self._shared.writes else model
