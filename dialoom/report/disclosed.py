"""Who has told what in the trees of a run, where its scenario can still be read."""

from pathlib import Path

from dialoom.build.casting import casting_of
from dialoom.errors import InputError
from dialoom.evaluators.tree_ledger import TreeLedger, tree_ledger
from dialoom.events import Event, Notice
from dialoom.tree import TreeRecord

__all__ = ["Disclosed"]


class Disclosed:
    """Finds the ledgers of a source's trees."""

    def __init__(self, source: Path) -> None:
        """Look for the scenario of a run.

        Raises:
            RunConflict: the run can't be read.
        """
        self.notices: list[str] = []
        """What a reader should know of what is shown, a sentence each."""
        self._casting = casting_of(source, listener=self._heard)

    def ledger(self, record: TreeRecord) -> TreeLedger | None:
        """Return the ledger of a tree; None where nobody knows who is on its stage."""
        if self._casting is None:
            return None
        try:
            cast = self._casting.cast(record)
        except InputError as error:  # the scenario has changed since the run
            self.notices.append(str(error))
            self._casting = None
            return None
        return tree_ledger(record.tree, cast)

    def _heard(self, event: Event) -> None:
        if isinstance(event, Notice):
            self.notices.append(event.message)
