"""What a person should look at before using the data, most serious first."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dialoom.quality import Quality
from dialoom.report.tallies import Tallies
from dialoom.store import RunManifest, Totals

__all__ = ["Notice", "notices_of"]

FEW_KEPT = 0.7
MOST_REPEATED = 0.2
MOST_OF_ONE_END = 0.9
MOST_LONGER = 0.65
"""Share of pairs with the longer reply chosen from which a trainer learns length instead.

Source: Singhal et al., "A long way to go", 2023, and R-DPO, Park et al., 2024.
"""


class Notice(NamedTuple):
    """One thing to look at."""

    is_error: bool
    """True when data are missing, false when they are there and doubtful."""
    text: str


def notices_of(
    tallies: Tallies,
    manifest: RunManifest | None = None,
    totals: Totals | None = None,
    quality: Quality | None = None,
) -> list[Notice]:
    """Return the warnings, errors first."""
    errors = [] if manifest is None or totals is None else list(_errors(manifest, totals))
    doubts = [
        *(quality.warnings if quality else ()),
        *_doubts(tallies),
        *([] if manifest is None else _of_manifest(manifest)),
    ]
    doubts = [text for text in doubts if not _is_said_by_another(text, doubts)]
    return [Notice(True, text) for text in errors] + [Notice(False, text) for text in doubts]


def _is_said_by_another(text: str, texts: list[str]) -> bool:
    """Return whether a longer text begins the same: a run says what it does about a warning."""
    return any(other != text and other.startswith(text) for other in texts)


def _errors(manifest: RunManifest, totals: Totals) -> Iterator[str]:
    if manifest.state != "finished":
        yield f"The run is {manifest.state}: {totals.trees} of {manifest.trees} trees are here."
    if totals.failed_trees:
        yield f"{totals.failed_trees} trees failed and are missing."
    if totals.failures:
        yield f"Branches were lost: {_listed(totals.failures)}. `failures.jsonl` says where."
    if totals.evaluator_failures:
        yield f"Judgements are missing: {_listed(totals.evaluator_failures)}."


def _doubts(tallies: Tallies) -> Iterator[str]:
    if tallies.messages and tallies.kept < FEW_KEPT * tallies.messages:
        yield f"Only {tallies.kept / tallies.messages:.0%} of the messages are kept."
    for name, speaker in tallies.speakers.items():
        if speaker.messages >= 20 and speaker.repeated > MOST_REPEATED:
            yield (
                f"{name} repeats itself: {speaker.repeated:.0%} of its messages have a text that "
                "another one has too."
            )
    ends = tallies.terminations
    for reason, count in ends.most_common(1):
        if reason != "goal_reached" and count > MOST_OF_ONE_END * ends.total():
            yield f"{count / ends.total():.0%} of the dialogues end by {reason}."
    if tallies.truncated:
        yield f"{tallies.truncated} messages were cut off at the model's limit of length."
    if tallies.messages and not tallies.bases and not tallies.ranked:
        yield "No message has a score or a rank: there is nothing to rank or to pair by."


def _of_manifest(manifest: RunManifest) -> Iterator[str]:
    if any(model.startswith("scripted/") for model in manifest.models.get("assistant", ())):
        yield "The replies are scripted: this run shows how dialoom works and is no training data."
    shared = set(manifest.models.get("critic", ())) & set(manifest.models.get("assistant", ()))
    if shared and manifest.summary.get("calls") and _judged(manifest.summary):
        yield (
            f"The critic {', '.join(sorted(shared))} judges its own replies; models prefer "
            "their own (Panickssery et al., 2024)."
        )
    dpo = manifest.summary.get("exports", {}).get("dpo", {}).get("figures", {})
    longer = dpo.get("chosen_longer", 0.5)
    if longer > MOST_LONGER:
        yield f"In {longer:.0%} of the pairs the longer reply is chosen; see `max_length_ratio`."
    yield from manifest.summary.get("notices", [])


def _judged(summary: Mapping[str, Any]) -> bool:
    return any(row.get("purpose") == "critic" for row in summary["calls"])


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
