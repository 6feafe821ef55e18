"""A finished run as a table, and one whole sample dialogue."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dialoom.build import Run, RunSummary
from dialoom.build.plan import Range
from dialoom.build.prices import dollars
from dialoom.build.summary import CallFigures
from dialoom.cli.figures import amount, money
from dialoom.cli.funnel import step_text
from dialoom.cli.text import printable
from dialoom.cli.threads import thread_text
from dialoom.messages import Message, Thread
from dialoom.quality import CriticQuality, FunnelStep
from dialoom.wording import counted, errors_listed

__all__ = ["run_report", "summary_table"]

SHOWN = 2_000
"""Characters of a message in the sample of a run: a reply that never ends is not all printed."""
SCORING = "scorer"
"""Calls that no plan counts, and whose tokens nobody tells."""


def run_report(run: Run, *, width: int = 80) -> RenderableType:
    """Return the summary of a run, a sample dialogue, and what a person should look at."""
    parts: list[RenderableType] = []
    sample = next((record for record in run.records() if record.tree.prompt), None)
    if sample is not None and sample.tree.prompt is not None:
        parts.append(Text("A dialogue of this run, along its best branch:\n", style="bold"))
        thread = followed(sample.tree.prompt)
        parts.append(thread_text(sample, thread, width=width, most=SHOWN))
    parts.append(summary_table(run.summary))
    parts.extend(Text(f"! {notice}", style="yellow") for notice in run.summary.notices)
    return Group(*parts)


def followed(prompt: Message) -> Thread:
    """Return the thread that goes on from the prompt: at each turn the reply with most below."""
    thread = [prompt]
    while thread[-1].replies:
        thread.append(max(thread[-1].replies, key=_depth))
    return tuple(thread)


def _depth(message: Message) -> tuple[int, int]:
    """Return how far the talk goes on below a message, then how well it ranks."""
    depth, level = 0, [message]
    while level:
        level = [reply for one in level for reply in one.replies or ()]
        depth += 1
    return depth, -(message.rank if message.rank is not None else 1_000_000)


def summary_table(summary: RunSummary) -> Table:
    """Return a run's figures."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0), title_justify="left")
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _rows(summary):
        table.add_row(name, Text(printable(value)))
    return table


def _rows(summary: RunSummary) -> Iterator[tuple[str, str]]:
    lost = f", {summary.failed_trees} failed" if summary.failed_trees else ""
    ended = f" ({_listed(summary.terminations)})" if summary.terminations else ""
    yield (
        "trees",
        f"{summary.trees} of {summary.wanted_trees}{lost}{ended}",
    )
    rejected = sum(summary.rejected.values())
    refused = rejected + summary.dropped
    yield "messages", f"{summary.messages}: {summary.kept} kept, {refused} dropped"
    if summary.rejected:
        yield "  dropped for", _listed(summary.rejected)
    for step in summary.funnel[1:]:
        yield f"  by {step['rule']}", step_text(FunnelStep(**step))
    if summary.faults:
        yield "  marked down for", _listed(summary.faults)
    for name, exported in summary.exports.items():
        unit = {"oasst": "tree", "dpo": "pair"}.get(name, "row")
        left_out = f"; left out: {_listed(exported.dropped)}" if exported.dropped else ""
        figures = "".join(
            f"; {figure.replace('_', ' ')} {value:g}" for figure, value in exported.figures.items()
        )
        yield name, f"{counted(exported.rows, unit)} in {exported.file}{figures}{left_out}"
    yield from _critics(summary)
    yield from _calls(summary)
    if summary.lost_branches:
        yield "lost branches", f"{errors_listed(summary.lost_branches)} (failures.jsonl)"
    if summary.evaluator_failures:
        yield "failed judgements", _listed(summary.evaluator_failures)
    yield "time", f"{summary.seconds:,.1f} s{_rate(summary)}"
    yield "files", summary.directory


def _critics(summary: RunSummary) -> Iterator[tuple[str, str]]:
    for critic in summary.critics:
        found = CriticQuality(**critic)
        yield "test of critic", found.test
        if found.measured:
            yield "  measured", found.measured


def _calls(summary: RunSummary) -> Iterator[tuple[str, str]]:
    for row in summary.calls:
        tokens = f", {row.prompt_tokens:,} tokens in{_cached(row)}, {row.completion_tokens:,} out"
        calls = f"{row.calls:,} calls{'' if row.purpose == SCORING else tokens}"
        reused = f", {row.reused:,} answers from the cache" if row.reused else ""
        paid = f", {dollars(row.usd)}" if row.usd else ""
        took = f"; {row.p50:,.1f} s each, 99 % in {row.p99:,.1f} s" if row.seconds >= 1 else ""
        yield row.purpose or "calls", f"{row.model}: {calls}{reused}{paid}{took}"
    for model, errors in summary.retries.items():
        yield "retries", f"{model}: {errors_listed(errors)}"
    if summary.saved_calls:
        yield "critic calls saved", f"{summary.saved_calls:,} (hopeless or repeated replies)"
    if summary.plan and summary.state == "finished":
        yield "planned", _planned(summary, summary.plan)


def _cached(row: CallFigures) -> str:
    """Return the share that a prefix cache served; many endpoints don't tell, and that is no 0."""
    if not row.cached_tokens:
        return ""
    return f" ({row.cached_tokens / row.prompt_tokens:.0%} from the prefix cache)"


def _planned(summary: RunSummary, plan: Mapping[str, Any]) -> str:
    """Return what the run took against what it was expected to take."""
    calls = sum(row.calls for row in summary.calls if row.purpose != SCORING)
    tokens = sum(row.prompt_tokens + row.completion_tokens for row in summary.calls)
    parts = [
        f"{amount(Range(**plan['calls']))} calls, {calls:,} made",
        f"{amount(Range(**plan['tokens']))} tokens, {tokens:,} used",
    ]
    if summary.usd and plan["usd"]:
        parts.append(f"{money(Range(**plan['usd']))}, {dollars(summary.usd)} spent")
    return "; ".join(parts)


def _rate(summary: RunSummary) -> str:
    if not summary.tokens or not summary.seconds:
        return ""
    return f", {summary.tokens:,} tokens generated, {summary.tokens / summary.seconds:,.0f} tok/s"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
