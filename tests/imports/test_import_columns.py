"""What the columns of rows are taken for, and what the user says of them."""

from pathlib import Path
from typing import Any

import pytest
from imported import brought, turn

from dialoom.build.importing import ImportOptions, preview
from dialoom.errors import InputError
from dialoom.imports.mapping import column_map, given_columns
from dialoom.imports.scores import ScoreRange, parse_range, range_of
from dialoom.messages import messages


def test_columns_the_user_names_go_before_what_their_names_say() -> None:
    rows = [{"prompt": "a", "frage": "b", "response": "c", "antwort": "d"}]

    found = column_map(rows, given_columns(["prompt=frage", "response=antwort"]))

    assert dict(found.columns) == {"prompt": "frage", "response": "antwort"}


def test_an_empty_column_takes_a_guess_back() -> None:
    rows = [{"prompt": "a", "response": "b", "system": "c"}]

    assert "system" not in column_map(rows, given_columns(["system="])).columns


def test_a_format_that_is_asked_for_decides_which_columns_count() -> None:
    rows = [{"messages": [turn("user", "Hi")], "prompt": "a", "chosen": "b", "rejected": "c"}]

    assert column_map(rows, {}).format == "preference"
    assert dict(column_map(rows, {}, "messages").columns) == {"messages": "messages"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["prompt"], "--map takes FIELD=COLUMN, like prompt=question; not 'prompt'"),
        (["promt=a"], "--map promt=a: no field is named 'promt'; did you mean 'prompt'?"),
        (["prompt=questio"], "no column is named 'questio'; did you mean 'question'?"),
    ],
)
def test_a_mapping_that_does_not_fit_is_an_input_error(given: list[str], message: str) -> None:
    with pytest.raises(InputError) as error:
        column_map([{"question": "a"}], given_columns(given))

    assert message in str(error.value)


def test_columns_that_say_nothing_ask_for_a_mapping() -> None:
    with pytest.raises(InputError, match="no column looks like a conversation; there are a, b, c"):
        column_map([{"a": "x", "b": "y", "c": "z"}], {})


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([0.0, 0.5, 1.0], (0, 1)),
        ([1, 5, 3], (1, 5)),
        ([0, 4], (0, 5)),
        ([7.5, 1], (1, 10)),
        ([99], (0, 100)),
        ([-1.0, 0.5], (0, 1)),  # -1 is what dialoom's own rows have where nobody scored
        ([-3.0], None),
        ([], None),
    ],
)
def test_scores_are_taken_for_the_narrowest_scale(values: list[float], found: Any) -> None:
    assert range_of(values) == found


@pytest.mark.parametrize("text", ["5", "5:1", "a:b", "nan:1", "0:inf", "1:1"])
def test_a_range_has_two_ends(text: str) -> None:
    with pytest.raises(InputError, match=r"--scores takes LOW:HIGH"):
        parse_range(text)


def test_scores_outside_of_their_range_are_kept_out(tmp_path: Path) -> None:
    rows = [{"prompt": "a", "response": "b", "score": score} for score in (1, 3, 7)]

    found, done = brought(tmp_path, *rows, scores=ScoreRange(1, 5))

    assert done.quarantined == {"the score 7 lies outside 1 to 5": 1}
    labels = [
        next(iter(m.labels.values())).value for r in found for m in messages(r.tree) if m.labels
    ]
    assert labels == [0.0]  # of two scores for one reply the first counts


def test_a_look_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"q": 1}\n{"prompt": "Hi", "response": "Hello"}\n', encoding="utf-8")

    found = preview([str(file)], ImportOptions())

    assert found.first is not None
    assert [message.text for message in messages(found.first)] == ["Hi", "Hello"]
    assert found.quarantined == {"prompt is missing": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]
