"""What stands in each section of the page."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from markupsafe import Markup

from dialoom.build.prices import dollars
from dialoom.intervals import mean
from dialoom.report.charts import Bins, histogram, lengths_of, unit_bins
from dialoom.report.evidence import Row, critic_views, diversity_rows, duplicate_facts, rules
from dialoom.report.gathering import Gathered
from dialoom.store import RunManifest
from dialoom.wording import counted

__all__ = ["contents"]

SECTIONS = (
    ("warnings", "Warnings"),
    ("summary", "Summary"),
    ("funnel", "From messages to rows"),
    ("scores", "Scores"),
    ("texts", "Texts"),
    ("coverage", "Coverage"),
    ("models", "Models"),
    ("examples", "Examples"),
    ("trees", "Trees"),
)


class Card(NamedTuple):
    """A figure with its name, and a word on it."""

    name: str
    value: str
    detail: str = ""


def contents(gathered: Gathered) -> dict[str, Any]:
    """Return the variables of the page's template."""
    manifest, tallies = gathered.manifest, gathered.tallies
    return {
        "title": manifest.run_id if manifest else gathered.source.name,
        "subtitle": _subtitle(gathered),
        "sections": SECTIONS,
        "notices": gathered.notices,
        "cards": list(_cards(gathered)),
        "made_by": list(_made_by(manifest)) if manifest else [],
        "funnel": list(_funnel(gathered)),
        "faults": _counted(tallies.faults, tallies.messages),
        "exports": list(_exports(gathered)),
        "labels": sorted(tallies.labels.items()),
        "agreements": gathered.agreements,
        "terminations": _counted(tallies.terminations, tallies.terminations.total()),
        "languages": _counted(tallies.languages, tallies.messages),
        "speakers": list(tallies.speakers.items()),
        "calls": gathered.calls,
        "rules": rules(gathered.quality),
        "critics": critic_views(gathered.quality),
        "diversity": diversity_rows(gathered.quality),
        "duplicates": duplicate_facts(gathered.quality),
        "kept": gathered.kept,
        "dropped": gathered.dropped,
        "pairs_text": _pairs_text(gathered),
        "ledger_notices": gathered.ledger_notices,
        "footer": _footer(manifest),
        **_charts(gathered),
        **_coverage(gathered),
        **_wins(gathered),
    }


def _subtitle(gathered: Gathered) -> str:
    trees, messages = gathered.tallies.trees, gathered.tallies.messages
    when = f", made {gathered.manifest.created[:16].replace('T', ' ')}" if gathered.manifest else ""
    return f"{counted(trees, 'tree')}, {counted(messages, 'message')}{when}"


def _cards(gathered: Gathered) -> Iterator[Card]:
    tallies, manifest = gathered.tallies, gathered.manifest
    wanted = f"of {manifest.trees:,}, {manifest.state}" if manifest else ""
    yield Card("Trees", f"{tallies.trees:,}", wanted)
    yield Card("Messages", f"{tallies.messages:,}")
    share = f"{tallies.kept / tallies.messages:.1%} of messages" if tallies.messages else ""
    yield Card("Kept", f"{tallies.kept:,}", share)
    score = mean([parts.scores for parts in tallies.parts])
    if score is not None:
        yield Card(
            "Mean score", f"{score.value:.2f}", f"{score.low:.2f} to {score.high:.2f} (95 %)"
        )
    for name, exported in gathered.exports.items():
        if name not in ("oasst", "dpo"):
            yield Card(f"{name} rows", f"{exported['rows']:,}", exported["file"])
    yield Card(
        "Preference pairs", f"{gathered.pairs:,}", "" if gathered.pairs_written else "not written"
    )
    tokens = sum(row.completion_tokens for row in gathered.calls)
    if tokens:
        yield Card("Tokens written", f"{tokens:,}")
    if gathered.calls:
        yield _cost(gathered)
    if manifest and manifest.summary.get("run_seconds"):
        yield Card("Time", f"{_time(manifest.summary['run_seconds'])}", "all processes together")


def _cost(gathered: Gathered) -> Card:
    """Return what the calls cost: what is known of it, and whose price is not."""
    known = sum(row.usd or 0.0 for row in gathered.calls)
    unknown = sorted({row.model for row in gathered.calls if row.usd is None})
    if unknown:
        value = f"over {dollars(known)}" if known else "not known"
        return Card("Cost", value, f"no price of {', '.join(unknown)}")
    kept = gathered.tallies.kept
    each = f"{dollars(1000 * known / kept)} for 1,000 kept messages" if kept and known else ""
    return Card("Cost", dollars(known), each)


