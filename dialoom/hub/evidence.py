"""What was measured of a data set, and what was not: never an empty table for a missing figure."""

from collections.abc import Iterable, Mapping

from dialoom.hub.data import HubData
from dialoom.hub.provenance import shown_model
from dialoom.hub.tables import table
from dialoom.quality import CriticQuality, Diversity, Duplicates, Quality, Rate, Slope

__all__ = ["calibration", "diversity", "funnel"]


def funnel(data: HubData) -> str:
    """Return how many messages and rows fell away, at which step and why."""
    totals, manifest, quality = data.source.totals, data.source.manifest, data.source.quality
    rows: list[tuple[object, ...]] = []
    if manifest is not None and totals is not None:
        rows.append(("trees asked for", manifest.trees, _counts({})))
        lost = {"failed": totals.failed_trees} if totals.failed_trees else {}
        rows.append(("trees finished", totals.trees, _counts(lost)))
        rows.append(("messages", totals.messages, ""))
        rows.append(("rejected messages", sum(totals.rejected.values()), _counts(totals.rejected)))
        rows.append(("messages with faults", sum(totals.faults.values()), _counts(totals.faults)))
    for step in quality.funnel if quality else ():
        rows.append((f"dropped by `{step.rule}`", step.dropped, _counts(step.reasons)))
    for config in data.configs:
        written = sum(file.rows for file in data.files if file.config == config)
        rows.append((f"rows of `{config}`", written, _counts(data.dropped.get(config, {}))))
    return table(("step", "count", "left out, and why"), rows)


def calibration(data: HubData) -> str:
    """Return what the critics were found to be worth."""
    quality = data.source.quality
    if quality is None or not quality.critics:
        return "Not measured: no critic judged these messages, or it was put to no test."
    return "\n\n".join(_critic(critic) for critic in quality.critics)


def _critic(critic: CriticQuality) -> str:
    measured: list[tuple[str, Rate | Slope | None]] = [
        ("corrupted copies scored below the original", critic.canary),
        ("winners that changed with the order shown", critic.flips),
        ("judgements that came out the same when repeated", critic.repeats),
        ("wins of the reply shown first (0.5 is fair)", critic.first_position),
        ("wins of the critic's own family (0.5 is fair)", critic.own_family),
        ("sibling pairs scored alike", critic.ties),
        ("sibling pairs in the order of people's ranks", critic.people),
        ("change of score for twice the length", critic.length_slope),
    ]
    rows = [(name, f"{v.value:.2f}", f"{v.low:.2f} to {v.high:.2f}", v.count)
            for name, v in measured if v is not None]  # fmt: skip
    missing = [name for name, value in measured if value is None]
    verdict = "Its verdicts count" if critic.trusted else "Its verdicts are labels only"
    text = f"`{shown_model(critic.model)}`, {critic.judged:,} judgements. {verdict}: {critic.why}."
    if critic.is_idle:
        return f"`{shown_model(critic.model)}` was never asked: no reply was fit to be judged."
    if rows:
        text += "\n\n" + table(("measured", "value", "95 % interval", "of"), rows)
    return text + (f"\n\nNot measured: {'; '.join(missing)}." if missing else "")


def diversity(data: HubData) -> str:
    """Return how varied the texts are, and how many say the same."""
    quality = data.source.quality or Quality()
    parts = [_duplicates(quality.duplicates), _varied(quality.diversity)]
    if quality.contaminated is None:
        parts.append("Overlap with benchmarks: not measured.")
    else:
        rows = sorted(quality.contaminated.items())
        parts.append(table(("messages that share an n-gram with", "messages"), rows))
    longer = {
        name.partition("/")[2]: figures["chosen_longer"]
        for name, figures in data.figures.items()
        if "chosen_longer" in figures
    }
    if longer:
        shares = ", ".join(f"{split} {share:.0%}" for split, share in longer.items())
        parts.append(f"Pairs whose chosen reply is the longer one: {shares}.")
    return "\n\n".join(parts)


def _duplicates(found: Duplicates | None) -> str:
    if found is None:
        return "Duplicates: not measured."
    return (
        f"{found.exact:,} messages repeat another word for word, {found.near:,} nearly (Jaccard "
        f"{found.threshold:g} or more), in {found.clusters:,} clusters."
    )


def _varied(found: Mapping[str, Diversity]) -> str:
    if not found:
        return "Variety of the texts: not measured."
    names = ("messages", "words", "mtld", "distinct_1", "distinct_2", "distinct_3", "self_bleu",
             "compression_ratio", "question_rate", "sheet_overlap")  # fmt: skip
    values = {role: one.model_dump() for role, one in found.items()}
    shown = [
        name for name in names if any(value.get(name) is not None for value in values.values())
    ]
    rows = [(role, *_figures(value[name] for name in shown)) for role, value in values.items()]
    return table(("role", *(name.replace("_", " ") for name in shown)), rows)


def _figures(values: Iterable[object]) -> Iterable[str]:
    for value in values:
        yield "" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.3g}"


def _counts(counts: Mapping[str, int]) -> str:
    return "; ".join(f"{reason} {count:,}" for reason, count in counts.items())
