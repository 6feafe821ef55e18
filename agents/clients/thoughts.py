"""What a model thinks before it replies, kept apart from the reply."""

__all__ = ["Spoken", "split_thought"]

OPEN, CLOSE = "<think>", "</think>"


def split_thought(text: str) -> tuple[str, str | None]:
    """Return a reply without its leading `<think>` block, and what stood in the block.

    A block that is never closed is all thought: the reply is then empty.

    >>> split_thought("<think>She is angry.</think>I'm sorry.")
    ("I'm sorry.", 'She is angry.')
    """
    stripped = text.lstrip()
    if not stripped.startswith(OPEN):
        return text, None
    thought, closed, rest = stripped.removeprefix(OPEN).partition(CLOSE)
    return (rest.lstrip() if closed else ""), thought.strip()


class Spoken:
    """Lets the text of a reply through piece by piece and keeps back a leading `<think>` block."""

    def __init__(self) -> None:
        self._held: str | None = ""
        """What may still be thought; None once the reply proper has begun."""

    def add(self, piece: str) -> str:
        """Return what may be shown after this piece; often nothing or just the piece."""
        if self._held is None:
            return piece
        self._held += piece
        begun = self._held.lstrip()
        if begun.startswith(OPEN):
            _, closed, rest = begun.partition(CLOSE)
            shown = rest.lstrip() if closed else ""
        else:
            shown = "" if OPEN.startswith(begun) else self._held
        if shown:
            self._held = None
        return shown

    def rest(self) -> str:
        """Return what was kept back in case it grew into a thought, and did not."""
        held = self._held or ""
        return "" if held.lstrip().startswith(OPEN) else held
