r"""Messages of several lines, typed one line at a time.

A line that ends in `\` goes on with the next. Lines between two `\"\"\"` belong together as they
are.
"""

__all__ = ["is_open", "whole"]

QUOTES = '"""'


def is_open(text: str) -> bool:
    r"""Return whether more lines belong to what was typed so far.

    >>> is_open("Hello,\\"), is_open('\"\"\"one'), is_open('\"\"\"one\ntwo\"\"\"')
    (True, True, False)
    """
    start = text.lstrip()
    if start.startswith(QUOTES):
        return not _is_closed(start)
    return _goes_on(text)


def whole(text: str) -> str:
    r"""Return the message that typed lines make.

    >>> whole("Hello,\\\nI have a question")
    'Hello,\nI have a question'
    """
    start = text.strip()
    if start.startswith(QUOTES):
        inside = start.removeprefix(QUOTES)
        said = (inside.removesuffix(QUOTES) if _is_closed(start) else inside).strip("\n")
        return f"/{said}" if said.startswith("/") else said  # between quotes nothing is a command
    lines = text.split("\n")
    return "\n".join(line[:-1] if _goes_on(line) else line for line in lines).strip()


def _is_closed(text: str) -> bool:
    return len(text.rstrip()) >= 2 * len(QUOTES) and text.rstrip().endswith(QUOTES)


def _goes_on(line: str) -> bool:
    return line.endswith("\\") and not line.endswith("\\\\")
