"""A prompt as it is sent, each word coloured by where it comes from."""

from collections.abc import Sequence

from rich.text import Text

from dialoom.chat import ChatMessage, ChatRequest, Sampling
from dialoom.display import printable
from dialoom.repl.origins import Origin, Part, parts_of, shares
from dialoom.repl.views import block
from dialoom.scenarios.cast import Cast
from dialoom.tree import Node, path_to

__all__ = ["prompt_shares", "prompt_view", "sampling_line"]

COLOURS: dict[Origin, str] = {
    "persona": "magenta",
    "scenario": "blue",
    "knowledge": "yellow",
    "history": "cyan",
    "frame": "dim",
}
CHARACTERS_A_TOKEN = 4
"""Of an estimate where no model has counted."""


def prompt_view(
    cast: Cast,
    request: ChatRequest,
    name: str,
    here: Node | None,
    *,
    tokens: int,
    width: int | None,
) -> Text:
    """Return a whole prompt.

    Args:
        cast: Everyone on stage as they were when it was made.
        request: The prompt.
        name: The member it is sent for.
        here: The message it asks a reply to.
        tokens: Of the prompt, as the model counted them; 0 when it did not.
        width: Of the screen.
    """
    parts = _parts(cast, request, name, here)
    counts = _counts(request.messages, tokens)
    lines = []
    for one, split, count in zip(request.messages, parts, counts, strict=True):
        lines.append(Text(f"{one['role']}  about {count} tokens", style="bold"))
        lines.append(_gutter(split, width=width))
    lines.append(Text(_total(sum(counts), tokens), style="bold").append(_legend(parts)))
    lines.append(Text(sampling_line(request.sampling), style="dim"))
    return Text("\n").join(lines)


def prompt_shares(
    cast: Cast, request: ChatRequest, name: str, here: Node | None
) -> dict[Origin, float]:
    """Return which share of a prompt each origin has, 0 to 1."""
    return shares(_parts(cast, request, name, here))


def sampling_line(sampling: Sampling) -> str:
    """Return sampling settings in words."""
    given = sampling.model_dump(exclude_none=True, exclude_defaults=True)
    said = ", ".join(f"{key} {_value(value)}" for key, value in given.items())
    return said or "the model's own sampling"


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(repr(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _parts(cast: Cast, request: ChatRequest, name: str, here: Node | None) -> list[list[Part]]:
    said = [node.text for node in path_to(here)] if here is not None else []
    return parts_of(request.messages, cast[name], cast, said)


def _counts(messages: Sequence[ChatMessage], tokens: int) -> list[int]:
    """Return about how many tokens each message has, by its share of the characters."""
    lengths = [len(one["content"]) for one in messages]
    whole = sum(lengths) or 1
    total = tokens or max(1, whole // CHARACTERS_A_TOKEN)
    return [round(total * length / whole) for length in lengths]


def _total(estimate: int, tokens: int) -> str:
    if tokens:
        return f"{tokens} tokens in all, counted by the model: "
    return f"about {estimate} tokens in all: "


def _legend(parts: Sequence[Sequence[Part]]) -> Text:
    said = [
        Text(f"{origin} {share:.0%}", style=COLOURS[origin])
        for origin, share in shares(parts).items()
    ]
    return Text(" · ").join(said)


def _gutter(parts: Sequence[Part], *, width: int | None) -> Text:
    """Return a message with, before each line, the origin of most of it."""
    text = Text()
    for part in parts:
        text.append(printable(part.text), style=COLOURS[part.origin])
    lines = []
    for line in text.split("\n", allow_blank=True):
        origin = _origin(line)
        body = block(line, width=width, margin=14)
        lines.append(Text(f"  {origin:<10}| ", style="dim") + body[14:])
    return Text("\n").join(lines)


def _origin(line: Text) -> str:
    """Return the origin that most characters of a line have; dialoom's own only if all are."""
    sizes = {
        origin: sum(span.end - span.start for span in line.spans if span.style == colour)
        for origin, colour in COLOURS.items()
        if origin != "frame"
    }
    best = max(sizes, key=lambda origin: sizes[origin])
    return best if sizes[best] else ("frame" if line.plain else "")
