"""What a page shows of `quality.json`."""

import json
from pathlib import Path
from typing import Any

import pytest
from environment import clean_environment
from pages import Page, demo_run, read_page

from dialoom.errors import InputError
from dialoom.quality import CriticQuality, Diversity, Duplicates, FunnelStep, Quality, Rate, Slope
from dialoom.report.evidence import critic_views, diversity_rows, duplicate_facts, rules
from dialoom.report.gathering import gather

__all__ = ["clean_environment"]

CRITIC = CriticQuality(
    model="openai/judge",
    version="2",
    method="rubric",
    trusted=False,
    why="It notices too few corruptions.",
    judged=1200,
    canaries={"shuffled": Rate(value=0.5, low=0.3, high=0.7, count=24)},
    canary=Rate(value=0.55, low=0.4, high=0.69, count=48),
    floor=0.6,
    flips=Rate(value=0.25, low=0.1, high=0.5, count=20),
    length_slope=Slope(value=0.031, low=0.01, high=0.052, count=300),
    distributions={"quality": {"10": 1, "9": 3, "spam": 0}},
)
QUALITY = Quality(
    critics=(CRITIC,),
    funnel=(
        FunnelStep(rule="quality > 0.5", before=200, dropped=50, unrated=4, reasons={"low": 50}),
    ),
    duplicates=Duplicates(
        exact=3, near=2, within=1, across=4, clusters=2, threshold=0.7, examples=(("a" * 9, "b"),)
    ),
    diversity={"assistant": Diversity(messages=10, words=1234, mtld=71.25, distinct_1=0.5)},
    contaminated={"test.jsonl": 2},
    warnings=("The critic openai/judge is not trusted.",),
)


def page(tmp_path: Path, quality: Quality | None) -> Page:
    run = demo_run(tmp_path / "run")
    file = run / "quality.json"
    file.unlink(missing_ok=True)
    if quality is not None:
        file.write_text(quality.model_dump_json(), encoding="utf-8")
    return read_page(run, tmp_path)


def test_a_critic_is_shown_with_its_measures_and_what_they_should_be(tmp_path: Path) -> None:
    text = page(tmp_path, QUALITY).text
    assert "How far openai/judge (rubric) can be believed not trusted It notices too few" in text
    assert "Scores a reply above its corrupted copy 55% 40% to 69% 48 surely 60% or more" in text
    assert "Changes its mind when the order is swapped 25% 10% to 50% 20 near 0 %" in text
    assert "Adds to the score for twice the length +0.031 +0.010 to +0.052 300 near 0" in text
    assert "shuffled 50% 30% to 70% 24" in text


def test_what_was_not_measured_is_left_out() -> None:
    names = [measure.name for measure in critic_views(QUALITY)[0].measures]
    assert names == [
        "Scores a reply above its corrupted copy",
        "Changes its mind when the order is swapped",
        "Adds to the score for twice the length",
    ]


def test_values_a_critic_gave_stand_in_the_order_of_their_size() -> None:
    names = [row.name for row in critic_views(QUALITY)[0].values]
    assert names == ["quality: 9", "quality: 10", "quality: spam"]


def test_rules_say_what_they_left(tmp_path: Path) -> None:
    assert rules(QUALITY)[0].cells == ["200", "50", "150", "4", "low 50"]
    text = page(tmp_path, QUALITY).text
    assert "quality > 0.5 200 50 150 4 low 50" in text


def test_texts_that_say_the_same_and_test_sets_are_counted(tmp_path: Path) -> None:
    facts = dict(duplicate_facts(QUALITY))
    assert facts["Messages that repeat another"] == "3"
    assert facts["For example, by message id"] == "aaaaaaaa and b"
    assert facts["Messages that share words with test.jsonl"] == "2"
    assert "Messages that nearly repeat another 2" in page(tmp_path, QUALITY).text


def test_a_figure_that_is_undefined_leaves_its_cell_empty() -> None:
    assert diversity_rows(QUALITY) == [
        ("assistant", ["10", "1,234", "71.2", "0.50", "", "", "", "", "", ""])
    ]


def test_the_warnings_of_the_evidence_are_among_the_warnings(tmp_path: Path) -> None:
    found = page(tmp_path, QUALITY)
    warnings = found.text.partition("Warnings")[2].partition("Summary")[0]
    assert warnings.count("The critic openai/judge is not trusted.") <= 1
    assert "The critic openai/judge is not trusted." in found.text


def test_without_evidence_nothing_is_said_of_it(tmp_path: Path) -> None:
    text = page(tmp_path, None).text
    for words in ("can be believed", "evaluate.keep", "How varied the texts", "say the same"):
        assert words not in text


def test_a_damaged_file_of_evidence_is_named(tmp_path: Path) -> None:
    run = demo_run(tmp_path / "run")
    (run / "quality.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"quality\.json: not a quality\.json"):
        read_page(run, tmp_path)


def test_hostile_evidence_is_text_and_nothing_else(tmp_path: Path) -> None:
    hostile = "<script>document.title='owned'</script>\x1b[31m"
    text = json.dumps(QUALITY.model_dump(mode="json")).replace(
        "openai/judge", json.dumps(hostile)[1:-1]
    )
    found = page(tmp_path, Quality.model_validate_json(text))
    assert found.tags["script"] == 2
    assert "\x1b" not in found.html


def costs(tmp_path: Path, **prices: float | None) -> str:
    """Return what a page says of calls that cost so much, by purpose."""
    run = demo_run(tmp_path / "run")
    manifest: dict[str, Any] = json.loads((run / "manifest.json").read_text("utf-8"))
    for row in manifest["summary"]["calls"]:
        row["usd"] = prices.get(row["purpose"], 0.0)
    (run / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return read_page(run, tmp_path).text


def test_what_a_run_cost_is_shown_by_model_and_purpose(tmp_path: Path) -> None:
    text = costs(tmp_path, assistant=0.25, prompter=0.5)
    assert "Cost $0.75 $" in text
    assert "for 1,000 kept messages" in text
    assert text.count("$0.25") == 1


def test_what_costs_an_unknown_price_is_a_question_mark(tmp_path: Path) -> None:
    text = costs(tmp_path, assistant=None, prompter=0.5)
    assert "no price of scripted/demo" in text
    assert "ms ?" in text


def test_a_warning_that_the_run_says_more_of_is_said_once(tmp_path: Path) -> None:
    run = demo_run(tmp_path / "run")
    longer = f"{QUALITY.warnings[0]} Name a better one."
    manifest = json.loads((run / "manifest.json").read_text("utf-8"))
    manifest["summary"]["notices"] = [longer]
    (run / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (run / "quality.json").write_text(QUALITY.model_dump_json(), encoding="utf-8")
    said = [notice.text for notice in gather(run).notices if "is not trusted" in notice.text]
    assert said == [longer]
