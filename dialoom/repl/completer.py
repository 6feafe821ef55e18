"""What a typed line may go on to, for prompt_toolkit."""

from collections.abc import Iterator

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from dialoom.display import printable
from dialoom.repl.commands import completions
from dialoom.repl.session import Session

__all__ = ["SessionCompleter"]


class SessionCompleter(Completer):
    """Completes commands, members, keys, message numbers, labels and models."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """Yield completions of the word before the cursor."""
        typed = document.text_before_cursor
        word = typed.rpartition(" ")[2]
        for text, meaning in completions(self._session, typed):
            shown = printable(text)
            yield Completion(text, -len(word), display=shown, display_meta=printable(meaning))
