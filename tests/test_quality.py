"""A run's evidence is read back as it was written, or what is wrong is said."""

import json
from pathlib import Path

import pytest

from dialoom.errors import InputError
from dialoom.quality import FILE_NAME, CriticQuality, Quality, Rate, Slope, rate_of, read_quality


def test_evidence_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    quality = Quality(warnings=("the critic is at chance",), contaminated={"a.jsonl": 2})
    (tmp_path / FILE_NAME).write_text(quality.model_dump_json())
    assert read_quality(tmp_path) == quality


def test_a_run_without_evidence_has_none(tmp_path: Path) -> None:
    assert read_quality(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", json.dumps({"critics": 3})])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(InputError, match=r"quality\.json"):
        read_quality(tmp_path)


def test_a_rate_has_its_interval_and_none_without_trials() -> None:
    assert rate_of(0, 0) is None
    found = rate_of(8, 10)
    assert found is not None
    assert (found.value, found.count) == (0.8, 10)
    assert found.low < 0.8 < found.high


def test_what_was_measured_of_a_critic_is_one_line() -> None:
    third = Rate(value=1 / 3, low=0.1, high=0.7, count=6)
    critic = CriticQuality(model="m/x", version="1", method="written", trusted=True, why="so")
    assert critic.measured == ""
    slope = Slope(value=-0.02, low=-0.07, high=0.02, count=9)
    of_one = third.model_copy(update={"count": 1})
    found = critic.model_copy(
        update={"people": of_one, "ties": third, "flips": third, "length_slope": slope}
    )
    assert found.measured == (
        "agrees with people in 33% (10% to 70%) of 1 pair; scores siblings alike in 33% (10% to "
        "70%); changes its mind with the order in 33% (10% to 70%); gives -0.02 for twice the "
        "length (-0.07 to +0.02)"
    )
