"""Tables in Markdown."""

from collections.abc import Iterable, Sequence

__all__ = ["code", "table"]


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""Return a Markdown table; texts can't break out of their cells.

    >>> print(table(("a", "b"), [(1, "x|y")]))
    | a | b |
    |---|---|
    | 1 | x\|y |
    """
    lines = [head, *rows]
    text = [f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines]
    text.insert(1, "|" + "---|" * len(head))
    return "\n".join(text)


def code(text: str) -> str:
    """Return text as code inside a line, whatever it holds."""
    plain = " ".join(text.split()).replace("`", "'")
    return f"`{plain}`" if plain else ""


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")
