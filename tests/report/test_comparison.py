from pathlib import Path

import pytest
from environment import clean_environment
from pages import demo_run
from records import bot, labelled, record, user

from dialoom.errors import InputError
from dialoom.messages import tree_line
from dialoom.quality import CriticQuality, Quality, rate_of
from dialoom.report import Comparison, compare_runs
from dialoom.report.comparison import Change
from dialoom.tree import TreeRecord

__all__ = ["clean_environment"]


def compared(folder: Path, first: list[TreeRecord], second: list[TreeRecord]) -> dict[str, Change]:
    """Return the changes between two files of trees by name."""
    for name, records in (("first", first), ("second", second)):
        lines = [tree_line(one.tree) for one in records]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return by_name(compare_runs(folder / "first.jsonl", folder / "second.jsonl"))


def by_name(comparison: Comparison) -> dict[str, Change]:
    return {change.name: change for change in comparison.changes}


def trees(count: int, score: float, *, dropped: int = 0, words: int = 2) -> list[TreeRecord]:
    """Return trees of one reply of that score each, the first so many of them dropped."""
    return [
        record(
            user(
                "q",
                bot(
                    " ".join(["word"] * words),
                    labels=labelled(score),
                    review_result=number >= dropped,
                    message_id=f"r{number}",
                ),
            ),
            name=str(number),
        )
        for number in range(count)
    ]


def test_runs_differ_in_what_was_set(tmp_path: Path) -> None:
    first, second = demo_run(tmp_path / "a"), demo_run(tmp_path / "b", seed=1, trees=2)
    assert compare_runs(first, second).settings == [
        "seed: 0 in the first, 1 in the second",
        "trees: 3 in the first, 2 in the second",
    ]


def test_a_run_beside_itself_has_no_difference(tmp_path: Path) -> None:
    run = demo_run(tmp_path / "a")
    comparison = compare_runs(run, run)
    assert comparison.settings == []
    assert not any(change.is_clear for change in comparison.changes)
    assert {change.difference.value for change in comparison.changes if change.difference} == {0.0}
    assert {"kept", "score", "label quality", "words, assistant", "ends: max_turns"} <= set(
        by_name(comparison)
    )


def test_a_clear_difference_is_told_from_chance(tmp_path: Path) -> None:
    changes = compared(tmp_path, trees(40, 0.25, words=5), trees(40, 0.75, words=5))
    score = changes["score"]
    assert score.difference is not None
    assert score.difference.value == 0.5
    assert score.is_clear
    assert not changes["words, assistant"].is_clear


def test_rates_of_dropped_messages_are_compared_by_reason(tmp_path: Path) -> None:
    changes = compared(tmp_path, trees(40, 0.5), trees(40, 0.5, dropped=30))
    lost, kept = changes["dropped: rejected"], changes["kept"]
    assert lost.is_rate
    assert lost.first is not None
    assert lost.second is not None
    assert (lost.first.value, lost.second.value) == (0.0, 30 / 80)
    assert lost.is_clear
    assert kept.difference is not None
    assert kept.difference.value == pytest.approx(-30 / 80)


def test_what_one_run_has_nothing_of_is_no_zero(tmp_path: Path) -> None:
    plain = [record(user("q", bot("r")))]
    change = compared(tmp_path, plain, trees(3, 0.5))["score"]
    assert change.first is None
    assert change.difference is None
    assert not change.is_clear


def test_a_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        compare_runs(tmp_path / "nowhere", tmp_path / "nowhere")


def with_canaries(run: Path, told: int, of: int) -> None:
    critic = CriticQuality(
        model="m", version="1", method="written", trusted=True, why="", canary=rate_of(told, of)
    )
    (run / "quality.json").write_text(
        Quality(critics=(critic,)).model_dump_json(), encoding="utf-8"
    )


def test_critics_are_compared_by_what_their_canaries_show(tmp_path: Path) -> None:
    first, second = demo_run(tmp_path / "a"), demo_run(tmp_path / "b")
    with_canaries(first, 12, 24)
    with_canaries(second, 24, 24)
    found = by_name(compare_runs(first, second))["critic tells corrupted copies apart"]
    assert found.first is not None
    assert (found.first.value, found.is_clear) == (0.5, True)


def test_a_critic_of_one_run_alone_has_no_difference(tmp_path: Path) -> None:
    first, second = demo_run(tmp_path / "a"), demo_run(tmp_path / "b")
    with_canaries(first, 12, 24)
    (second / "quality.json").unlink()
    found = by_name(compare_runs(first, second))["critic tells corrupted copies apart"]
    assert (found.second, found.difference) == (None, None)