def _time(seconds: float) -> str:
    return f"{seconds / 60:,.1f} min" if seconds >= 120 else f"{seconds:,.1f} s"


def _made_by(manifest: RunManifest) -> Iterator[tuple[str, str]]:
    yield "Scenario", f"{manifest.scenario} ({manifest.scenario_file})"
    yield "Command", manifest.command
    for role, models in manifest.models.items():
        yield f"Model, {role}", ", ".join(models)
    yield "Seed", str(manifest.seed)
    if manifest.options:
        yield "Options", _listed(manifest.options)
    yield "Evaluators", _listed(manifest.evaluators)
    yield "Versions", _listed(manifest.versions)


def _funnel(gathered: Gathered) -> Iterator[Row]:
    tallies = gathered.tallies
    yield _row("grown", tallies.messages, tallies.messages)
    for reason, count in tallies.dropped.most_common():
        yield _row(f"dropped: {reason}", count, tallies.messages)
    yield _row("kept", tallies.kept, tallies.messages)


def _exports(gathered: Gathered) -> Iterator[Row]:
    for name, exported in gathered.exports.items():
        left_out = sorted(exported["dropped"].items(), key=lambda item: -item[1])
        offered = exported["rows"] + sum(count for _, count in left_out)
        yield Row(f"{name}: written", _share(exported["rows"], offered), [f"{exported['rows']:,}"])
        for reason, count in left_out:
            yield Row(f"{name}: left out, {reason}", _share(count, offered), [f"{count:,}"])


def _charts(gathered: Gathered) -> dict[str, Any]:
    tallies = gathered.tallies
    lengths = {role: tallies.lengths[role] for role in ("assistant", "prompter")}
    everything = [length for values in lengths.values() for length in values]
    turns = [turns for turns, count in tallies.turns.items() for _ in range(count)]
    edges = Bins(tuple(place - 0.5 for place in range(1, max(turns, default=1) + 2)))
    return {
        "score_chart": _score_chart(tallies.scores),
        "score_text": f"Scores rest on {_listed(tallies.bases)}." if tallies.bases else "",
        "length_chart": histogram(
            lengths, lengths_of(everything), name="lengths", x_title="words", y_title="messages"
        ),
        "length_text": "; ".join(
            f"{role}: median {_median(values)} words, longest {max(values)}"
            for role, values in lengths.items()
            if values
        ),
        "turn_chart": histogram(
            {"trees": turns}, edges, name="turns", x_title="messages", y_title="trees"
        ),
        "turn_text": f"Messages along the followed path: median {_median(turns)}.",
    }


def _score_chart(scores: Mapping[str, list[float]]) -> Markup | None:
    if not any(scores.values()):
        return None
    return histogram(scores, unit_bins(), name="scores", x_title="score", y_title="messages")


def _coverage(gathered: Gathered) -> dict[str, Any]:
    tables = gathered.coverage.tables()
    cells = [cell for table in tables for _, _, row in table.rows for cell in row]
    return {
        "coverage": tables,
        "coverage_speakers": gathered.coverage.speakers,
        "coverage_most": max((cell.messages for cell in cells), default=1) or 1,
    }


def _wins(gathered: Gathered) -> dict[str, Any]:
    wins = gathered.wins
    return {
        "win_models": wins.models,
        "win_rows": [
            (
                model,
                [
                    (wins.share(model, other), wins.wins[model, other], wins.ties[model, other])
                    for other in wins.models
                ],
            )
            for model in wins.models
        ],
    }


def _pairs_text(gathered: Gathered) -> str:
    if gathered.pairs_written:
        return "Pairs are those of the run's dpo.jsonl."
    return "No pairs were written; those shown are what `dialoom export --as dpo` would make."


def _footer(manifest: RunManifest | None) -> str:
    version = manifest.versions.get("dialoom", "") if manifest else ""
    made = f", from a run of dialoom {version}" if version else ""
    intervals = "Intervals are of 95 %; docs/reports.md says how they are made."
    return f"Written by dialoom report{made}. {intervals}"


def _counted(counts: Mapping[str, int], of: int) -> list[Row]:
    order = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [_row(name, count, of) for name, count in order]


def _row(name: str, count: int, of: int) -> Row:
    share = _share(count, of)
    return Row(name, share, [f"{count:,}", f"{share:.1%}"])


def _share(count: int, of: int) -> float:
    return count / of if of else 0.0


def _median(values: list[int]) -> int:
    return sorted(values)[len(values) // 2] if values else 0


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
