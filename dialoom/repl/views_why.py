"""What is known of one message: how it was had, what fired on which words, what the critic says."""

from collections.abc import Iterator

from rich.text import Text

from dialoom.display import printable
from dialoom.repl.session import Session
from dialoom.repl.views import block, failure_lines, name_line, verdict_line
from dialoom.repl.views_facts import moves_at
from dialoom.repl.views_prompt import prompt_shares, sampling_line
from dialoom.repl.voices import Asked
from dialoom.tree import Node
from dialoom.verdicts import Verdict

__all__ = ["why_view"]

AROUND = 30
"""Characters shown on either side of matched words."""


def why_view(session: Session, node: Node, *, width: int | None, timed: bool) -> Text:
    """Return all that explains a message.

    Args:
        session: Where it was said.
        node: The message.
        width: Of the screen.
        timed: Whether seconds are told; they are another every time.
    """
    lines = [name_line(session, node.speaker, number=session.talk.number(node))]
    lines.append(block(node.text, width=width))
    for title, text in _rows(session, node, timed=timed):
        body = block(text, width=width, margin=13)
        lines.append(Text().append(f"  {title:<11}", style="bold").append_text(body[13:]))
    for verdict in node.verdicts:
        lines.append(block(verdict_line(verdict), width=width))
        if verdict.span is not None:
            lines.append(block(_matched(node, verdict), width=width, margin=6))
    lines += failure_lines(node, width=width)
    return Text("\n").join(lines)


def _rows(session: Session, node: Node, *, timed: bool) -> Iterator[tuple[str, Text]]:
    asked = session.asked.get(node.message_id)
    if node.model is None:
        yield "written", Text("by a person")
    else:
        yield "model", Text(printable(f"{node.model} · seed {node.seed}"))
    if asked is not None:
        yield "sampling", Text(sampling_line(asked.request.sampling))
        shares = prompt_shares(asked.cast, asked.request, node.speaker, node.parent)
        parts = " · ".join(f"{origin} {share:.0%}" for origin, share in shares.items())
        yield "prompt", Text(f"{parts}   (/prompt shows it)")
    if node.model is not None:
        yield "tokens", Text(_usage(node, asked, timed=timed))
    if node.thought:
        yield "thought", Text(printable(" ".join(node.thought.split())), style="dim")
    yield "score", Text(_score(session, node))
    if moves := moves_at(session, node):
        yield "facts", Text(printable(f"{moves}   (/facts shows all)"))
    fired = sum(verdict.kind == "heuristic" for verdict in node.verdicts)
    yield (
        "heuristics",
        Text(f"{len(session.judges.heuristics)} looked at it, {fired or 'none'} fired"),
    )


def _usage(node: Node, asked: Asked | None, *, timed: bool) -> str:
    prompt = node.prompt_tokens or "with its siblings'"
    text = f"prompt {prompt}, reply {node.completion_tokens} · ended by {node.finish_reason}"
    if asked is not None and timed and asked.completion.seconds:
        rate = node.completion_tokens / asked.completion.seconds
        text += f" · {asked.completion.seconds:.1f} s, {rate:.0f} tokens/s"
    return text


def _score(session: Session, node: Node) -> str:
    if node.score is None:
        return "none"
    text = f"{node.score:.2f} by {node.basis}"
    siblings = len(session.talk.siblings(node))
    if node.rank is not None:
        text += f" · rank {node.rank} of {siblings}, 0 is best"
    elif siblings > 1:
        text += f" · no rank among {siblings}"
    return text + (" · rejected" if node.rejected else "")


def _matched(node: Node, verdict: Verdict) -> Text:
    assert verdict.span is not None
    start, end = verdict.span
    before = node.text[max(0, start - AROUND) : start]
    after = node.text[end : end + AROUND]
    text = Text("…" if start > AROUND else "", style="dim")
    for part, style in ((before, "dim"), (node.text[start:end], "reverse"), (after, "dim")):
        shown = printable(part).replace("\n", " ")
        text.append(f"»{shown}«" if style == "reverse" else shown, style=style)
    return text.append("…" if end + AROUND < len(node.text) else "", style="dim")
